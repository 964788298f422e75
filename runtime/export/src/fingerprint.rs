//! The content hash an exported model is cached under.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::checkpoint::weight_files;
use crate::error::ExportError;
use crate::options::ExportOptions;
use crate::recipe::Recipe;

/// Raised whenever the same input begins to give other bytes within one version of the crate.
const REVISION: u32 = 4;

/// SHA-256, in hexadecimal, over everything that determines what [`crate::export`] writes: the
/// exporter, the recipe, the options, config.json and the bytes of the weight files. The folder's
/// place and the files' times do not matter.
pub fn fingerprint(
    recipe: &Recipe,
    checkpoint_dir: &Path,
    options: &ExportOptions,
) -> Result<String, ExportError> {
    let mut hash = Sha256::new();
    let exporter = format!(
        "{} {REVISION}\n{recipe:?}\n{options:?}\n",
        env!("CARGO_PKG_VERSION")
    );
    add(&mut hash, exporter.as_bytes());
    add_file(&mut hash, &checkpoint_dir.join("config.json"))?;
    for path in weight_files(checkpoint_dir)? {
        add_file(&mut hash, &path)?;
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Adds a text with its length, so that no two sequences of texts run together.
fn add(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

/// Adds a file's own hash, read in pieces.
fn add_file(hash: &mut Sha256, path: &Path) -> Result<(), ExportError> {
    let failed = || ExportError::io("read", path);
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(failed())?);
    let mut own = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut piece).map_err(failed())?;
        if count == 0 {
            break;
        }
        own.update(&piece[..count]);
    }
    add(hash, &own.finalize());
    Ok(())
}
