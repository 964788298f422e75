//! Writes a file so that a reader sees either the old text or the new one.

use std::io::{self, Write};
use std::path::Path;

use tempfile::Builder;

const PREFIX: &str = ".gen-";
const SUFFIX: &str = ".tmp";

/// Writes to a temporary file beside the target and renames it.
///
/// # Errors
/// When the folder is not there or the file cannot be written.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // A temporary file is the owner's alone by default; source files are everybody's, as far as the umask lets them.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Whether a path is a temporary file that an interrupted run left behind.
pub(super) fn is_left_over(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}
