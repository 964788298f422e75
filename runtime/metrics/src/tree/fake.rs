//! A tree in memory whose files change and fail as a test says.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Number, Tree};

/// A file: its text, or the error that reading it gives.
type Entry = Result<String, io::ErrorKind>;

/// A tree in memory; copies are the same tree.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeTree {
    files: Arc<Mutex<BTreeMap<String, Entry>>>,
}

impl FakeTree {
    /// A tree of these files.
    pub(crate) fn of<const N: usize>(files: [(&str, &str); N]) -> Self {
        let tree = Self::default();
        for (path, text) in files {
            tree.set(path, text);
        }
        tree
    }

    #[allow(
        clippy::needless_pass_by_value,
        reason = "callers write a number or a text as it is"
    )]
    pub(crate) fn set(&self, path: impl Into<String>, text: impl ToString) {
        self.lock().insert(path.into(), Ok(text.to_string()));
    }

    pub(crate) fn fail(&self, path: impl Into<String>, error: io::ErrorKind) {
        self.lock().insert(path.into(), Err(error));
    }

    pub(crate) fn remove(&self, path: &str) {
        self.lock().remove(path);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Entry>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entry(&self, path: &str) -> io::Result<String> {
        match self.lock().get(path) {
            Some(Ok(text)) => Ok(text.clone()),
            Some(Err(kind)) => Err((*kind).into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl Tree for FakeTree {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let folder = format!("{folder}/");
        let mut names: Vec<_> = self
            .lock()
            .keys()
            .filter_map(|path| path.strip_prefix(&folder)?.split('/').next())
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(names)
    }

    fn read(&self, path: &str) -> io::Result<String> {
        self.entry(path)
    }

    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        self.entry(path)?;
        self.set(path, text);
        Ok(())
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Number>> {
        self.entry(path)?;
        Ok(Box::new(FakeNumber {
            tree: self.clone(),
            path: path.to_owned(),
        }))
    }
}

struct FakeNumber {
    tree: FakeTree,
    path: String,
}

impl Number for FakeNumber {
    fn read(&mut self) -> io::Result<u64> {
        let text = self.tree.entry(&self.path)?;
        text.parse().map_err(|_| io::ErrorKind::InvalidData.into())
    }
}
