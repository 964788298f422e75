//! What the web platforms need besides libraries: a browser, ONNX Runtime for it, and a Vulkan driver.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::machine::sorted_entries;
use super::npm::{self, BROWSER_PROGRAM, CHROMIUM, ONNXRUNTIME_WEB, WEB_MODULE};
use super::{DistributionError, How, Library, Machine, PackageError, Policy, Version};
use crate::cache::Progress;
use crate::catalog::Platform;

/// The file that describes the Vulkan driver of the browser's package.
const SOFTWARE_DRIVER: &str = "vk_swiftshader_icd.json";

/// The Vulkan loader's file name, by which Dawn opens it.
pub(super) const LOADER: &str = "libvulkan.so.1";

/// A browser that can be driven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// The program.
    pub program: PathBuf,
    /// Its version as far as it is known without starting it.
    pub version: Option<&'static str>,
    /// A folder of libraries that the system lacks and the browser brings.
    pub libraries: Option<PathBuf>,
    /// How it was found.
    pub how: How,
}

/// A Vulkan driver that a process can be started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VulkanDriver {
    /// The file that describes it.
    pub file: PathBuf,
    /// The folder of the Vulkan loader, where the system has none.
    pub loader: Option<PathBuf>,
    /// Whether it computes on the processor, without a graphics adapter.
    pub is_software: bool,
}

impl VulkanDriver {
    /// The driver's name: the stem of its file.
    #[must_use]
    pub fn name(&self) -> String {
        let stem = self.file.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }
}

/// The browser: named, cached, or fetched where the policy allows it.
pub fn browser(policy: &Policy, progress: &dyn Progress) -> Result<Browser, DistributionError> {
    match find_browser(policy) {
        Err(DistributionError::Package(PackageError::NotInstalled { .. })) => {
            let folder = npm::resolve(&CHROMIUM, policy, progress)?;
            Ok(packaged(&folder, &policy.machine, How::Fetched))
        }
        found => found,
    }
}

/// The browser, as far as it can be had without fetching.
pub fn find_browser(policy: &Policy) -> Result<Browser, DistributionError> {
    if let Some(program) = &policy.web.browser {
        if !program.is_file() {
            return Err(DistributionError::Package(PackageError::Explicit {
                variable: CHROMIUM.variable,
                path: program.clone(),
                expected: "program",
            }));
        }
        return Ok(Browser {
            program: program.clone(),
            version: None,
            libraries: None,
            how: How::Explicit(CHROMIUM.variable),
        });
    }
    let machine = &policy.machine;
    if (machine.os, machine.arch) != ("linux", "x86_64") {
        return Err(DistributionError::Package(PackageError::NoPackage {
            what: "Chromium with WebNN",
            os: machine.os,
            arch: machine.arch,
            variable: CHROMIUM.variable,
        }));
    }
    match npm::find(&CHROMIUM, policy)? {
        Some(folder) => Ok(packaged(&folder, machine, How::Cache)),
        None => Err(DistributionError::Package(PackageError::NotInstalled {
            package: CHROMIUM.name,
            version: CHROMIUM.version,
            setup: CHROMIUM.setup,
            variable: CHROMIUM.variable,
        })),
    }
}

/// The browser in the folder of its package.
fn packaged(folder: &Path, machine: &Machine, how: How) -> Browser {
    // The package brings network security services for systems that have none.
    let is_lacking = machine.shared_library("libnss3.so").is_none();
    let libraries = folder.join("lib");
    Browser {
        program: folder.join(BROWSER_PROGRAM),
        version: Some(CHROMIUM.version),
        libraries: Some(libraries).filter(|libraries| is_lacking && libraries.is_dir()),
        how,
    }
}

/// ONNX Runtime for browsers: the module that the page loads, with the others beside it.
pub fn web_runtime(policy: &Policy, progress: &dyn Progress) -> Result<Library, DistributionError> {
    match find_web_runtime(policy) {
        Err(DistributionError::Package(PackageError::NotInstalled { .. })) => {
            let folder = npm::resolve(&ONNXRUNTIME_WEB, policy, progress)?;
            Ok(module(&folder, How::Fetched))
        }
        found => found,
    }
}

/// ONNX Runtime for browsers, as far as it can be had without fetching.
pub(super) fn find_web_runtime(policy: &Policy) -> Result<Library, DistributionError> {
    let variable = ONNXRUNTIME_WEB.variable;
    if let Some(folder) = policy.explicit.get(&Platform::WebNn) {
        let mut library = module(folder, How::Explicit(variable));
        if !library.path.is_file() {
            return Err(DistributionError::Package(PackageError::Explicit {
                variable,
                path: folder.clone(),
                expected: "folder with ort.jspi.min.mjs (onnxruntime-web's `dist`)",
            }));
        }
        library.version = None;
        return Ok(library);
    }
    match npm::find(&ONNXRUNTIME_WEB, policy)? {
        Some(folder) => Ok(module(&folder, How::Cache)),
        None => Err(DistributionError::Package(PackageError::NotInstalled {
            package: ONNXRUNTIME_WEB.name,
            version: ONNXRUNTIME_WEB.version,
            setup: ONNXRUNTIME_WEB.setup,
            variable,
        })),
    }
}

fn module(folder: &Path, how: How) -> Library {
    Library {
        path: folder.join(WEB_MODULE),
        version: Version::parse(ONNXRUNTIME_WEB.version),
        distribution: None,
        how,
    }
}

/// The Vulkan drivers that may be used: the one the user names, else those of the system, else that of the browser's
/// package, which computes on the processor.
#[must_use]
pub fn vulkan_drivers(policy: &Policy) -> Vec<VulkanDriver> {
    let machine = &policy.machine;
    let folder = npm::find(&CHROMIUM, policy).ok().flatten();
    let has_loader = machine.shared_library(LOADER).is_some();
    let loader = folder.clone().filter(|_| !has_loader);
    let driver = |file: PathBuf| VulkanDriver {
        is_software: is_software(&file),
        file,
        loader: loader.clone(),
    };
    if !has_loader && loader.is_none() {
        return Vec::new();
    }
    if let Some(file) = &policy.web.vulkan_driver {
        return vec![driver(file.clone())];
    }
    let folders = machine.vulkan_drivers.iter();
    let files = folders.flat_map(|path| {
        if path.is_dir() {
            sorted_entries(path)
        } else {
            vec![path.clone()]
        }
    });
    let is_description =
        |path: &PathBuf| path.is_file() && path.extension().is_some_and(|end| end == "json");
    let mut drivers: Vec<_> = files.filter(is_description).map(driver).collect();
    if drivers.is_empty() {
        let software = folder.map(|folder| folder.join(SOFTWARE_DRIVER));
        drivers.extend(software.filter(|file| file.is_file()).map(driver));
    }
    drivers
}

/// Whether a driver computes on the processor, by the names its makers give it.
fn is_software(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    ["swiftshader", "lvp_icd"]
        .iter()
        .any(|known| name.contains(known))
}

/// What a process that uses these drivers must be started with: the Vulkan loader reads variables once, and the system's
/// own loader finds libraries by a path that it reads when the process starts.
#[must_use]
pub fn vulkan_environment(
    drivers: &[VulkanDriver],
    machine: &Machine,
) -> Vec<(&'static str, OsString)> {
    let mut variables = Vec::new();
    let join = |paths: Vec<PathBuf>| std::env::join_paths(paths).ok();
    let files = drivers.iter().map(|driver| driver.file.clone()).collect();
    variables.extend(join(files).map(|files| ("VK_DRIVER_FILES", files)));
    if let Some(loader) = drivers.iter().find_map(|driver| driver.loader.clone()) {
        let mut folders = vec![loader];
        folders.extend(machine.library_path.iter().cloned());
        variables.extend(join(folders).map(|folders| ("LD_LIBRARY_PATH", folders)));
    }
    variables
}
