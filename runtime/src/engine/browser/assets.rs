//! What the page may ask for: itself, ONNX Runtime's modules, and the bytes of graphs and tensors in parts.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::BrowserError;

/// Bytes of one part: a message to the browser may hold 100 MiB, and base64 takes a third more.
pub(super) const PART_BYTES: u64 = 32 << 20;

const PAGE: &str = include_str!("page.js");
const DOCUMENT: &str = "<!doctype html><title>assay</title>";

/// What the page may ask for.
pub(super) struct Assets {
    /// The folder of ONNX Runtime's modules.
    modules: PathBuf,
    next: u64,
    blobs: HashMap<u64, Blob>,
}

/// Bytes that the page fetches in parts.
#[derive(Clone)]
enum Blob {
    File(PathBuf),
    Bytes(Arc<Vec<u8>>),
}

impl Assets {
    pub(super) fn new(modules: PathBuf) -> Self {
        Self {
            modules,
            next: 0,
            blobs: HashMap::new(),
        }
    }

    /// Offers a file; gives its number and its size in bytes.
    pub(super) fn offer_file(&mut self, path: &Path) -> Result<(u64, u64), BrowserError> {
        let size = fs::metadata(path).map_err(unreadable(path))?.len();
        Ok((self.offer(Blob::File(path.to_owned())), size))
    }

    /// Offers bytes; gives their number.
    pub(super) fn offer_bytes(&mut self, bytes: Arc<Vec<u8>>) -> u64 {
        self.offer(Blob::Bytes(bytes))
    }

    fn offer(&mut self, blob: Blob) -> u64 {
        self.next += 1;
        self.blobs.insert(self.next, blob);
        self.next
    }

    /// Takes an offer back.
    pub(super) fn withdraw(&mut self, number: u64) {
        self.blobs.remove(&number);
    }

    /// Media type and bytes of what lies under a path; `None` where there is nothing.
    pub(super) fn read(&self, path: &str) -> Result<Option<(&'static str, Vec<u8>)>, BrowserError> {
        if let Some(part) = path.strip_prefix("blob/") {
            let Some((number, part)) = part.split_once('/') else {
                return Ok(None);
            };
            let (Ok(number), Ok(part)) = (number.parse::<u64>(), part.parse::<u64>()) else {
                return Ok(None);
            };
            let Some(blob) = self.blobs.get(&number) else {
                return Ok(None);
            };
            let bytes = blob.part(part.saturating_mul(PART_BYTES))?;
            return Ok(Some(("application/octet-stream", bytes)));
        }
        match path {
            "" => return Ok(Some(("text/html", DOCUMENT.as_bytes().to_vec()))),
            "page.js" => return Ok(Some(("text/javascript", PAGE.as_bytes().to_vec()))),
            _ => {}
        }
        let kind = match Path::new(path).extension().and_then(|end| end.to_str()) {
            Some("mjs") => "text/javascript",
            Some("wasm") => "application/wasm",
            _ => return Ok(None),
        };
        let file = self.modules.join(path);
        // One plain name: what lies in subfolders or above is nobody's business.
        if path.contains(['/', '\\']) || !file.is_file() {
            return Ok(None);
        }
        let bytes = fs::read(&file).map_err(unreadable(&file))?;
        Ok(Some((kind, bytes)))
    }
}

impl Blob {
    /// The part that begins at an offset.
    fn part(&self, start: u64) -> Result<Vec<u8>, BrowserError> {
        match self {
            Self::Bytes(bytes) => {
                let start = usize::try_from(start).map_or(bytes.len(), |at| at.min(bytes.len()));
                let end = bytes.len().min(start + PART_BYTES as usize);
                Ok(bytes[start..end].to_vec())
            }
            Self::File(path) => {
                let read = || {
                    let mut file = File::open(path)?;
                    file.seek(SeekFrom::Start(start))?;
                    let mut bytes = Vec::new();
                    file.take(PART_BYTES).read_to_end(&mut bytes)?;
                    Ok(bytes)
                };
                read().map_err(unreadable(path))
            }
        }
    }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> BrowserError {
    move |source| BrowserError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_reaches_modules_and_offers_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret.mjs"), "above").unwrap();
        let modules = folder.path().join("dist");
        fs::create_dir(&modules).unwrap();
        fs::write(modules.join("ort.mjs"), "module").unwrap();
        fs::write(modules.join("notes.txt"), "text").unwrap();
        let mut assets = Assets::new(modules);
        let number = assets.offer_bytes(Arc::new(vec![7; 3]));
        let body = |assets: &Assets, path: &str| assets.read(path).unwrap().map(|found| found.1);
        assert_eq!(body(&assets, "ort.mjs").unwrap(), b"module");
        assert_eq!(body(&assets, &format!("blob/{number}/0")).unwrap(), [7; 3]);
        assert_eq!(body(&assets, &format!("blob/{number}/1")).unwrap(), [0; 0]);
        for path in ["../secret.mjs", "notes.txt", "blob/9/0", "blob/1", "x.mjs"] {
            assert_eq!(body(&assets, path), None, "{path}");
        }
        assets.withdraw(number);
        assert_eq!(body(&assets, &format!("blob/{number}/0")), None);
    }
}
