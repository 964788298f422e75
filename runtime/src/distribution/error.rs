//! Why there is no library, each with the way out.

use std::io;
use std::path::{Path, PathBuf};

use super::library::LibraryFault;
use super::npm::PackageError;
use crate::cache::CacheError;
use crate::catalog::Platform;

/// Why a platform has no ONNX Runtime library.
///
/// The text of a cause is in `source()`, not in the message.
#[derive(Debug, thiserror::Error)]
pub enum DistributionError {
    /// A variable names a path where nothing is.
    #[error("{variable} names {}, which does not exist; correct the variable or unset it", path.display())]
    ExplicitMissing {
        /// The variable.
        variable: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// A variable names something that cannot be loaded.
    #[error("{variable} names {}, which cannot be loaded; correct the variable or unset it", path.display())]
    ExplicitUnloadable {
        /// The variable.
        variable: &'static str,
        /// The path.
        path: PathBuf,
        /// Why not.
        source: LibraryFault,
    },
    /// The platform runs on no ONNX Runtime library.
    #[error("`{platform}` has no ONNX Runtime library: {reason}")]
    NoLibrary {
        /// The platform.
        platform: Platform,
        /// Why not.
        reason: &'static str,
    },
    /// Nobody publishes a build for this operating system and processor.
    #[error(
        "no build of ONNX Runtime for `{platform}` on {os} {arch} is known; build one and set {variable} to it"
    )]
    NoWheel {
        /// The platform.
        platform: Platform,
        /// Operating system, as `std::env::consts::OS` names it.
        os: &'static str,
        /// Processor, as `std::env::consts::ARCH` names it.
        arch: &'static str,
        /// The variable.
        variable: &'static str,
    },
    /// It can be had, but not without being asked for.
    #[error(
        "`{platform}` needs {package} {version}, which is not in the cache; run `assay setup {platform}`, or set {variable} to a library"
    )]
    NotInstalled {
        /// The platform.
        platform: Platform,
        /// The package.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// The variable.
        variable: &'static str,
    },
    /// It would have to be fetched, which is forbidden.
    #[error(
        "`{platform}` needs {package} {version}, which is not in the cache, and ASSAY_OFFLINE forbids fetching it; unset ASSAY_OFFLINE and run `assay setup {platform}`, or set {variable} to a library"
    )]
    Offline {
        /// The platform.
        platform: Platform,
        /// The package.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// The variable.
        variable: &'static str,
    },
    /// The Python command does not start.
    #[error("`{}` does not start, so {package} cannot be fetched; install Python with pip, set ASSAY_PYTHON to a Python that has it, or set {variable} to a library", python.display())]
    NoPython {
        /// The command.
        python: PathBuf,
        /// The package.
        package: &'static str,
        /// The variable.
        variable: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// Python has no pip.
    #[error("`{}` has no pip, so {package} cannot be fetched; install pip, set ASSAY_PYTHON to a Python that has it, or set {variable} to a library", python.display())]
    NoPip {
        /// The command.
        python: PathBuf,
        /// The package.
        package: &'static str,
        /// The variable.
        variable: &'static str,
    },
    /// pip failed.
    #[error(
        "pip could not fetch {package} {version} ({status}); check the network, run `assay setup {platform}` again, or set {variable} to a library; pip said:\n{output}"
    )]
    Pip {
        /// The platform.
        platform: Platform,
        /// The package.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// How pip ended.
        status: String,
        /// The last lines of what it said.
        output: String,
        /// The variable.
        variable: &'static str,
    },
    /// pip came no further.
    #[error(
        "pip received nothing of {package} {version} for {seconds} s; check the network, run `assay setup {platform}` again, or set {variable} to a library"
    )]
    Stalled {
        /// The platform.
        platform: Platform,
        /// The package.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// How long nothing came.
        seconds: u64,
        /// The variable.
        variable: &'static str,
    },
    /// pip brought something else.
    #[error("pip ended well but brought no {file}; run `assay setup {platform}` again")]
    WheelMissing {
        /// The platform.
        platform: Platform,
        /// The file that was expected.
        file: &'static str,
    },
    /// The wheel is not the pinned one.
    #[error(
        "{file} is not the file that is pinned: sha256 {found} over {found_bytes} bytes, expected {expected} over {expected_bytes}; run `assay setup {platform}` again, or look for what alters downloads"
    )]
    WheelAltered {
        /// The platform.
        platform: Platform,
        /// The file.
        file: &'static str,
        /// Pinned sha256.
        expected: &'static str,
        /// Its sha256.
        found: String,
        /// Pinned size.
        expected_bytes: u64,
        /// Its size.
        found_bytes: u64,
    },
    /// The wheel cannot be unpacked.
    #[error("{file} cannot be unpacked")]
    WheelUnreadable {
        /// The file.
        file: &'static str,
        /// Why not.
        source: zip::result::ZipError,
    },
    /// An entry of the wheel leads out of the folder it is unpacked to.
    #[error("{file} is refused: its entry `{entry}` leads out of the folder")]
    WheelEscapes {
        /// The file.
        file: &'static str,
        /// The entry.
        entry: String,
    },
    /// The wheel lacks the library, or the library is not for this machine.
    #[error("{file} holds no library that loads here at `{library}`")]
    WheelLibrary {
        /// The file.
        file: &'static str,
        /// Where it should be.
        library: &'static str,
        /// What is wrong with it.
        source: LibraryFault,
    },
    /// A package from npm is not there.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl DistributionError {
    /// Turns an error of the file system into this one.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
