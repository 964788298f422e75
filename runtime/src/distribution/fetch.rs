//! Fetches a wheel with pip and checks it; the only place that starts Python.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{DistributionError, Policy, Wheel, variable};
use crate::cache::Progress;
use crate::catalog::Platform;
use crate::sha256;

const POLL: Duration = Duration::from_millis(50);
/// What is shown of a client's words when it fails.
const LAST_LINES: usize = 6;

/// Fetches a wheel into a folder of its own below `folder`.
pub(super) fn fetch(
    platform: Platform,
    wheel: &'static Wheel,
    policy: &Policy,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<PathBuf, DistributionError> {
    let download = Download {
        platform,
        wheel,
        policy,
        folder: folder.join("wheel"),
    };
    // pip writes what arrives into its temporary folder: below ours, its growth can be watched and it goes with ours.
    let temporary = download.folder.join("tmp");
    fs::create_dir_all(&temporary).map_err(DistributionError::file("create", &temporary))?;
    progress.started(
        &format!("{} {}", wheel.package, wheel.version),
        Some(wheel.size_bytes),
    );
    let fetched = download.run(&temporary, progress);
    progress.finished();
    fetched?;
    download.check()
}

struct Download<'a> {
    platform: Platform,
    wheel: &'static Wheel,
    policy: &'a Policy,
    folder: PathBuf,
}

impl Download<'_> {
    fn run(&self, temporary: &Path, progress: &dyn Progress) -> Result<(), DistributionError> {
        let log = self.folder.join("pip.log");
        let output = File::create(&log).map_err(DistributionError::file("create", &log))?;
        let errors = output
            .try_clone()
            .map_err(DistributionError::file("write", &log))?;
        let child = Command::new(&self.policy.python)
            .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:"])
            .args(["--python-version", "3.12", "--platform", self.wheel.tag])
            .args([
                "--no-input",
                "--disable-pip-version-check",
                "--progress-bar",
                "off",
            ])
            .args(["--retries", "2", "--dest"])
            .arg(&self.folder)
            .arg(format!("{}=={}", self.wheel.package, self.wheel.version))
            .envs(["TMPDIR", "TEMP", "TMP"].map(|name| (name, temporary)))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn();
        let mut child = child.map_err(|source| DistributionError::NoPython {
            python: self.policy.python.clone(),
            package: self.wheel.package,
            variable: variable(self.platform),
            source,
        })?;
        let status = watch(&mut child, &self.folder, self.policy.stall, progress);
        match status.map_err(DistributionError::file("wait for", &self.policy.python))? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(self.failure(status, &log)),
            None => Err(DistributionError::Stalled {
                platform: self.platform,
                package: self.wheel.package,
                version: self.wheel.version,
                seconds: self.policy.stall.as_secs(),
                variable: variable(self.platform),
            }),
        }
    }

    fn failure(&self, status: ExitStatus, log: &Path) -> DistributionError {
        let output = last_lines(log);
        let variable = variable(self.platform);
        if output.contains("No module named pip") {
            return DistributionError::NoPip {
                python: self.policy.python.clone(),
                package: self.wheel.package,
                variable,
            };
        }
        DistributionError::Pip {
            platform: self.platform,
            package: self.wheel.package,
            version: self.wheel.version,
            status: status.to_string(),
            output,
            variable,
        }
    }

    fn check(&self) -> Result<PathBuf, DistributionError> {
        let path = self.folder.join(self.wheel.file);
        if !path.is_file() {
            return Err(DistributionError::WheelMissing {
                platform: self.platform,
                file: self.wheel.file,
            });
        }
        let hashed = File::open(&path).and_then(|mut file| sha256::of_all(&mut file));
        let (found, found_bytes) = hashed.map_err(DistributionError::file("read", &path))?;
        if found != self.wheel.sha256 {
            return Err(DistributionError::WheelAltered {
                platform: self.platform,
                file: self.wheel.file,
                expected: self.wheel.sha256,
                found,
                expected_bytes: self.wheel.size_bytes,
                found_bytes,
            });
        }
        Ok(path)
    }
}

/// Waits for a client while something arrives below its folder; ends it and gives `None` when nothing did for too long.
pub(super) fn watch(
    child: &mut Child,
    folder: &Path,
    stall: Duration,
    progress: &dyn Progress,
) -> io::Result<Option<ExitStatus>> {
    let mut seen_bytes = 0;
    let mut moved = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(None) => {}
            ended => break ended,
        }
        let bytes = size(folder);
        if bytes > seen_bytes {
            progress.advanced(bytes - seen_bytes);
            seen_bytes = bytes;
            moved = Instant::now();
        } else if moved.elapsed() > stall {
            break Ok(None);
        }
        thread::sleep(POLL);
    };
    if !matches!(status, Ok(Some(_))) {
        // It may have ended by itself meanwhile; either way it has to be waited for.
        let _ = child.kill();
        let _ = child.wait();
    }
    status
}

/// The last lines of what a client said.
pub(super) fn last_lines(log: &Path) -> String {
    let output = fs::read(log).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

/// Bytes of the wheels and of what is on the way, below a folder.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) if entry.path().extension() != Some(OsStr::new("log")) => metadata.len(),
        _ => 0,
    });
    sizes.sum()
}
