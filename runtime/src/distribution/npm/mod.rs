//! Packages from npm's registry: a browser, and the ONNX Runtime that runs in it.

mod error;
mod fetch;
mod pins;
mod unpack;

use std::path::PathBuf;

pub use error::PackageError;
pub(super) use pins::{BROWSER_PROGRAM, CHROMIUM, ONNXRUNTIME_WEB, WEB_MODULE};
pub use pins::{Content, Form, Package};

use super::{Fetch, Policy};
use crate::cache::Progress;

/// The folder of a package, if it is in the cache.
pub(super) fn find(
    package: &'static Package,
    policy: &Policy,
) -> Result<Option<PathBuf>, PackageError> {
    let folder = policy.cache.find(&package.entry())?;
    Ok(folder.filter(|folder| unpack::missing(package, folder).is_none()))
}

/// The folder of a package, fetched where the policy allows it.
pub(super) fn resolve(
    package: &'static Package,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<PathBuf, PackageError> {
    if let Some(folder) = find(package, policy)? {
        return Ok(folder);
    }
    if policy.is_offline {
        return Err(PackageError::Offline {
            package: package.name,
            version: package.version,
            setup: package.setup,
            variable: package.variable,
        });
    }
    if policy.fetch == Fetch::Any {
        return install(package, policy, progress);
    }
    Err(PackageError::NotInstalled {
        package: package.name,
        version: package.version,
        setup: package.setup,
        variable: package.variable,
    })
}

/// Fetches a package into the cache, unless it is there.
pub fn install(
    package: &'static Package,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<PathBuf, PackageError> {
    let entry = package.entry();
    policy.cache.discard_unless(&entry, progress, |folder| {
        unpack::missing(package, folder).is_none()
    })?;
    policy.cache.ensure(&entry, progress, |folder| {
        let archive = fetch::fetch(package, policy, folder, progress)?;
        unpack::unpack(package, &archive, folder)
    })
}
