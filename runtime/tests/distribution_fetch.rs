//! What is fetched is checked, unpacked and cached, and every way it fails says how to get out.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{collections::BTreeMap, env};

use runtime::cache::{Cache, Silent};
use runtime::catalog::Platform;
use runtime::distribution::{
    self, DistributionError, Fetch, How, Library, Machine, Policy, Web, Wheel,
};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const LIBRARY: &str = "onnxruntime/capi/libonnxruntime.so.1.99.0";
const FILE: &str = "onnxruntime-1.99.0-cp312-cp312-any.whl";

/// A folder with a stand-in for Python, the wheel it serves, and a cache.
struct Place {
    folder: TempDir,
    policy: Policy,
}

impl Place {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python");
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pip");
        symlink(scripts.join(script), &python).unwrap();
        let policy = policy(folder.path());
        Self { folder, policy }
    }

    fn serving(wheel: &[u8]) -> Self {
        let place = Self::new("serve.sh");
        fs::write(place.folder.path().join(FILE), wheel).unwrap();
        place
    }

    fn install(&self, wheel: &'static Wheel) -> Result<Library, DistributionError> {
        distribution::install(Platform::Cpu, wheel, &self.policy, &Silent)
    }

    /// The message with its causes, without what differs from run to run.
    fn message(&self, error: &DistributionError) -> String {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text.replace(&self.folder.path().display().to_string(), "[folder]")
    }

    /// Everything in the cache except locks.
    fn left(&self) -> Vec<String> {
        let folder = self.policy.cache.root().join("libraries");
        let Ok(entries) = fs::read_dir(folder) else {
            return Vec::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| Path::new(name).extension().is_none_or(|end| end != "lock"))
            .collect()
    }
}

fn policy(folder: &Path) -> Policy {
    let mut machine = Machine::rooted(&folder.join("root"));
    (machine.os, machine.arch) = ("linux", "x86_64");
    Policy {
        explicit: BTreeMap::new(),
        cache: Cache::at(folder.join("cache")),
        machine,
        fetch: Fetch::Any,
        is_offline: false,
        python: folder.join("python"),
        stall: Duration::from_secs(30),
        web: Web::default(),
    }
}

/// The least of an ELF file that looks like a library of x86-64 Linux.
fn elf() -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes[16] = 3;
    bytes[18] = 62;
    bytes
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn good() -> Vec<u8> {
    zipped(&[
        (LIBRARY, &elf()),
        (
            "onnxruntime/capi/libonnxruntime_providers_shared.so",
            b"shared",
        ),
        ("onnxruntime/capi/onnxruntime_pybind11_state.so", b"python"),
        ("onnxruntime/capi/training.py", b"python"),
        ("onnxruntime/LICENSE", b"terms"),
        ("onnxruntime/other/LICENSE", b"other terms"),
    ])
}

/// The pin of a wheel with these bytes.
fn pin(bytes: &[u8]) -> &'static Wheel {
    let hash = Sha256::digest(bytes);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Box::leak(Box::new(Wheel {
        package: "onnxruntime",
        version: "1.99.0",
        os: "linux",
        arch: "x86_64",
        tag: "any",
        file: FILE,
        sha256: hash.leak(),
        size_bytes: bytes.len() as u64,
        library: LIBRARY,
        licence: "MIT",
    }))
}

#[test]
fn a_good_wheel_is_unpacked_once() {
    let wheel = good();
    let place = Place::serving(&wheel);
    let library = place.install(pin(&wheel)).unwrap();
    assert_eq!(library.how, How::Fetched);
    assert_eq!(fs::read(&library.path).unwrap(), elf());
    let mut files: Vec<_> = fs::read_dir(library.path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "LICENSE",
            "libonnxruntime.so.1.99.0",
            "libonnxruntime_providers_shared.so"
        ]
    );
    place.install(pin(&wheel)).unwrap();
    let calls = fs::read_to_string(place.folder.path().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 1);
}

#[test]
fn a_damaged_entry_is_fetched_again() {
    let wheel = good();
    let place = Place::serving(&wheel);
    let library = place.install(pin(&wheel)).unwrap();
    fs::write(&library.path, b"").unwrap();
    place.install(pin(&wheel)).unwrap();
    assert_eq!(fs::read(&library.path).unwrap(), elf());
}

#[test]
fn an_altered_wheel_is_refused() {
    let place = Place::serving(b"something else");
    let error = place.install(pin(&good())).unwrap_err();
    assert!(matches!(error, DistributionError::WheelAltered { .. }));
    insta::with_settings!({filters => vec![(r"[0-9a-f]{64}", "[sha256]"), (r"over \d+", "over [size]")]}, {
        insta::assert_snapshot!(place.message(&error));
    });
    assert_eq!(place.left(), [""; 0]);
}

#[test]
fn a_truncated_wheel_is_refused() {
    let wheel = good();
    let half = &wheel[..wheel.len() / 2];
    let place = Place::serving(half);
    let error = place.install(pin(&wheel)).unwrap_err();
    assert!(
        matches!(error, DistributionError::WheelAltered { found_bytes, expected_bytes, .. }
            if found_bytes == half.len() as u64 && expected_bytes == wheel.len() as u64),
        "{error}"
    );
    // Pinned as it is, it is still no archive.
    let error = place.install(pin(half)).unwrap_err();
    assert!(
        matches!(error, DistributionError::WheelUnreadable { .. }),
        "{error}"
    );
    assert_eq!(place.left(), [""; 0]);
}

#[test]
fn entries_that_lead_out_are_refused() {
    for name in [
        "../escaped.so",
        "onnxruntime/capi/../../../escaped.so",
        "/escaped.so",
    ] {
        let wheel = zipped(&[(LIBRARY, &elf()), (name, b"x")]);
        let place = Place::serving(&wheel);
        let result = place.install(pin(&wheel));
        match result {
            // An absolute name loses its root and then is of no interest.
            Ok(_) => assert_eq!(name, "/escaped.so"),
            Err(error) => assert!(
                matches!(&error, DistributionError::WheelEscapes { entry, .. } if entry == name),
                "{error}"
            ),
        }
        for folder in place.folder.path().ancestors().take(2) {
            assert!(!folder.join("escaped.so").exists());
        }
        assert!(!Path::new("/escaped.so").exists());
    }
}

#[test]
fn a_wheel_without_a_library_for_this_machine_is_refused() {
    let mut foreign = elf();
    foreign[18] = 183;
    for library in [None, Some(foreign), Some(b"text".to_vec())] {
        let wheel = match &library {
            None => zipped(&[("onnxruntime/LICENSE", b"terms")]),
            Some(bytes) => zipped(&[(LIBRARY, bytes)]),
        };
        let place = Place::serving(&wheel);
        let error = place.install(pin(&wheel)).unwrap_err();
        assert!(
            matches!(error, DistributionError::WheelLibrary { .. }),
            "{error}"
        );
        assert_eq!(place.left(), [""; 0]);
    }
}

#[test]
fn no_python_says_so() {
    let place = Place::new("absent.sh");
    let error = place.install(pin(&good())).unwrap_err();
    assert!(matches!(error, DistributionError::NoPython { .. }));
    insta::assert_snapshot!(place.message(&error));
}

#[test]
fn no_pip_says_so() {
    let place = Place::new("no-module.sh");
    let error = place.install(pin(&good())).unwrap_err();
    assert!(matches!(error, DistributionError::NoPip { .. }));
    insta::assert_snapshot!(place.message(&error));
}

#[test]
fn a_refused_connection_says_so() {
    let place = Place::new("refused.sh");
    let error = place.install(pin(&good())).unwrap_err();
    let DistributionError::Pip { output, .. } = &error else {
        panic!("{error}");
    };
    assert!(
        output.contains("No matching distribution found"),
        "{output}"
    );
    assert!(
        error
            .to_string()
            .contains("run `assay setup cpu` again, or set ORT_DYLIB_PATH")
    );
}

#[test]
fn a_download_that_stalls_is_given_up() {
    let mut place = Place::new("hang.sh");
    place.policy.stall = Duration::from_millis(200);
    let error = place.install(pin(&good())).unwrap_err();
    assert!(
        matches!(error, DistributionError::Stalled { .. }),
        "{error}"
    );
}

#[test]
fn pip_that_brings_something_else_is_noticed() {
    let place = Place::serving(&good());
    let wheel = place.folder.path();
    fs::rename(wheel.join(FILE), wheel.join("other.whl")).unwrap();
    let error = place.install(pin(&good())).unwrap_err();
    insta::assert_snapshot!(place.message(&error));
}

#[test]
fn a_cache_that_cannot_be_written_says_so() {
    let wheel = good();
    let place = Place::serving(&wheel);
    let root = place.policy.cache.root();
    // Root may write everywhere, but nobody can make a folder below a file.
    fs::write(root, "a file").unwrap();
    let error = place.install(pin(&wheel)).unwrap_err();
    insta::with_settings!({filters => vec![(r" \(os error \d+\)", "")]}, {
        insta::assert_snapshot!(place.message(&error));
    });
}

#[test]
fn a_cache_without_permission_says_so() {
    let wheel = good();
    let place = Place::serving(&wheel);
    let root = place.policy.cache.root();
    fs::create_dir(root).unwrap();
    fs::set_permissions(root, fs::Permissions::from_mode(0o555)).unwrap();
    let is_obeyed = File::create(root.join("probe")).is_err();
    let result = place.install(pin(&wheel));
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
    match result {
        Err(DistributionError::Cache(error)) => assert!(error.to_string().contains("ASSAY_CACHE")),
        other => assert!(!is_obeyed && other.is_ok(), "{other:?}"),
    }
}

#[test]
fn two_processes_fetch_once() {
    let wheel = good();
    let place = Place::serving(&wheel);
    let start = || {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "installs_where_it_is_told", "--include-ignored"])
            .env("DISTRIBUTION_TEST_FOLDER", place.folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut children = [start(), start(), start()];
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let calls = fs::read_to_string(place.folder.path().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 1);
    let installed = fs::read_to_string(place.folder.path().join("installed")).unwrap();
    assert_eq!(installed.lines().count(), 3);
}

#[test]
#[ignore = "the body of the processes that `two_processes_fetch_once` starts"]
fn installs_where_it_is_told() {
    let Some(folder) = env::var_os("DISTRIBUTION_TEST_FOLDER").map(PathBuf::from) else {
        return;
    };
    let wheel = good();
    let library =
        distribution::install(Platform::Cpu, pin(&wheel), &policy(&folder), &Silent).unwrap();
    assert_eq!(fs::read(library.path).unwrap(), elf());
    let installed = File::options()
        .create(true)
        .append(true)
        .open(folder.join("installed"));
    writeln!(installed.unwrap(), "installed").unwrap();
}
