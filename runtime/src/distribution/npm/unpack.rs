//! Takes what is kept out of a package's archive: tar within gzip, some of it compressed once more with Brotli.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use brotli_decompressor::Decompressor;
use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

use super::{Content, Form, Package, PackageError};

/// Buffer of the Brotli decoder.
const BUFFER_BYTES: usize = 1 << 16;

/// Unpacks an archive that has been checked into an empty folder and removes it.
pub(super) fn unpack(
    package: &'static Package,
    archive: &Path,
    folder: &Path,
) -> Result<(), PackageError> {
    let file = File::open(archive).map_err(PackageError::file("open", archive))?;
    let mut entries = Archive::new(GzDecoder::new(BufReader::new(file)));
    let unreadable = |entry: &str| unreadable(package, entry);
    for entry in entries.entries().map_err(unreadable("/"))? {
        let mut entry = entry.map_err(unreadable("/"))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = enclosed(package, &name)?;
        let is_kept = |content: &&Content| Path::new(content.entry) == path;
        let Some(content) = package.contents.iter().find(is_kept) else {
            continue;
        };
        match content.form {
            Form::Plain(name) => write(&mut entry, &folder.join(name), false),
            Form::Program(name) => {
                let mut plain = Decompressor::new(&mut entry, BUFFER_BYTES);
                write(&mut plain, &folder.join(name), true)
            }
            Form::Archive => {
                let plain = Decompressor::new(&mut entry, BUFFER_BYTES);
                inner(package, plain, folder)?;
                Ok(())
            }
        }
        .map_err(unreadable(&name))?;
    }
    if let Some(entry) = missing(package, folder) {
        return Err(PackageError::Incomplete {
            file: package.file,
            entry,
        });
    }
    if let Some(parent) = archive.parent() {
        fs::remove_dir_all(parent).map_err(PackageError::file("remove", parent))?;
    }
    Ok(())
}

/// Unpacks the regular files of a tar archive within the archive.
fn inner(package: &'static Package, archive: impl Read, folder: &Path) -> Result<(), PackageError> {
    let mut entries = Archive::new(archive);
    let unreadable = |entry: &str| unreadable(package, entry);
    for entry in entries.entries().map_err(unreadable("/"))? {
        let mut entry = entry.map_err(unreadable("/"))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let target = folder.join(enclosed(package, &name)?);
        // Links could lead out, and nothing that is needed is one.
        if entry.header().entry_type() != EntryType::Regular {
            continue;
        }
        let is_program = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(PackageError::file("create", parent))?;
        }
        write(&mut entry, &target, is_program).map_err(unreadable(&name))?;
    }
    Ok(())
}

/// The error of an entry that cannot be read or written.
fn unreadable(
    package: &'static Package,
    entry: &str,
) -> impl FnOnce(io::Error) -> PackageError + use<> {
    let entry = entry.to_owned();
    move |source| PackageError::Unreadable {
        file: package.file,
        entry,
        source,
    }
}

/// The path of an entry, if all its components are plain names.
fn enclosed(package: &'static Package, name: &str) -> Result<PathBuf, PackageError> {
    let path = Path::new(name);
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if path.components().all(is_plain) {
        return Ok(path.to_owned());
    }
    Err(PackageError::Escapes {
        file: package.file,
        entry: name.to_owned(),
    })
}

fn write(from: &mut impl Read, to: &Path, is_program: bool) -> io::Result<()> {
    let mut file = File::create_new(to)?;
    io::copy(from, &mut file)?;
    #[cfg(unix)]
    if is_program {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
    }
    #[cfg(not(unix))]
    let _ = is_program;
    file.sync_all()
}

/// The first entry whose file is not in the folder.
pub(super) fn missing(package: &Package, folder: &Path) -> Option<&'static str> {
    let is_missing = |content: &&Content| match content.form {
        Form::Plain(name) | Form::Program(name) => !folder.join(name).is_file(),
        Form::Archive => false,
    };
    let content = package.contents.iter().find(is_missing)?;
    Some(content.entry)
}
