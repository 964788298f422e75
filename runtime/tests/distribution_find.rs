//! Which library a platform takes when there are several, and what each platform finds on a machine.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use runtime::cache::{Cache, Silent};
use runtime::catalog::Platform;
use runtime::distribution::{self, DistributionError, Fetch, How, Machine, Policy, Version, Web};
use tempfile::TempDir;

/// An x86-64 Linux machine without anything.
fn place() -> (TempDir, Policy) {
    let folder = tempfile::tempdir().unwrap();
    let mut machine = Machine::rooted(&folder.path().join("root"));
    (machine.os, machine.arch) = ("linux", "x86_64");
    let policy = Policy {
        explicit: BTreeMap::new(),
        cache: Cache::at(folder.path().join("cache")),
        machine,
        fetch: Fetch::Never,
        is_offline: false,
        python: "no-such-python".into(),
        stall: Duration::from_secs(1),
        web: Web::default(),
    };
    (folder, policy)
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The least of an ELF file that looks like a library of x86-64 Linux.
fn elf() -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes[16] = 3;
    bytes[18] = 62;
    bytes
}

fn resolve(platform: Platform, policy: &Policy) -> Result<(PathBuf, How), DistributionError> {
    distribution::resolve(platform, policy, &Silent).map(|library| (library.path, library.how))
}

/// Puts a library where the cache keeps the platform's.
fn fill_cache(platform: Platform, policy: &Policy) -> PathBuf {
    let wheel = distribution::wheel(platform, &policy.machine).unwrap();
    let path = policy
        .cache
        .root()
        .join(wheel.entry())
        .join(wheel.library_file());
    write(&path, &elf());
    path
}

/// Puts a library of this version where the system keeps it, under its usual link.
fn fill_system(policy: &Policy, version: &str) -> PathBuf {
    let folder = policy.machine.root.join("usr/lib");
    let path = folder.join(format!("libonnxruntime.so.{version}"));
    write(&path, &elf());
    symlink(&path, folder.join("libonnxruntime.so")).unwrap();
    path.canonicalize().unwrap()
}

#[test]
fn named_beats_cached_beats_the_systems() {
    let (folder, mut policy) = place();
    let is_missing = matches!(
        resolve(Platform::Cpu, &policy),
        Err(DistributionError::NotInstalled { .. })
    );
    assert!(is_missing);
    let system = fill_system(&policy, "1.24.0");
    assert_eq!(
        resolve(Platform::Cpu, &policy).unwrap(),
        (system, How::System)
    );
    let cached = fill_cache(Platform::Cpu, &policy);
    assert_eq!(
        resolve(Platform::Cpu, &policy).unwrap(),
        (cached, How::Cache)
    );
    let named = folder.path().join("my-onnxruntime.so");
    write(&named, &elf());
    policy.explicit.insert(Platform::Cpu, named.clone());
    assert_eq!(
        resolve(Platform::Cpu, &policy).unwrap(),
        (named, How::Explicit("ORT_DYLIB_PATH"))
    );
}

#[test]
fn a_named_library_is_never_passed_over() {
    let (folder, mut policy) = place();
    fill_cache(Platform::Cuda, &policy);
    let mut foreign = elf();
    foreign[18] = 183;
    let mut truncated = elf();
    // Section headers at 4096 that the file does not reach.
    truncated[41] = 16;
    truncated[58] = 64;
    truncated[60] = 1;
    let files = [
        ("text.so", b"#!/bin/sh".to_vec()),
        ("empty.so", Vec::new()),
        ("foreign.so", foreign),
        ("truncated.so", truncated),
        ("libonnxruntime.so.1.18.0", elf()),
    ];
    for (name, bytes) in &files {
        write(&folder.path().join(name), bytes);
    }
    fs::create_dir(folder.path().join("folder")).unwrap();
    let names = files
        .iter()
        .map(|(name, _)| *name)
        .chain(["absent.so", "folder"]);
    let messages: Vec<String> = names
        .map(|name| {
            policy
                .explicit
                .insert(Platform::Cuda, folder.path().join(name));
            let error = resolve(Platform::Cuda, &policy).unwrap_err();
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", cause.unwrap_or_default())
                .replace(&folder.path().display().to_string(), "[folder]")
        })
        .collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn the_systems_library_must_be_new_enough_and_is_for_the_cpu_only() {
    for (version, is_taken) in [
        ("1.31.1", true),
        ("1.24.0", true),
        ("1.23.2", false),
        ("1", false),
    ] {
        let (_folder, policy) = place();
        fill_system(&policy, version);
        assert_eq!(
            resolve(Platform::Cpu, &policy).is_ok(),
            is_taken,
            "{version}"
        );
        assert!(resolve(Platform::Cuda, &policy).is_err());
    }
}

#[test]
fn what_may_not_be_fetched_says_how_it_may() {
    let (_folder, mut policy) = place();
    let mut messages = Vec::new();
    for fetch in [Fetch::Never, Fetch::Cpu] {
        policy.fetch = fetch;
        for platform in Platform::ALL {
            let error = resolve(*platform, &policy).unwrap_err();
            messages.push(format!("{fetch:?}: {error}"));
        }
    }
    (policy.fetch, policy.is_offline) = (Fetch::Any, true);
    messages.push(format!(
        "offline: {}",
        resolve(Platform::Cpu, &policy).unwrap_err()
    ));
    (policy.machine.os, policy.machine.arch) = ("freebsd", "riscv64");
    messages.push(format!(
        "elsewhere: {}",
        resolve(Platform::Cpu, &policy).unwrap_err()
    ));
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn versions_are_read_from_file_names() {
    for (name, expected) in [
        ("libonnxruntime.so.1.31.1", Some((1, 31, 1))),
        ("libonnxruntime.1.27.0.dylib", Some((1, 27, 0))),
        ("libonnxruntime.so", None),
        ("libonnxruntime.so.1", None),
        ("libonnxruntime.so.1.2.3.4", None),
        ("libonnxruntime.so.1.2.x", None),
        ("onnxruntime.dll", None),
        ("libother.so.1.31.1", None),
    ] {
        let found = Version::in_file_name(name).map(|v| (v.major, v.minor, v.patch));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn every_pin_is_well_formed() {
    for (os, arch, expected) in [
        ("linux", "x86_64", "cpu cuda rocm openvino webgpu"),
        ("linux", "aarch64", "cpu"),
        ("macos", "aarch64", "cpu mps webgpu"),
        ("windows", "x86_64", "cpu cuda webgpu"),
        ("linux", "riscv64", ""),
    ] {
        let (_folder, mut policy) = place();
        (policy.machine.os, policy.machine.arch) = (os, arch);
        let mut found = Vec::new();
        for platform in Platform::ALL {
            let Ok(wheel) = distribution::wheel(*platform, &policy.machine) else {
                continue;
            };
            found.push(platform.name());
            assert!(
                wheel.sha256.len() == 64
                    && wheel.sha256.bytes().all(|byte| byte.is_ascii_hexdigit())
            );
            let stem = wheel.package.replace('-', "_");
            assert!(
                wheel
                    .file
                    .starts_with(&format!("{stem}-{}-", wheel.version))
            );
            assert!(wheel.file.contains(wheel.tag));
            assert!(os == "windows" || wheel.library.contains(wheel.version));
            policy.cache.find(&wheel.entry()).unwrap();
        }
        assert_eq!(found.join(" "), expected, "{os} {arch}");
    }
}

/// What the platforms find, one line each.
fn report(policy: &Policy, folder: &Path) -> String {
    let lines =
        Platform::ALL.iter().map(
            |platform| match distribution::probe(*platform, policy).devices {
                Ok(devices) => {
                    let devices = devices
                        .iter()
                        .map(|device| format!("{} ({})", device.name, device.detail));
                    format!("{platform}: {}", devices.collect::<Vec<_>>().join("; "))
                }
                Err(absent) => format!("{platform}: unavailable, {absent}"),
            },
        );
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace(&folder.display().to_string(), "[folder]")
}

#[test]
fn devices_are_found_in_the_trees_the_system_shows() {
    let filters = vec![
        (r"\d+ threads", "[n] threads"),
        // Whether this machine has the driver depends on this machine.
        (r"cuda: .*", "cuda: [driver]"),
    ];
    let (folder, mut policy) = place();
    let bare = report(&policy, folder.path());
    let root = policy.machine.root.clone();
    let kfd = root.join("sys/class/kfd/kfd/topology/nodes");
    for (path, text) in [
        (
            root.join("proc/cpuinfo"),
            "processor : 0\nmodel name\t: Fast CPU 9\n",
        ),
        (root.join("sys/module/amdgpu/refcnt"), "1"),
        (
            kfd.join("0/properties"),
            "cpu_cores_count 8\nsimd_count 0\n",
        ),
        (kfd.join("0/name"), "\n"),
        (
            kfd.join("1/properties"),
            "simd_count 304\ngfx_target_version 90402\n",
        ),
        (kfd.join("1/name"), "aqua_vanjaram\n"),
        (root.join("sys/class/drm/card0/device/vendor"), "0x8086\n"),
        (root.join("sys/class/drm/card1/device/vendor"), "0x10de\n"),
        (
            root.join("sys/class/drm/card0-DP-1/device/vendor"),
            "0x8086\n",
        ),
        (root.join("usr/lib/x86_64-linux-gnu/libvulkan.so.1"), ""),
    ] {
        write(&path, text.as_bytes());
    }
    let half = report(&policy, folder.path());
    write(&root.join("dev/kfd"), b"");
    write(
        &root.join("usr/share/vulkan/icd.d/swiftshader_icd.json"),
        b"{}",
    );
    write(&root.join("usr/share/vulkan/icd.d/notes.txt"), b"");
    let full = report(&policy, folder.path());
    (policy.machine.os, policy.machine.arch) = ("macos", "aarch64");
    let mac = report(&policy, folder.path());
    policy.machine.brand = Some("Apple M3 Max".to_owned());
    let named = report(&policy, folder.path());
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!([bare, half, full, mac, named].join("\n\n"));
    });
}
