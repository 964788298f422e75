//! Takes the libraries and the licence out of a wheel.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::{DistributionError, Machine, Wheel, library};

/// Texts of the package that must travel with its libraries.
const NOTICES: [&str; 2] = ["LICENSE", "ThirdPartyNotices.txt"];

/// Unpacks a wheel that has been checked into an empty folder and removes it.
pub(super) fn unpack(
    wheel: &Wheel,
    file: &Path,
    folder: &Path,
    machine: &Machine,
) -> Result<(), DistributionError> {
    let unreadable = |source| DistributionError::WheelUnreadable {
        file: wheel.file,
        source,
    };
    let archive = File::open(file).map_err(DistributionError::file("open", file))?;
    let mut archive = ZipArchive::new(archive).map_err(unreadable)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(unreadable)?;
        let Some(path) = entry.enclosed_name() else {
            let entry = entry.name().map_or_else(|_| "?".to_owned(), String::from);
            return Err(DistributionError::WheelEscapes {
                file: wheel.file,
                entry,
            });
        };
        let Some(name) = kept(wheel, &path) else {
            continue;
        };
        let target = folder.join(name);
        let mut output =
            File::create_new(&target).map_err(DistributionError::file("create", &target))?;
        io::copy(&mut entry, &mut output).map_err(|source| unreadable(ZipError::Io(source)))?;
        output
            .sync_all()
            .map_err(DistributionError::file("write", &target))?;
    }
    let path = folder.join(wheel.library_file());
    library::inspect(&path, machine.os, machine.arch).map_err(|source| {
        DistributionError::WheelLibrary {
            file: wheel.file,
            library: wheel.library,
            source,
        }
    })?;
    if let Some(parent) = file.parent() {
        fs::remove_dir_all(parent).map_err(DistributionError::file("remove", parent))?;
    }
    Ok(())
}

/// The name a wheel's entry is kept under: libraries beside the main one, without the Python module, and the notices.
fn kept<'a>(wheel: &Wheel, path: &'a Path) -> Option<&'a str> {
    let name = path.file_name()?.to_str()?;
    let libraries = Path::new(wheel.library).parent()?;
    let is_library = name
        .split('.')
        .any(|part| ["so", "dylib", "dll"].contains(&part));
    let is_python = name.starts_with("onnxruntime_pybind11_state");
    let is_beside = path.parent()? == libraries && is_library && !is_python;
    let is_notice = path.parent()? == libraries.parent()? && NOTICES.contains(&name);
    (is_beside || is_notice).then_some(name)
}
