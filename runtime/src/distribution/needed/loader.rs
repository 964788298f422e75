//! Where Linux's loader looks for libraries.
//!
//! Source: `ld.so(8)`. Format of its cache: `cache_file_new` of glibc (`sysdeps/generic/dl-cache.h`).

use std::fs;
use std::path::{Path, PathBuf};

use super::elf::Needs;
use crate::distribution::Machine;
use crate::distribution::library::unsigned;

/// The loader's own folders, relative to the root.
const FOLDERS: [&str; 8] = [
    "lib64",
    "usr/lib64",
    "lib",
    "usr/lib",
    "lib/x86_64-linux-gnu",
    "usr/lib/x86_64-linux-gnu",
    "lib/aarch64-linux-gnu",
    "usr/lib/aarch64-linux-gnu",
];

/// What the loader's cache begins with.
const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";

/// Where Linux's loader looks for libraries.
pub(super) struct Loader<'m> {
    machine: &'m Machine,
    /// Names with files.
    cache: Vec<(String, PathBuf)>,
}

impl<'m> Loader<'m> {
    pub(super) fn of(machine: &'m Machine) -> Self {
        let cache = fs::read(machine.root.join("etc/ld.so.cache")).unwrap_or_default();
        Self {
            machine,
            cache: cached(&cache),
        }
    }

    /// The file of a library that another in `origin` needs.
    pub(super) fn find(&self, name: &str, needs: &Needs, origin: &Path) -> Option<PathBuf> {
        let origin = origin.display().to_string();
        let own = needs.run_path.iter().map(|folder| {
            let folder = folder.replace("${ORIGIN}", &origin);
            PathBuf::from(folder.replace("$ORIGIN", &origin))
        });
        let machine = self.machine;
        let told = machine.library_path.iter().cloned();
        let usual = FOLDERS.iter().map(|folder| machine.root.join(folder));
        let in_folders = |folders: &mut dyn Iterator<Item = PathBuf>| {
            folders
                .map(|folder| folder.join(name))
                .find(|file| file.is_file())
        };
        in_folders(&mut own.chain(told))
            .or_else(|| self.cached(name))
            .or_else(|| in_folders(&mut usual.into_iter()))
    }

    fn cached(&self, name: &str) -> Option<PathBuf> {
        let files = self.cache.iter().filter(|(known, _)| known == name);
        let rooted = files.map(|(_, file)| match file.strip_prefix("/") {
            Ok(file) => self.machine.root.join(file),
            Err(_) => file.clone(),
        });
        rooted.into_iter().find(|file| file.is_file())
    }
}

/// The entries of the loader's cache; none where it is of another format.
fn cached(bytes: &[u8]) -> Vec<(String, PathBuf)> {
    // An older format may stand before it.
    let start = bytes
        .windows(MAGIC.len())
        .position(|window| window == MAGIC);
    let Some(cache) = start.and_then(|start| bytes.get(start..)) else {
        return Vec::new();
    };
    let text = |at: u64| {
        let rest = cache.get(usize::try_from(at).ok()?..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        String::from_utf8(rest[..end].to_vec()).ok()
    };
    let count = unsigned(cache, 20, 4).unwrap_or_default();
    let entries = cache.get(48..).unwrap_or_default().chunks_exact(24);
    entries
        .take(usize::try_from(count).unwrap_or_default())
        .filter_map(|entry| {
            let name = text(unsigned(entry, 4, 4)?)?;
            Some((name, PathBuf::from(text(unsigned(entry, 8, 4)?)?)))
        })
        .collect()
}
