//! What npm brings is checked, unpacked and cached, and every way it fails says how to get out.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use runtime::cache::{Cache, Silent};
use runtime::catalog::Platform;
use runtime::distribution::{
    self, Content, DistributionError, Fetch, Form, Machine, Package, PackageError, Policy, Web,
};
use sha2::{Digest, Sha512};
use tempfile::TempDir;

const FILE: &str = "some-browser-1.2.3.tgz";

/// `program` compressed with Brotli by its reference encoder.
const PROGRAM: &[u8] = b"\x1b\x06\x00\xf8\x25\x00\xa2\x90\xa0\x02";

/// A folder with a stand-in for npm, the archive it serves, and a cache.
struct Place {
    folder: TempDir,
    policy: Policy,
}

impl Place {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let npm = folder.path().join("npm");
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/npm");
        symlink(scripts.join(script), &npm).unwrap();
        let mut machine = Machine::rooted(&folder.path().join("root"));
        (machine.os, machine.arch) = ("linux", "x86_64");
        let policy = Policy {
            explicit: BTreeMap::new(),
            cache: Cache::at(folder.path().join("cache")),
            machine,
            fetch: Fetch::Any,
            is_offline: false,
            python: "no-such-python".into(),
            stall: Duration::from_secs(30),
            web: Web {
                npm,
                ..Web::default()
            },
        };
        Self { folder, policy }
    }

    fn serving(archive: &[u8]) -> Self {
        let place = Self::new("serve.sh");
        fs::write(place.folder.path().join(FILE), archive).unwrap();
        place
    }

    fn install(&self, package: &'static Package) -> Result<PathBuf, PackageError> {
        distribution::install_package(package, &self.policy, &Silent)
    }

    /// Everything in the cache except locks.
    fn left(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.policy.cache.root().join("packages")) else {
            return Vec::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| Path::new(name).extension().is_none_or(|end| end != "lock"))
            .collect()
    }
}

/// A tar archive; names are written as they are, even those that `tar` itself would refuse to write.
fn tarred(entries: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes, mode) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(*mode);
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn zipped(entries: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let mut zip = GzEncoder::new(Vec::new(), Compression::fast());
    zip.write_all(&tarred(entries)).unwrap();
    zip.finish().unwrap()
}

/// Bytes in the form of a Brotli stream that holds them as they are (RFC 7932, section 9.2): a window of 16 bits, an
/// uncompressed block of up to 64 KiB, and an empty last block.
fn uncompressed(bytes: &[u8]) -> Vec<u8> {
    // Bits from the lowest: WBITS 0 (16), ISLAST 0, MNIBBLES 00 (four), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1.
    let header = u32::try_from(bytes.len() - 1).unwrap() << 4 | 1 << 20;
    let mut stream = header.to_le_bytes()[..3].to_vec();
    stream.extend_from_slice(bytes);
    // ISLAST 1, ISLASTEMPTY 1.
    stream.push(0b11);
    stream
}

fn good() -> Vec<u8> {
    let libraries = tarred(&[
        ("lib/libone.so", b"one", 0o755),
        ("driver.json", b"{}", 0o644),
    ]);
    zipped(&[
        ("package/LICENSE", b"terms", 0o644),
        ("package/bin/program.br", &uncompressed(b"program"), 0o644),
        (
            "package/bin/libraries.tar.br",
            &uncompressed(&libraries),
            0o644,
        ),
        ("package/other.js", b"script", 0o644),
    ])
}

/// The pin of a package with these bytes.
fn pin(bytes: &[u8]) -> &'static Package {
    let content = |entry, form| Content { entry, form };
    let contents = Box::leak(Box::new([
        content("package/LICENSE", Form::Plain("LICENSE")),
        content("package/bin/program.br", Form::Program("program")),
        content("package/bin/libraries.tar.br", Form::Archive),
    ]));
    Box::leak(Box::new(Package {
        name: "@some/browser",
        version: "1.2.3",
        file: FILE,
        sha512: STANDARD.encode(Sha512::digest(bytes)).leak(),
        size_bytes: bytes.len() as u64,
        contents,
        setup: "browser",
        variable: "ASSAY_BROWSER",
        licence: "MIT",
    }))
}

#[test]
fn a_good_package_is_unpacked_once() {
    let archive = good();
    let place = Place::serving(&archive);
    let folder = place.install(pin(&archive)).unwrap();
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["LICENSE", "driver.json", "lib", "program"]);
    let file = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(file("program"), "program");
    assert_eq!(file("lib/libone.so"), "one");
    let is_program = |name: &str| {
        fs::metadata(folder.join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o111
            == 0o111
    };
    assert!(is_program("program") && is_program("lib/libone.so"));
    assert!(!is_program("driver.json") && !is_program("LICENSE"));

    place.install(pin(&archive)).unwrap();
    let calls = fs::read_to_string(place.folder.path().join("calls")).unwrap();
    assert_eq!(calls, "pack @some/browser@1.2.3\n");
    fs::remove_file(folder.join("program")).unwrap();
    place.install(pin(&archive)).unwrap();
    assert_eq!(file("program"), "program");
}

#[test]
fn what_is_not_the_pinned_file_is_refused() {
    let archive = good();
    for bytes in [&archive[..archive.len() / 2], b"something else"] {
        let place = Place::serving(bytes);
        let error = place.install(pin(&archive)).unwrap_err();
        assert!(
            matches!(error, PackageError::Altered { found_bytes, .. } if found_bytes == bytes.len() as u64),
            "{error}"
        );
        // Pinned as it is, it is still no archive.
        let error = place.install(pin(bytes)).unwrap_err();
        assert!(matches!(error, PackageError::Unreadable { .. }), "{error}");
        assert_eq!(place.left(), [""; 0]);
    }
}

#[test]
fn entries_that_lead_out_are_refused() {
    let inner = |name: &str| {
        let archive = tarred(&[(name, b"x", 0o644)]);
        zipped(&[(
            "package/bin/libraries.tar.br",
            &uncompressed(&archive),
            0o644,
        )])
    };
    for archive in [
        zipped(&[("package/../../escaped", b"x", 0o644)]),
        zipped(&[("/escaped", b"x", 0o644)]),
        inner("../escaped"),
        inner("lib/../../escaped"),
        inner("/escaped"),
    ] {
        let place = Place::serving(&archive);
        let error = place.install(pin(&archive)).unwrap_err();
        assert!(
            matches!(&error, PackageError::Escapes { entry, .. } if entry.ends_with("escaped")),
            "{error}"
        );
        assert_eq!(place.left(), [""; 0]);
        assert!(!place.folder.path().join("escaped").exists() && !Path::new("/escaped").exists());
    }
}

#[test]
fn a_package_that_lacks_something_is_refused() {
    let archive = zipped(&[("package/LICENSE", b"terms", 0o644)]);
    let place = Place::serving(&archive);
    let error = place.install(pin(&archive)).unwrap_err();
    insta::assert_snapshot!(error, @"some-browser-1.2.3.tgz holds no `package/bin/program.br`");
}

#[test]
fn an_npm_that_fails_says_so() {
    let install = |place: &Place| place.install(pin(&good())).unwrap_err();
    let absent = install(&Place::new("absent.sh"));
    assert!(matches!(absent, PackageError::NoNpm { .. }), "{absent}");
    assert!(absent.to_string().contains("set ASSAY_NPM to one"));
    let refused = install(&Place::new("refused.sh"));
    insta::assert_snapshot!(refused);
    let mut place = Place::new("hang.sh");
    place.policy.stall = Duration::from_millis(200);
    let stalled = install(&place);
    assert!(matches!(stalled, PackageError::Stalled { .. }), "{stalled}");
    let place = Place::serving(&good());
    fs::rename(
        place.folder.path().join(FILE),
        place.folder.path().join("other.tgz"),
    )
    .unwrap();
    let missing = install(&place);
    assert!(matches!(missing, PackageError::Missing { .. }), "{missing}");
}

#[test]
fn nothing_is_fetched_unasked() {
    let mut place = Place::new("serve.sh");
    let message = |place: &Place| {
        let browser = distribution::browser(&place.policy, &Silent).unwrap_err();
        let webnn = distribution::resolve(Platform::WebNn, &place.policy, &Silent).unwrap_err();
        assert!(matches!(&webnn, DistributionError::Package(error) if error.is_absence()));
        format!("{browser}\n{webnn}\n")
    };
    place.policy.fetch = Fetch::Cpu;
    let mut messages = message(&place);
    (place.policy.fetch, place.policy.is_offline) = (Fetch::Any, true);
    messages += &message(&place);
    insta::assert_snapshot!(messages);
    assert!(!place.folder.path().join("calls").exists());
}

#[test]
fn what_the_user_names_is_never_passed_over() {
    let mut place = Place::new("serve.sh");
    let nowhere = place.folder.path().join("nowhere");
    place.policy.web.browser = Some(nowhere.clone());
    place.policy.explicit.insert(Platform::WebNn, nowhere);
    let browser = distribution::browser(&place.policy, &Silent).unwrap_err();
    let webnn = distribution::resolve(Platform::WebNn, &place.policy, &Silent).unwrap_err();
    let messages = format!("{browser}\n{webnn}")
        .replace(&place.folder.path().display().to_string(), "[folder]");
    insta::assert_snapshot!(messages);
}

#[test]
fn brotli_is_decoded() {
    let archive = zipped(&[
        ("package/LICENSE", b"terms", 0o644),
        ("package/bin/program.br", PROGRAM, 0o644),
    ]);
    let place = Place::serving(&archive);
    let folder = place.install(pin(&archive)).unwrap();
    assert_eq!(
        fs::read_to_string(folder.join("program")).unwrap(),
        "program"
    );
}
