//! The user cache: a folder of finished entries, each made once however many processes ask for it.

mod lock;
mod progress;
mod steps;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

pub use lock::Lock;
pub use progress::{Progress, Silent, Terminal};
pub use steps::Steps;

/// The environment variable that names the cache directory.
pub const VARIABLE: &str = "ASSAY_CACHE";

/// What the name of an entry's lock file ends in.
const LOCK: &str = ".lock";

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// Neither the variable nor a home directory is there.
    #[error("this user has no cache directory; set {VARIABLE} to a writable one")]
    NoHome,
    /// The entry's name is not a plain relative path.
    #[error(
        "`{name}` is no name for a cache entry: it must be a relative path of plain components"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Something in the cache cannot be made.
    #[error("cannot write {}; make it writable, or set {VARIABLE} to a directory that is", path.display())]
    Unwritable {
        /// What was to be made.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file system refuses locks.
    #[error("cannot lock {}; set {VARIABLE} to a directory on a local disk", path.display())]
    Unlockable {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A cache directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The user's: `$ASSAY_CACHE`, else `$XDG_CACHE_HOME/assay`, else the platform's cache directory.
    pub fn from_env() -> Result<Self, CacheError> {
        let absolute = |text: &OsStr| std::path::absolute(text).ok();
        let named = env::var_os(VARIABLE)
            .filter(|text| !text.is_empty())
            .and_then(|text| absolute(&text));
        let shared = || {
            env::var_os("XDG_CACHE_HOME")
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .or_else(dirs::cache_dir)
                .map(|path| path.join("assay"))
        };
        let root = named.or_else(shared).ok_or(CacheError::NoHome)?;
        Ok(Self { root })
    }

    /// The cache in this directory, which need not exist yet.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a finished entry.
    pub fn find(&self, name: &str) -> Result<Option<PathBuf>, CacheError> {
        let path = self.path(name)?;
        Ok(path.is_dir().then_some(path))
    }

    /// The folder of an entry, made by `make` when it is not there.
    ///
    /// `make` fills an empty folder beside the entry, which takes the entry's name once it returns: what has the name is
    /// whole. Other processes wait meanwhile and then find it.
    pub fn ensure<E: From<CacheError>>(
        &self,
        name: &str,
        progress: &dyn Progress,
        make: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let path = self.path(name)?;
        if path.is_dir() {
            return Ok(path);
        }
        let (parent, stem) = self.place(&path);
        let _lock = self.lock(name, progress)?;
        if path.is_dir() {
            return Ok(path);
        }

        let prefix = making(&stem);
        sweep(parent, &prefix);
        let staging = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(parent)
            .map_err(|source| unwritable(parent, source))?;
        make(staging.path())?;
        fs::rename(staging.path(), &path).map_err(|source| unwritable(&path, source))?;
        // The folder lives on under its new name: there is nothing left to delete.
        let _ = staging.keep();
        Ok(path)
    }

    /// Waits until nobody else holds the lock of this name, which need not be that of an entry.
    pub fn lock(&self, name: &str, progress: &dyn Progress) -> Result<Lock, CacheError> {
        let path = self.path(name)?;
        let (parent, stem) = self.place(&path);
        fs::create_dir_all(parent).map_err(|source| unwritable(parent, source))?;
        lock::acquire(&parent.join(format!(".{stem}{LOCK}")), name, progress)
    }

    /// Removes an entry that is damaged, so that it can be made again; `is_whole` decides while the entry is locked.
    pub fn discard_unless(
        &self,
        name: &str,
        progress: &dyn Progress,
        is_whole: impl FnOnce(&Path) -> bool,
    ) -> Result<(), CacheError> {
        let path = self.path(name)?;
        if !path.is_dir() {
            return Ok(());
        }
        let _lock = self.lock(name, progress)?;
        if path.is_dir() && !is_whole(&path) {
            fs::remove_dir_all(&path).map_err(|source| unwritable(&path, source))?;
        }
        Ok(())
    }

    /// The names of the entries in a folder of the cache, and of those that were ever begun there, sorted.
    pub fn names(&self, folder: &str) -> Result<Vec<String>, CacheError> {
        let path = self.path(folder)?;
        let Ok(entries) = fs::read_dir(&path) else {
            return Ok(Vec::new());
        };
        let name = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            // Whoever makes an entry makes its lock first, and the lock stays.
            let stem = match name.strip_prefix('.') {
                Some(hidden) => hidden.strip_suffix(LOCK)?,
                None => name.as_str(),
            };
            Some(format!("{folder}/{stem}"))
        };
        let names: BTreeSet<String> = entries.flatten().filter_map(name).collect();
        Ok(names.into_iter().collect())
    }

    /// Removes an entry; gives its folder and its size in bytes, or `None` where it is not there.
    ///
    /// Waits for a process that is making it. What is left of a removal that was interrupted is no entry any more, and goes
    /// when the entry is made or removed again.
    pub fn remove(
        &self,
        name: &str,
        progress: &dyn Progress,
    ) -> Result<Option<(PathBuf, u64)>, CacheError> {
        let path = self.path(name)?;
        let (parent, stem) = self.place(&path);
        if !parent.is_dir() {
            return Ok(None);
        }
        let _lock = self.lock(name, progress)?;
        let prefix = making(&stem);
        sweep(parent, &prefix);
        if !path.is_dir() {
            return Ok(None);
        }
        let bytes = size(&path);
        let gone = parent.join(format!("{prefix}gone"));
        fs::rename(&path, &gone).map_err(|source| unwritable(&path, source))?;
        fs::remove_dir_all(&gone).map_err(|source| unwritable(&gone, source))?;
        Ok(Some((path, bytes)))
    }

    /// The folder an entry stands in, and its name there.
    fn place<'a>(&'a self, path: &'a Path) -> (&'a Path, Cow<'a, str>) {
        let stem = path.file_name().unwrap_or_default().to_string_lossy();
        (path.parent().unwrap_or(&self.root), stem)
    }

    fn path(&self, name: &str) -> Result<PathBuf, CacheError> {
        let relative = Path::new(name);
        let is_plain = relative
            .components()
            .all(|part| matches!(part, Component::Normal(text) if !text.as_encoded_bytes().starts_with(b".")));
        if name.is_empty() || !is_plain {
            return Err(CacheError::Name {
                name: name.to_owned(),
            });
        }
        Ok(self.root.join(relative))
    }
}

/// What the names of folders begin with that are to become an entry.
fn making(stem: &str) -> String {
    format!(".{stem}.making-")
}

/// Size of the files in a folder and below; what cannot be read counts as nothing.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(of).sum()
}

fn unwritable(path: &Path, source: io::Error) -> CacheError {
    CacheError::Unwritable {
        path: path.to_owned(),
        source,
    }
}

/// Removes what a process that was killed left behind; the entry's lock is held, so nobody is at work in there.
fn sweep(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            // What cannot be removed only wastes space.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        let cache = Cache::at("/nowhere");
        for (name, is_fine) in [
            ("libraries/onnxruntime-1.31.1", true),
            ("", false),
            ("../x", false),
            ("/etc", false),
            ("a/./b", true),
            ("a/.hidden", false),
            ("a/../b", false),
        ] {
            assert_eq!(cache.find(name).is_ok(), is_fine, "{name}");
        }
    }

    #[test]
    fn a_failed_entry_leaves_nothing_and_can_be_made_again() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path());
        let failed: Result<_, CacheError> = cache.ensure("a/b", &Silent, |folder| {
            fs::write(folder.join("half"), "x").unwrap();
            Err(CacheError::NoHome)
        });
        assert!(failed.is_err());
        assert_eq!(cache.find("a/b").unwrap(), None);
        let made: PathBuf = cache
            .ensure("a/b", &Silent, |folder| {
                assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
                fs::write(folder.join("whole"), "x").unwrap();
                Ok::<_, CacheError>(())
            })
            .unwrap();
        assert_eq!(cache.find("a/b").unwrap(), Some(made.clone()));
        assert!(made.join("whole").is_file());
        let again = cache.ensure("a/b", &Silent, |_| -> Result<(), CacheError> {
            panic!("made twice")
        });
        assert_eq!(again.unwrap(), made);
    }

    #[test]
    fn what_a_killed_process_left_is_swept() {
        let root = tempfile::tempdir().unwrap();
        let left = root.path().join("a/.b.making-dead");
        let other = root.path().join("a/.bc.making-alive");
        fs::create_dir_all(&left).unwrap();
        fs::create_dir_all(&other).unwrap();
        Cache::at(root.path())
            .ensure("a/b", &Silent, |_| Ok::<_, CacheError>(()))
            .unwrap();
        assert!(!left.exists());
        assert!(other.exists());
    }

    /// Keeps what it hears.
    #[derive(Default)]
    struct Heard(std::sync::Mutex<Vec<String>>);

    impl Progress for Heard {
        fn started(&self, _what: &str, _total_bytes: Option<u64>) {}
        fn advanced(&self, _bytes: u64) {}
        fn finished(&self) {}
        fn message(&self, text: &str) {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }

    #[test]
    fn who_waits_long_says_so_once() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path());
        let heard = Heard::default();
        let held = cache.lock("a/b", &heard).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| cache.lock("a/b", &heard).map(drop));
            std::thread::sleep(std::time::Duration::from_millis(2500));
            assert!(!waiting.is_finished());
            drop(held);
            waiting.join().unwrap().unwrap();
        });
        let heard = heard.0.into_inner().unwrap();
        assert_eq!(heard, ["waiting for another process, which is making a/b"]);
    }
}
