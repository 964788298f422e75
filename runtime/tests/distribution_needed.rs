//! Libraries that a provider is linked with and the machine lacks are named, with the packages that bring them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use runtime::catalog::Platform;
use runtime::distribution::{self, How, Library, Machine};
use tempfile::TempDir;

/// Where the parts of the file below stand in memory, beyond their place in the file.
const SHIFT: u64 = 0x1000;

/// A library that needs others (System V ABI): a header, two segments, a dynamic section and its names.
fn elf(needed: &[&str], run_path: Option<&str>) -> Vec<u8> {
    const HEADERS: usize = 64 + 2 * 56;
    let mut names = vec![0];
    let mut dynamic = Vec::new();
    let named = needed.iter().map(|name| (1, *name));
    for (tag, name) in named.chain(run_path.map(|path| (29, path))) {
        dynamic.push((tag, names.len() as u64));
        names.extend(name.as_bytes());
        names.push(0);
    }
    // The names come last, and the section ends with an empty entry.
    let length = (dynamic.len() + 2) * 16;
    dynamic.push((5, (HEADERS + length) as u64 + SHIFT));
    dynamic.push((0, 0));
    let total = HEADERS + length + names.len();
    let mut bytes = vec![0; HEADERS];
    let mut put = |at: usize, value: u64, width: usize| {
        bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
    };
    put(0, u64::from_le_bytes(*b"\x7fELF\x02\x01\x01\x00"), 8);
    for (at, value) in [(16, 3), (18, 62), (32, 64), (54, 56), (56, 2)] {
        put(at, value, 2);
    }
    let segments = [(1, 0, total), (2, HEADERS, length)];
    for (place, (kind, start, length)) in segments.into_iter().enumerate() {
        let at = 64 + place * 56;
        put(at, kind, 4);
        put(at + 8, start as u64, 8);
        put(at + 16, start as u64 + SHIFT, 8);
        put(at + 32, length as u64, 8);
    }
    for (tag, value) in dynamic {
        bytes.extend((tag as u64).to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(names);
    bytes
}

/// A loader's cache with one entry (`cache_file_new` of glibc).
fn cache(name: &str, file: &str) -> Vec<u8> {
    let strings = 48 + 24;
    let mut bytes = b"glibc-ld.so.cache1.1".to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.resize(48, 0);
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend((strings as u32).to_le_bytes());
    bytes.extend((strings as u32 + name.len() as u32 + 1).to_le_bytes());
    bytes.resize(strings, 0);
    bytes.extend([name.as_bytes(), &[0], file.as_bytes(), &[0]].concat());
    bytes
}

/// A machine of its own with ONNX Runtime and providers.
struct Place {
    folder: TempDir,
    machine: Machine,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut machine = Machine::rooted(&folder.path().join("root"));
        (machine.os, machine.arch) = ("linux", "x86_64");
        Self { folder, machine }
    }

    fn write(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// What is said of a platform whose provider stands in `capi`.
    fn told(&self, platform: Platform, has_tensorrt: bool) -> String {
        let library = Library {
            path: self.folder.path().join("capi/libonnxruntime.so.1.31.1"),
            version: None,
            distribution: None,
            how: How::Cache,
        };
        let checked = distribution::check_needed(platform, &library, has_tensorrt, &self.machine);
        checked.map_or_else(|absent| absent.to_string(), |()| "all there".to_owned())
    }
}

/// What the CUDA provider of ONNX Runtime 1.31.1 is linked with, those of the system left out.
const CUDA: [&str; 5] = [
    "libcublasLt.so.13",
    "libcublas.so.13",
    "libcurand.so.10",
    "libcudart.so.13",
    "libcuda.so.1",
];

#[test]
fn missing_libraries_are_named_with_their_packages() {
    let place = Place::new();
    place.write("capi/libonnxruntime_providers_cuda.so", &elf(&CUDA, None));
    insta::assert_snapshot!(place.told(Platform::Cuda, false), @"libonnxruntime_providers_cuda.so needs libcublasLt.so.13, libcublas.so.13, libcurand.so.10, libcudart.so.13, libcuda.so.1 of the NVIDIA driver, which the loader does not find; `pip install 'nvidia-cublas==13.*' 'nvidia-curand==10.*' 'nvidia-cuda-runtime==13.*'` brings what packages have of it, and LD_LIBRARY_PATH must name their `lib` folders");
    // What is there is not named.
    place.write("root/usr/lib/x86_64-linux-gnu/libcuda.so.1", b"");
    place.write("root/usr/lib64/libcudart.so.13", b"");
    place.write("capi/../root/lib/libcurand.so.10", b"");
    insta::assert_snapshot!(place.told(Platform::Cuda, false), @"libonnxruntime_providers_cuda.so needs libcublasLt.so.13, libcublas.so.13, which the loader does not find; `pip install 'nvidia-cublas==13.*'` brings what packages have of it, and LD_LIBRARY_PATH must name their `lib` folders");
}

#[test]
fn libraries_are_found_where_the_loader_looks() {
    let check = |arrange: &dyn Fn(&mut Place)| {
        let mut place = Place::new();
        arrange(&mut place);
        place.told(Platform::Cuda, false)
    };
    let needs = |run_path| elf(&["libcublas.so.13"], run_path);
    let provider = "capi/libonnxruntime_providers_cuda.so";
    // In LD_LIBRARY_PATH.
    let found = check(&|place| {
        place.write(provider, &needs(None));
        let file = place.write("site-packages/nvidia/cu13/lib/libcublas.so.13", b"");
        place
            .machine
            .library_path
            .push(file.parent().unwrap().to_owned());
    });
    assert_eq!(found, "all there");
    // Where the provider itself says it is.
    let found = check(&|place| {
        place.write(provider, &needs(Some("/nowhere:$ORIGIN/../nvidia")));
        place.write("nvidia/libcublas.so.13", b"");
    });
    assert_eq!(found, "all there");
    // In the loader's cache, which counts only where the file is still there.
    let entry = cache("libcublas.so.13", "/opt/cuda/libcublas.so.13");
    let arrange = |place: &Place| {
        place.write(provider, &needs(None));
        place.write("root/etc/ld.so.cache", &entry);
    };
    assert!(check(&|place| arrange(place)).contains("libcublas.so.13"));
    let found = check(&|place| {
        arrange(place);
        place.write("root/opt/cuda/libcublas.so.13", b"");
    });
    assert_eq!(found, "all there");
    // Folders that the loader does not know are no help.
    let found = check(&|place| {
        place.write(provider, &needs(None));
        place.write("capi/libcublas.so.13", b"");
    });
    assert!(found.contains("libcublas.so.13"), "{found}");
}

#[test]
fn tensorrt_is_asked_for_apart() {
    let place = Place::new();
    place.write("capi/libonnxruntime_providers_cuda.so", &elf(&[], None));
    let tensorrt = elf(&["libnvinfer.so.10", "libnvonnxparser.so.10"], None);
    place.write("capi/libonnxruntime_providers_tensorrt.so", &tensorrt);
    assert_eq!(place.told(Platform::Cuda, false), "all there");
    insta::assert_snapshot!(place.told(Platform::Cuda, true), @"libonnxruntime_providers_tensorrt.so needs libnvinfer.so.10, libnvonnxparser.so.10, which the loader does not find; `pip install 'tensorrt-cu13-libs==10.*'` brings what packages have of it, and LD_LIBRARY_PATH must name their `lib` folders");
}

#[test]
fn what_amd_brings_is_named() {
    let place = Place::new();
    let provider = elf(
        &["libmigraphx_c.so.3", "libamdhip64.so.7", "libz.so.1"],
        None,
    );
    place.write("capi/libonnxruntime_providers_migraphx.so", &provider);
    insta::assert_snapshot!(place.told(Platform::Rocm, false), @"libonnxruntime_providers_migraphx.so needs libmigraphx_c.so.3 of MIGraphX of ROCm 7, libamdhip64.so.7 of ROCm 7, libz.so.1, which the loader does not find");
}

/// A file that is no such library is told by ONNX Runtime, which tries to load it; reading it must not fail in other ways.
#[test]
fn files_that_are_no_libraries_do_no_harm() {
    let place = Place::new();
    let whole = elf(&CUDA, Some("/nowhere"));
    for length in 0..whole.len() {
        place.write("capi/libonnxruntime_providers_cuda.so", &whole[..length]);
        place.told(Platform::Cuda, false);
    }
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] = 0xff;
        place.write("capi/libonnxruntime_providers_cuda.so", &altered);
        place.told(Platform::Cuda, false);
    }
    fs::remove_file(
        place
            .folder
            .path()
            .join("capi/libonnxruntime_providers_cuda.so"),
    )
    .unwrap();
    assert_eq!(place.told(Platform::Cuda, false), "all there");
}

/// The real provider, where it is in the cache: what it needs is there, or it would not work.
#[test]
fn a_real_provider_is_read() {
    let policy = distribution::Policy::from_env().unwrap();
    let Ok(library) = distribution::probe(Platform::OpenVino, &policy).library else {
        return;
    };
    let provider = library.path.parent().unwrap_or(Path::new("."));
    if !provider
        .join("libonnxruntime_providers_openvino.so")
        .is_file()
    {
        return;
    }
    let checked = distribution::check_needed(Platform::OpenVino, &library, false, &policy.machine);
    assert_eq!(checked, Ok(()));
    // Without its own folder, the machine lacks OpenVINO.
    let mut bare = Machine::rooted(Path::new("/nowhere"));
    bare.os = "linux";
    let absent = distribution::check_needed(Platform::OpenVino, &library, false, &bare);
    assert!(absent.unwrap_err().reason.contains("libc.so.6"));
}
