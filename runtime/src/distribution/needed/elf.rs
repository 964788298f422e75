//! What a shared library of Linux needs, by its dynamic section.
//!
//! Format: System V ABI, chapters "Object Files" and "Dynamic Linking". Only what is asked for is read: provider libraries
//! have hundreds of megabytes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::distribution::library::unsigned;

/// Segments that are loaded into memory, and the one with the dynamic section.
const PT_LOAD: u64 = 1;
const PT_DYNAMIC: u64 = 2;
/// Entries of the dynamic section.
const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_RPATH: u64 = 15;
const DT_RUNPATH: u64 = 29;

/// The longest dynamic section and the longest name that are believed, in bytes.
const MAX_DYNAMIC: u64 = 1 << 16;
const MAX_NAME: u64 = 4096;

/// What a library needs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Names of other libraries, in the order that the loader looks for them.
    pub(super) names: Vec<String>,
    /// Where the library itself says they are, with `$ORIGIN` for its own folder.
    pub(super) run_path: Vec<String>,
}

/// Reads the dynamic section of a 64-bit little-endian ELF file.
///
/// # Errors
/// A file that cannot be read, or is none of the kind.
pub(super) fn read(path: &Path) -> io::Result<Needs> {
    let mut file = File::open(path)?;
    let head = bytes(&mut file, 0, 64)?;
    if !head.starts_with(b"\x7fELF\x02\x01") {
        return Err(invalid("it is no 64-bit ELF file"));
    }
    let segments = Segments::read(&mut file, &head)?;
    let dynamic = segments
        .dynamic
        .as_ref()
        .ok_or_else(|| invalid("it needs nothing"))?;
    let section = bytes(&mut file, dynamic.start, dynamic.len.min(MAX_DYNAMIC))?;
    let entries: Vec<(u64, u64)> = section
        .chunks_exact(16)
        .filter_map(|entry| Some((unsigned(entry, 0, 8)?, unsigned(entry, 8, 8)?)))
        .take_while(|(tag, _)| *tag != DT_NULL)
        .collect();
    let values = |wanted: u64| {
        let found = entries.iter().filter(move |(tag, _)| *tag == wanted);
        found.map(|(_, value)| *value)
    };
    let table = values(DT_STRTAB).next();
    let table = table
        .and_then(|address| segments.place(address))
        .ok_or_else(|| invalid("its names are nowhere"))?;
    let mut named = |offset: u64| text(&mut file, table.saturating_add(offset));
    let mut needs = Needs::default();
    for offset in values(DT_NEEDED) {
        needs.names.push(named(offset)?);
    }
    // Where there is the newer entry, the older one does not count.
    let path = values(DT_RUNPATH).next().or(values(DT_RPATH).next());
    if let Some(offset) = path {
        let folders = named(offset)?;
        let folders = folders.split(':').filter(|folder| !folder.is_empty());
        needs.run_path = folders.map(str::to_owned).collect();
    }
    Ok(needs)
}

/// A part of the file.
struct Part {
    start: u64,
    len: u64,
}

/// Where the file's parts lie in memory.
struct Segments {
    /// Address in memory with the part of the file.
    loaded: Vec<(u64, Part)>,
    dynamic: Option<Part>,
}

impl Segments {
    fn read(file: &mut File, head: &[u8]) -> io::Result<Self> {
        let field = |at, width| unsigned(head, at, width).unwrap_or_default();
        let (start, size, count) = (field(32, 8), field(54, 2), field(56, 2));
        let table = bytes(file, start, size * count)?;
        let mut segments = Self {
            loaded: Vec::new(),
            dynamic: None,
        };
        for entry in table.chunks_exact(usize::try_from(size.max(56)).unwrap_or(56)) {
            let field = |at, width| unsigned(entry, at, width).unwrap_or_default();
            let part = Part {
                start: field(8, 8),
                len: field(32, 8),
            };
            match field(0, 4) {
                PT_LOAD => segments.loaded.push((field(16, 8), part)),
                PT_DYNAMIC => segments.dynamic = Some(part),
                _ => {}
            }
        }
        Ok(segments)
    }

    /// Where in the file an address in memory lies.
    fn place(&self, address: u64) -> Option<u64> {
        self.loaded.iter().find_map(|(at, part)| {
            let within = address.checked_sub(*at).filter(|by| *by < part.len)?;
            part.start.checked_add(within)
        })
    }
}

fn bytes(file: &mut File, start: u64, len: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(len).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < len {
        return Err(invalid("it is truncated"));
    }
    Ok(bytes)
}

/// A text that ends with a zero byte.
fn text(file: &mut File, start: u64) -> io::Result<String> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(MAX_NAME).read_to_end(&mut bytes)?;
    let end = bytes.iter().position(|byte| *byte == 0);
    let text = end.and_then(|end| String::from_utf8(bytes[..end].to_vec()).ok());
    text.ok_or_else(|| invalid("a name in it has no end"))
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
