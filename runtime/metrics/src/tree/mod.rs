//! The small files in which a kernel tells about the machine: the one place that reads `/sys` and `/proc`.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

#[cfg(test)]
pub(crate) mod fake;

/// A tree of the kernel's files. Paths are relative to its root: `sys/class/powercap`.
pub trait Tree: Send + Sync {
    /// Names in a folder, sorted.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;
    /// A file's text, without the white space at its end.
    fn read(&self, path: &str) -> io::Result<String>;
    /// Writes to a file that is there.
    fn write(&self, path: &str, text: &str) -> io::Result<()>;
    /// A file that holds one number, open for reading again and again.
    fn open(&self, path: &str) -> io::Result<Box<dyn Number>>;
}

/// A file that holds one number.
pub trait Number: Send {
    /// The number now.
    fn read(&mut self) -> io::Result<u64>;
}

/// A tree on the disk.
#[derive(Debug, Clone)]
pub struct Rooted {
    root: PathBuf,
}

impl Rooted {
    /// The tree below a folder.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// This machine's own.
    #[must_use]
    pub fn system() -> Self {
        Self::at("/")
    }
}

impl Tree for Rooted {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut names = fs::read_dir(self.root.join(folder))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    fn read(&self, path: &str) -> io::Result<String> {
        let mut text = fs::read_to_string(self.root.join(path))?;
        text.truncate(text.trim_end().len());
        Ok(text)
    }

    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        use io::Write;
        File::options()
            .write(true)
            .open(self.root.join(path))?
            .write_all(text.as_bytes())
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Number>> {
        let file = File::open(self.root.join(path))?;
        Ok(Box::new(OpenNumber { file }))
    }
}

/// An open file: the kernel writes its text anew for every reading from the start.
struct OpenNumber {
    file: File,
}

impl Number for OpenNumber {
    fn read(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 32];
        let length = read_from_start(&mut self.file, &mut bytes)?;
        let text = str::from_utf8(&bytes[..length]).unwrap_or_default().trim();
        text.parse().map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("not a number: {text:?}"),
            )
        })
    }
}

#[cfg(unix)]
fn read_from_start(file: &mut File, bytes: &mut [u8]) -> io::Result<usize> {
    use std::os::unix::fs::FileExt;
    file.read_at(bytes, 0)
}

#[cfg(not(unix))]
fn read_from_start(file: &mut File, bytes: &mut [u8]) -> io::Result<usize> {
    use io::{Read, Seek};
    file.rewind()?;
    file.read(bytes)
}

/// A file's number.
pub(crate) fn number<T: std::str::FromStr>(tree: &dyn Tree, path: &str) -> Option<T> {
    tree.read(path).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_number_is_read_anew_each_time() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("zone")).unwrap();
        let file = folder.path().join("zone/energy_uj");
        fs::write(&file, "123\n").unwrap();
        let tree = Rooted::at(folder.path());
        assert_eq!(tree.list("zone").unwrap(), ["energy_uj"]);
        let mut open = tree.open("zone/energy_uj").unwrap();
        assert_eq!(open.read().unwrap(), 123);
        tree.write("zone/energy_uj", "456\n").unwrap();
        assert_eq!(open.read().unwrap(), 456);
        assert_eq!(tree.read("zone/energy_uj").unwrap(), "456");
        tree.write("zone/energy_uj", "many").unwrap();
        assert_eq!(open.read().unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert!(tree.write("zone/other", "1").is_err());
    }
}
