//! What a shared library's file says about itself, without loading it.
//!
//! Formats: System V ABI (ELF header), Mach-O `loader.h`, and the PE format specification.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The oldest version whose C API this software was compiled for.
pub const OLDEST: Version = Version {
    major: 1,
    minor: 24,
    patch: 0,
};

/// A version of ONNX Runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number, which is also the level of the C API.
    pub minor: u32,
    /// Third number.
    pub patch: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Version {
    /// Parses `1.31.1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse::<u32>);
        let version = Self {
            major: numbers.next()?.ok()?,
            minor: numbers.next()?.ok()?,
            patch: numbers.next()?.ok()?,
        };
        numbers.next().is_none().then_some(version)
    }

    /// The version in a file name: `libonnxruntime.so.1.31.1`, `libonnxruntime.1.31.1.dylib`.
    #[must_use]
    pub fn in_file_name(name: &str) -> Option<Self> {
        let rest = name.strip_prefix("libonnxruntime.")?;
        Self::parse(
            rest.strip_prefix("so.")
                .unwrap_or(rest)
                .trim_end_matches(".dylib"),
        )
    }
}

/// Why a file is no library that loads on this machine.
#[derive(Debug, thiserror::Error)]
pub enum LibraryFault {
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable(#[from] io::Error),
    /// It is a folder or a device.
    #[error("it is not a file")]
    NotAFile,
    /// It is of another format.
    #[error("it is not a shared library of {os}")]
    Format {
        /// The operating system.
        os: &'static str,
    },
    /// It is for another processor.
    #[error("it is not for {arch}")]
    Architecture {
        /// This machine's processor.
        arch: &'static str,
    },
    /// Its end is missing.
    #[error("it is truncated: {found_bytes} bytes of at least {expected_bytes}")]
    Truncated {
        /// Size of the file.
        found_bytes: u64,
        /// Size its header tells of.
        expected_bytes: u64,
    },
    /// It is too old.
    #[error("it is ONNX Runtime {found}, and {OLDEST} is the oldest that works")]
    TooOld {
        /// Its version.
        found: Version,
    },
}

/// Checks a library for this operating system and processor and tells its version where the file's name has it.
pub(super) fn inspect(
    path: &Path,
    os: &'static str,
    arch: &'static str,
) -> Result<Option<Version>, LibraryFault> {
    let path = path.canonicalize()?;
    let mut file = File::open(&path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(LibraryFault::NotAFile);
    }
    let mut head = Vec::with_capacity(4096);
    file.by_ref().take(4096).read_to_end(&mut head)?;
    match os {
        "macos" => mach(&head, arch),
        "windows" => pe(&head, arch),
        _ => elf(&head, arch, metadata.len()),
    }
    .map_err(|fault| match fault {
        Mismatch::Format => LibraryFault::Format { os },
        Mismatch::Architecture => LibraryFault::Architecture { arch },
        Mismatch::Truncated(expected_bytes) => LibraryFault::Truncated {
            found_bytes: metadata.len(),
            expected_bytes,
        },
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let version = Version::in_file_name(&name);
    match version {
        Some(found) if found < OLDEST => Err(LibraryFault::TooOld { found }),
        _ => Ok(version),
    }
}

enum Mismatch {
    Format,
    Architecture,
    Truncated(u64),
}

/// A little-endian number of so many bytes.
pub(super) fn unsigned(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(width)?)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)),
    )
}

/// 64-bit little-endian ELF of type `ET_DYN`; linkers write the section headers last, so their end is the file's.
fn elf(head: &[u8], arch: &str, size_bytes: u64) -> Result<(), Mismatch> {
    if !head.starts_with(b"\x7fELF\x02\x01") || unsigned(head, 16, 2) != Some(3) {
        return Err(Mismatch::Format);
    }
    let machine = match arch {
        "aarch64" => 183,
        _ => 62,
    };
    if unsigned(head, 18, 2) != Some(machine) {
        return Err(Mismatch::Architecture);
    }
    let field = |at, width| unsigned(head, at, width).ok_or(Mismatch::Truncated(64));
    let end = field(40, 8)?.saturating_add(field(58, 2)? * field(60, 2)?);
    if end > size_bytes {
        return Err(Mismatch::Truncated(end));
    }
    Ok(())
}

/// 64-bit Mach-O, or a universal file that holds several.
fn mach(head: &[u8], arch: &str) -> Result<(), Mismatch> {
    match unsigned(head, 0, 4) {
        Some(0xfeed_facf) => {}
        Some(0xbeba_feca) => return Ok(()),
        _ => return Err(Mismatch::Format),
    }
    let machine = match arch {
        "aarch64" => 0x0100_000c,
        _ => 0x0100_0007,
    };
    if unsigned(head, 4, 4) == Some(machine) {
        Ok(())
    } else {
        Err(Mismatch::Architecture)
    }
}

/// PE with the machine of the processor.
fn pe(head: &[u8], arch: &str) -> Result<(), Mismatch> {
    let at = unsigned(head, 0x3c, 4).ok_or(Mismatch::Format)? as usize;
    if !head.starts_with(b"MZ") || unsigned(head, at, 4) != Some(0x4550) {
        return Err(Mismatch::Format);
    }
    let machine = match arch {
        "aarch64" => 0xaa64,
        _ => 0x8664,
    };
    if unsigned(head, at + 4, 2) == Some(machine) {
        Ok(())
    } else {
        Err(Mismatch::Architecture)
    }
}
