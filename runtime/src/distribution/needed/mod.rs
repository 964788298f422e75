//! Which libraries a provider needs and this machine lacks, and the packages that bring them.

mod elf;
mod loader;

use std::path::Path;

use self::loader::Loader;
use super::{Library, Machine, Unavailable};
use crate::catalog::Platform;

/// A library of NVIDIA's with the package that brings it: PyPI's, whose major version is the library's own.
const PACKAGES: [(&str, &str); 20] = [
    ("libcublas.so.13", "nvidia-cublas==13.*"),
    ("libcublasLt.so.13", "nvidia-cublas==13.*"),
    ("libcudart.so.13", "nvidia-cuda-runtime==13.*"),
    ("libcufft.so.12", "nvidia-cufft==12.*"),
    ("libcurand.so.10", "nvidia-curand==10.*"),
    ("libnvrtc.so.13", "nvidia-cuda-nvrtc==13.*"),
    ("libnvJitLink.so.13", "nvidia-nvjitlink==13.*"),
    ("libcudnn.so.9", "nvidia-cudnn-cu13==9.*"),
    ("libcudnn_adv.so.9", "nvidia-cudnn-cu13==9.*"),
    ("libcudnn_cnn.so.9", "nvidia-cudnn-cu13==9.*"),
    ("libcudnn_graph.so.9", "nvidia-cudnn-cu13==9.*"),
    ("libcudnn_ops.so.9", "nvidia-cudnn-cu13==9.*"),
    ("libnvinfer.so.10", "tensorrt-cu13-libs==10.*"),
    ("libnvinfer_plugin.so.10", "tensorrt-cu13-libs==10.*"),
    ("libnvonnxparser.so.10", "tensorrt-cu13-libs==10.*"),
    ("libcublas.so.12", "nvidia-cublas-cu12==12.*"),
    ("libcublasLt.so.12", "nvidia-cublas-cu12==12.*"),
    ("libcudart.so.12", "nvidia-cuda-runtime-cu12==12.*"),
    ("libcufft.so.11", "nvidia-cufft-cu12==11.*"),
    ("libnvrtc.so.12", "nvidia-cuda-nvrtc-cu12==12.*"),
];

/// Libraries that come with a driver and with no package.
const OF_DRIVERS: [(&str, &str); 3] = [
    ("libcuda.so.1", "the NVIDIA driver"),
    ("libamdhip64.so.7", "ROCm 7"),
    ("libmigraphx_c.so.3", "MIGraphX of ROCm 7"),
];

/// The file of a provider that stands beside ONNX Runtime's library, where it is one of its own.
fn provider(platform: Platform, has_tensorrt: bool) -> &'static [&'static str] {
    match platform {
        Platform::Cuda if has_tensorrt => &[
            "libonnxruntime_providers_cuda.so",
            "libonnxruntime_providers_tensorrt.so",
        ],
        Platform::Cuda => &["libonnxruntime_providers_cuda.so"],
        Platform::Rocm => &["libonnxruntime_providers_migraphx.so"],
        Platform::OpenVino => &["libonnxruntime_providers_openvino.so"],
        _ => &[],
    }
}

/// Checks that all libraries are there that a platform's provider is linked with; what it opens while it works is its own
/// affair. Other systems than Linux say themselves what is missing.
///
/// # Errors
/// [`Unavailable`] with the missing libraries, and the packages that bring them.
pub fn check_needed(
    platform: Platform,
    library: &Library,
    has_tensorrt: bool,
    machine: &Machine,
) -> Result<(), Unavailable> {
    if machine.os != "linux" {
        return Ok(());
    }
    let folder = library.path.parent().unwrap_or(Path::new("."));
    let loader = Loader::of(machine);
    for name in provider(platform, has_tensorrt) {
        let file = folder.join(name);
        // Without it, ONNX Runtime says that it was built without the provider.
        let Ok(needs) = elf::read(&file) else {
            continue;
        };
        let is_missing = |name: &&String| loader.find(name, &needs, folder).is_none();
        let missing: Vec<_> = needs.names.iter().filter(is_missing).collect();
        if !missing.is_empty() {
            return Err(Unavailable::because(told(name, &missing)));
        }
    }
    Ok(())
}

/// What is missing, and where it comes from.
fn told(provider: &str, missing: &[&String]) -> String {
    let source = |name: &str, sources: &[(&str, &'static str)]| {
        let mut sources = sources.iter();
        Some(sources.find(|(known, _)| *known == name)?.1)
    };
    let mut packages: Vec<&str> = Vec::new();
    let mut named = Vec::new();
    for name in missing {
        if let Some(package) = source(name, &PACKAGES) {
            if !packages.contains(&package) {
                packages.push(package);
            }
            named.push((*name).clone());
        } else if let Some(driver) = source(name, &OF_DRIVERS) {
            named.push(format!("{name} of {driver}"));
        } else {
            named.push((*name).clone());
        }
    }
    let mut text = format!(
        "{provider} needs {}, which the loader does not find",
        named.join(", ")
    );
    if !packages.is_empty() {
        let packages: Vec<_> = packages.iter().map(|one| format!("'{one}'")).collect();
        text.push_str(&format!(
            "; `pip install {}` brings what packages have of it, and LD_LIBRARY_PATH must name their `lib` folders",
            packages.join(" ")
        ));
    }
    text
}
