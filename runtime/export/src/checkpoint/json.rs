//! Reading of JSON files of bounded size.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use crate::error::ExportError;

/// The largest JSON file that is read, in bytes; index files of the largest models have a few MiB.
const LIMIT: u64 = 64 << 20;

/// Reads a JSON file.
pub(crate) fn read_json(path: &Path) -> Result<Value, ExportError> {
    let file = File::open(path).map_err(ExportError::io("read", path))?;
    let mut bytes = Vec::new();
    file.take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(ExportError::io("read", path))?;
    if bytes.len() as u64 > LIMIT {
        return Err(ExportError::TooLarge {
            path: path.to_owned(),
            bytes: std::fs::metadata(path).map_or(LIMIT + 1, |metadata| metadata.len()),
            limit: LIMIT,
        });
    }
    serde_json::from_slice(&bytes).map_err(|source| ExportError::Json {
        file: path.display().to_string(),
        source,
    })
}
