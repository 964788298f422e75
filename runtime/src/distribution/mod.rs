//! Where a platform's ONNX Runtime library comes from: named, cached, of the system, or fetched.

mod error;
mod fetch;
mod library;
mod machine;
mod needed;
mod npm;
mod platform;
mod policy;
mod unpack;
mod web;
mod wheels;

use std::path::PathBuf;

pub use error::DistributionError;
pub use library::{LibraryFault, OLDEST, Version};
pub use machine::{Device, Machine, Unavailable};
pub use needed::check_needed;
pub use npm::{Content, Form, Package, PackageError, install as install_package};
pub use policy::{Fetch, Policy, Web};
pub use web::{
    Browser, VulkanDriver, browser, find_browser, vulkan_drivers, vulkan_environment, web_runtime,
};
pub use wheels::Wheel;

use crate::cache::Progress;
use crate::catalog::Platform;
use platform::source;

/// An ONNX Runtime library that a platform can load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// The file.
    pub path: PathBuf,
    /// Its version; `None` where a library named by the user does not carry it in its file name.
    pub version: Option<Version>,
    /// The build it is; `None` for one of the user's or the system's.
    pub distribution: Option<&'static Wheel>,
    /// How it was found.
    pub how: How,
}

/// How a library was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// This environment variable names it.
    Explicit(&'static str),
    /// It was in the cache.
    Cache,
    /// The operating system has it.
    System,
    /// It was fetched just now.
    Fetched,
}

/// What a platform finds on this machine.
#[derive(Debug)]
pub struct Finding {
    /// The platform.
    pub platform: Platform,
    /// The library it would load, as far as it can be had without fetching.
    pub library: Result<Library, DistributionError>,
    /// The devices it would run on, at least one.
    pub devices: Result<Vec<Device>, Unavailable>,
}

/// The environment variable that names a platform's library.
#[must_use]
pub fn variable(platform: Platform) -> &'static str {
    source(platform).variable
}

/// The build of ONNX Runtime that a platform runs on, on this machine.
pub fn wheel(platform: Platform, machine: &Machine) -> Result<&'static Wheel, DistributionError> {
    let source = source(platform);
    if let Some(reason) = source.no_library {
        return Err(DistributionError::NoLibrary { platform, reason });
    }
    source
        .wheels
        .iter()
        .find(|wheel| wheel.os == machine.os && wheel.arch == machine.arch)
        .ok_or(DistributionError::NoWheel {
            platform,
            os: machine.os,
            arch: machine.arch,
            variable: source.variable,
        })
}

/// The library of a platform, fetched where the policy allows it.
pub fn resolve(
    platform: Platform,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<Library, DistributionError> {
    if platform == Platform::WebNn {
        return web_runtime(policy, progress);
    }
    let missing = match find(platform, policy) {
        Err(missing @ DistributionError::NotInstalled { .. }) => missing,
        found => return found,
    };
    let is_allowed = match policy.fetch {
        Fetch::Never => false,
        Fetch::Cpu => platform == Platform::Cpu,
        Fetch::Any => true,
    };
    let wheel = wheel(platform, &policy.machine)?;
    if policy.is_offline {
        Err(DistributionError::Offline {
            platform,
            package: wheel.package,
            version: wheel.version,
            variable: variable(platform),
        })
    } else if is_allowed {
        install(platform, wheel, policy, progress)
    } else {
        Err(missing)
    }
}

/// Fetches a build into the cache, unless it is there.
pub fn install(
    platform: Platform,
    wheel: &'static Wheel,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<Library, DistributionError> {
    let machine = &policy.machine;
    let entry = wheel.entry();
    policy.cache.discard_unless(&entry, progress, |folder| {
        library::inspect(&folder.join(wheel.library_file()), machine.os, machine.arch).is_ok()
    })?;
    let folder = policy.cache.ensure(&entry, progress, |folder| {
        let file = fetch::fetch(platform, wheel, policy, folder, progress)?;
        unpack::unpack(wheel, &file, folder, machine)
    })?;
    Ok(Library {
        path: folder.join(wheel.library_file()),
        version: Version::parse(wheel.version),
        distribution: Some(wheel),
        how: How::Fetched,
    })
}

/// What a platform finds here; fetches nothing.
#[must_use]
pub fn probe(platform: Platform, policy: &Policy) -> Finding {
    Finding {
        platform,
        library: find(platform, policy),
        devices: (source(platform).devices)(policy),
    }
}

fn find(platform: Platform, policy: &Policy) -> Result<Library, DistributionError> {
    if platform == Platform::WebNn {
        return web::find_web_runtime(policy);
    }
    let variable = variable(platform);
    let machine = &policy.machine;
    if let Some(path) = policy.explicit.get(&platform) {
        return named(variable, path.clone(), machine);
    }
    let wheel = wheel(platform, machine)?;
    if let Some(folder) = policy.cache.find(&wheel.entry())? {
        let path = folder.join(wheel.library_file());
        if library::inspect(&path, machine.os, machine.arch).is_ok() {
            return Ok(Library {
                path,
                version: Version::parse(wheel.version),
                distribution: Some(wheel),
                how: How::Cache,
            });
        }
    }
    if platform == Platform::Cpu
        && let Some(library) = machine.system_library()
    {
        return Ok(library);
    }
    Err(DistributionError::NotInstalled {
        platform,
        package: wheel.package,
        version: wheel.version,
        variable,
    })
}

fn named(
    variable: &'static str,
    path: PathBuf,
    machine: &Machine,
) -> Result<Library, DistributionError> {
    if !path.exists() {
        return Err(DistributionError::ExplicitMissing { variable, path });
    }
    match library::inspect(&path, machine.os, machine.arch) {
        Ok(version) => Ok(Library {
            path,
            version,
            distribution: None,
            how: How::Explicit(variable),
        }),
        Err(source) => Err(DistributionError::ExplicitUnloadable {
            variable,
            path,
            source,
        }),
    }
}
