//! The machine as far as libraries and devices are concerned; its file system's root can be a fake one.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use sysinfo::{CpuRefreshKind, RefreshKind, System};

use super::library::{self, OLDEST};
use super::{How, Library};

/// An operating system, a processor and the folders to look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Operating system, as `std::env::consts::OS` names it.
    pub os: &'static str,
    /// Processor, as `std::env::consts::ARCH` names it.
    pub arch: &'static str,
    /// What the processor calls itself, where the operating system has no file that tells it.
    pub brand: Option<String>,
    /// Root of the file system, for what is looked up by absolute path.
    pub root: PathBuf,
    /// Folders that hold shared libraries.
    pub library_folders: Vec<PathBuf>,
    /// Those of them that this process was told of, in `LD_LIBRARY_PATH`.
    pub library_path: Vec<PathBuf>,
    /// Files that describe Vulkan drivers, or folders of such files.
    pub vulkan_drivers: Vec<PathBuf>,
}

/// A device a platform can run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name, as its driver tells it.
    pub name: String,
    /// Driver version, memory or the like.
    pub detail: String,
}

/// A platform has no device here, which is no failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unavailable {
    /// What was looked for and not found.
    pub reason: String,
}

impl Unavailable {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// Where Linux and macOS keep libraries, relative to the root.
const LIBRARY_FOLDERS: [&str; 8] = [
    "usr/local/lib",
    "usr/local/lib64",
    "opt/onnxruntime/lib",
    "opt/homebrew/lib",
    "usr/lib64",
    "usr/lib/x86_64-linux-gnu",
    "usr/lib/aarch64-linux-gnu",
    "usr/lib",
];

/// Where the Vulkan loader looks for drivers, relative to the root.
const VULKAN_FOLDERS: [&str; 4] = [
    "etc/vulkan/icd.d",
    "usr/local/etc/vulkan/icd.d",
    "usr/local/share/vulkan/icd.d",
    "usr/share/vulkan/icd.d",
];

impl Machine {
    /// This one.
    #[must_use]
    pub fn here() -> Self {
        let mut machine = Self::rooted(Path::new("/"));
        if machine.os == "macos" {
            machine.brand = brand();
        }
        let paths = |variable: &str| env::var_os(variable).map(|text| split(&text));
        if let Some(mut folders) = paths("LD_LIBRARY_PATH") {
            machine.library_path.clone_from(&folders);
            folders.append(&mut machine.library_folders);
            machine.library_folders = folders;
        }
        // The loader's own rule: the newer variable first, and either replaces the search.
        if let Some(files) = paths("VK_DRIVER_FILES").or_else(|| paths("VK_ICD_FILENAMES")) {
            machine.vulkan_drivers = files;
        } else if let Some(data) = dirs::data_dir() {
            machine.vulkan_drivers.push(data.join("vulkan/icd.d"));
        }
        machine
    }

    /// This operating system and processor, with a file system that begins at `root`.
    #[must_use]
    pub fn rooted(root: &Path) -> Self {
        Self {
            os: env::consts::OS,
            arch: env::consts::ARCH,
            brand: None,
            root: root.to_owned(),
            library_folders: LIBRARY_FOLDERS.map(|folder| root.join(folder)).to_vec(),
            library_path: Vec::new(),
            vulkan_drivers: VULKAN_FOLDERS.map(|folder| root.join(folder)).to_vec(),
        }
    }

    /// A library of this file name in one of the library folders.
    pub(super) fn shared_library(&self, name: &str) -> Option<PathBuf> {
        self.library_folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    }

    /// The first ONNX Runtime the system has whose file name says that it is new enough.
    ///
    /// Windows is left out: what its system folder holds belongs to the operating system and is old.
    pub(super) fn system_library(&self) -> Option<Library> {
        let name = match self.os {
            "windows" => return None,
            "macos" => "libonnxruntime.dylib",
            _ => "libonnxruntime.so",
        };
        self.library_folders.iter().find_map(|folder| {
            let path = folder.join(name).canonicalize().ok()?;
            let version = library::inspect(&path, self.os, self.arch).ok()??;
            (version >= OLDEST).then_some(Library {
                path,
                version: Some(version),
                distribution: None,
                how: How::System,
            })
        })
    }

    /// A text file below the root, without the white space around it.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let text = fs::read_to_string(self.root.join(path)).ok()?;
        Some(text.trim().to_owned())
    }

    /// What a folder below the root holds, sorted.
    pub(super) fn entries(&self, path: &str) -> Vec<PathBuf> {
        sorted_entries(&self.root.join(path))
    }

    /// The processor's name.
    pub(super) fn processor(&self) -> String {
        self.text("proc/cpuinfo")
            .and_then(|text| {
                let line = text.lines().find(|line| line.starts_with("model name"))?;
                Some(line.split_once(':')?.1.trim().to_owned())
            })
            .or_else(|| self.brand.clone())
            .unwrap_or_else(|| format!("{} processor", self.arch))
    }
}

/// The processor's name as the operating system tells it; on macOS that is `machdep.cpu.brand_string`.
fn brand() -> Option<String> {
    let wanted = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let system = System::new_with_specifics(wanted).ok()?;
    let brand = system.cpus().first()?.brand().trim();
    (!brand.is_empty()).then(|| brand.to_owned())
}

/// What a folder holds, sorted; nothing where it cannot be read.
pub(super) fn sorted_entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.sort();
    paths
}

fn split(text: &OsStr) -> Vec<PathBuf> {
    env::split_paths(text)
        .filter(|path| !path.as_os_str().is_empty())
        .collect()
}
