//! Why there is no package from npm, each with the way out.

use std::io;
use std::path::{Path, PathBuf};

use crate::cache::CacheError;

/// Why a package from npm is not there.
///
/// The text of a cause is in `source()`, not in the message.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// Nobody publishes it for this operating system and processor.
    #[error("no {what} for {os} {arch} is known; get one and set {variable} to it")]
    NoPackage {
        /// What was looked for.
        what: &'static str,
        /// Operating system, as `std::env::consts::OS` names it.
        os: &'static str,
        /// Processor, as `std::env::consts::ARCH` names it.
        arch: &'static str,
        /// The variable.
        variable: &'static str,
    },
    /// It can be had, but not without being asked for.
    #[error(
        "{package} {version} is not in the cache; run `assay setup {setup}`, or set {variable}"
    )]
    NotInstalled {
        /// The package.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// What `assay setup` calls it.
        setup: &'static str,
        /// The variable.
        variable: &'static str,
    },
    /// It would have to be fetched, which is forbidden.
    #[error(
        "{package} {version} is not in the cache, and ASSAY_OFFLINE forbids fetching it; unset ASSAY_OFFLINE and run `assay setup {setup}`, or set {variable}"
    )]
    Offline {
        /// The package.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// What `assay setup` calls it.
        setup: &'static str,
        /// The variable.
        variable: &'static str,
    },
    /// A variable names a path where what it should name is not.
    #[error("{variable} names {}, which is no {expected}; correct the variable or unset it", path.display())]
    Explicit {
        /// The variable.
        variable: &'static str,
        /// The path.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// The npm command does not start.
    #[error("`{}` does not start, so {package} cannot be fetched; install npm, set ASSAY_NPM to one, or set {variable}", npm.display())]
    NoNpm {
        /// The command.
        npm: PathBuf,
        /// The package.
        package: &'static str,
        /// The variable.
        variable: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// npm failed.
    #[error(
        "npm could not fetch {package} {version} ({status}); check the network and run `assay setup {setup}` again, or set {variable}; npm said:\n{output}"
    )]
    Npm {
        /// The package.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// What `assay setup` calls it.
        setup: &'static str,
        /// How npm ended.
        status: String,
        /// The last lines of what it said.
        output: String,
        /// The variable.
        variable: &'static str,
    },
    /// npm came no further.
    #[error(
        "npm received nothing of {package} {version} for {seconds} s; check the network and run `assay setup {setup}` again, or set {variable}"
    )]
    Stalled {
        /// The package.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// What `assay setup` calls it.
        setup: &'static str,
        /// How long nothing came.
        seconds: u64,
        /// The variable.
        variable: &'static str,
    },
    /// npm brought something else.
    #[error("npm ended well but brought no {file}; run `assay setup {setup}` again")]
    Missing {
        /// The file that was expected.
        file: &'static str,
        /// What `assay setup` calls it.
        setup: &'static str,
    },
    /// The archive is not the pinned one.
    #[error(
        "{file} is not the file that is pinned: sha512 {found} over {found_bytes} bytes, expected {expected} over {expected_bytes}; run `assay setup {setup}` again, or look for what alters downloads"
    )]
    Altered {
        /// The file.
        file: &'static str,
        /// What `assay setup` calls it.
        setup: &'static str,
        /// Pinned hash.
        expected: &'static str,
        /// Its hash.
        found: String,
        /// Pinned size.
        expected_bytes: u64,
        /// Its size.
        found_bytes: u64,
    },
    /// The archive, or one inside it, cannot be unpacked.
    #[error("{file} cannot be unpacked at `{entry}`")]
    Unreadable {
        /// The file.
        file: &'static str,
        /// The entry.
        entry: String,
        /// Why not.
        source: io::Error,
    },
    /// An entry leads out of the folder it is unpacked to.
    #[error("{file} is refused: its entry `{entry}` leads out of the folder")]
    Escapes {
        /// The file.
        file: &'static str,
        /// The entry.
        entry: String,
    },
    /// The archive lacks something.
    #[error("{file} holds no `{entry}`")]
    Incomplete {
        /// The file.
        file: &'static str,
        /// What should be there.
        entry: &'static str,
    },
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

impl PackageError {
    /// Turns an error of the file system into this one.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// Whether it says that something is not there and could be, rather than that something went wrong.
    #[must_use]
    pub const fn is_absence(&self) -> bool {
        matches!(
            self,
            Self::NoPackage { .. } | Self::NotInstalled { .. } | Self::Offline { .. }
        )
    }
}
