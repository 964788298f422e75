//! Fetches a package with npm and checks it; the only place that starts npm.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha512};

use super::{Package, PackageError};
use crate::cache::Progress;
use crate::distribution::Policy;
use crate::distribution::fetch::{last_lines, watch};

/// Fetches a package's archive into a folder of its own below `folder`.
pub(super) fn fetch(
    package: &'static Package,
    policy: &Policy,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<PathBuf, PackageError> {
    let folder = folder.join("npm");
    // npm writes what arrives into its cache: below our folder, its growth can be watched and it goes with ours.
    let cache = folder.join("cache");
    fs::create_dir_all(&cache).map_err(PackageError::file("create", &cache))?;
    progress.started(
        &format!("{} {}", package.name, package.version),
        Some(package.size_bytes),
    );
    let packed = pack(package, policy, &folder, &cache, progress);
    progress.finished();
    packed?;
    check(package, &folder)
}

fn pack(
    package: &'static Package,
    policy: &Policy,
    folder: &Path,
    cache: &Path,
    progress: &dyn Progress,
) -> Result<(), PackageError> {
    let npm = &policy.web.npm;
    let log = folder.join("npm.log");
    let output = File::create(&log).map_err(PackageError::file("create", &log))?;
    let errors = output
        .try_clone()
        .map_err(PackageError::file("write", &log))?;
    let mut child = Command::new(npm)
        .arg("pack")
        .arg(format!("{}@{}", package.name, package.version))
        .args(["--ignore-scripts", "--no-audit", "--no-fund"])
        .args(["--no-update-notifier", "--loglevel", "error"])
        .arg("--pack-destination")
        .arg(folder)
        .arg("--cache")
        .arg(cache)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(|source| PackageError::NoNpm {
            npm: npm.clone(),
            package: package.name,
            variable: package.variable,
            source,
        })?;
    let status = watch(&mut child, folder, policy.stall, progress);
    match status.map_err(PackageError::file("wait for", npm))? {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(failure(package, status, &log)),
        None => Err(PackageError::Stalled {
            package: package.name,
            version: package.version,
            setup: package.setup,
            seconds: policy.stall.as_secs(),
            variable: package.variable,
        }),
    }
}

fn failure(package: &'static Package, status: ExitStatus, log: &Path) -> PackageError {
    PackageError::Npm {
        package: package.name,
        version: package.version,
        setup: package.setup,
        status: status.to_string(),
        output: last_lines(log),
        variable: package.variable,
    }
}

fn check(package: &'static Package, folder: &Path) -> Result<PathBuf, PackageError> {
    let path = folder.join(package.file);
    if !path.is_file() {
        return Err(PackageError::Missing {
            file: package.file,
            setup: package.setup,
        });
    }
    let (found, found_bytes) = sha512(&path).map_err(PackageError::file("read", &path))?;
    if found != package.sha512 {
        return Err(PackageError::Altered {
            file: package.file,
            setup: package.setup,
            expected: package.sha512,
            found,
            expected_bytes: package.size_bytes,
            found_bytes,
        });
    }
    Ok(path)
}

/// The hash of a file in base64, as npm's registry spells it, and its size.
fn sha512(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Sha512::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((STANDARD.encode(hash.finalize()), bytes));
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
}
