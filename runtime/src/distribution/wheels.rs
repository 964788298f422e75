//! The builds of ONNX Runtime this software knows, pinned by sha256.
//!
//! They are published as Python wheels, which are zip files; `capi/` in them holds the plain C library. Sizes, hashes
//! and paths were read from the files themselves.

/// A published build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wheel {
    /// Name of the package.
    pub package: &'static str,
    /// Version of the package, which is that of ONNX Runtime.
    pub version: &'static str,
    /// Operating system, as `std::env::consts::OS` names it.
    pub os: &'static str,
    /// Processor, as `std::env::consts::ARCH` names it.
    pub arch: &'static str,
    /// The platform tag pip takes; for one that is given, pip accepts no other.
    pub tag: &'static str,
    /// Name of the file.
    pub file: &'static str,
    /// Hash of the file, in hexadecimal.
    pub sha256: &'static str,
    /// Size of the file.
    pub size_bytes: u64,
    /// Path of the library inside the file.
    pub library: &'static str,
    /// Licence of the package, as SPDX spells it.
    pub licence: &'static str,
}

/// The build for macOS, which carries the CoreML provider beside that of the CPU.
const ONNXRUNTIME_MACOS: Wheel = Wheel {
    package: "onnxruntime",
    version: "1.31.1",
    os: "macos",
    arch: "aarch64",
    tag: "macosx_14_0_arm64",
    file: "onnxruntime-1.31.1-cp312-cp312-macosx_14_0_arm64.whl",
    sha256: "96dd2564b10ea7153ad9c207e7cd8e5917cb3ba521e0e0a62ac03486fdc8d56c",
    size_bytes: 20_882_125,
    library: "onnxruntime/capi/libonnxruntime.1.31.1.dylib",
    licence: "MIT",
};

/// Apple silicon, through CoreML.
pub(super) const ONNXRUNTIME_COREML: &[Wheel] = &[ONNXRUNTIME_MACOS];

/// CPU everywhere.
pub(super) const ONNXRUNTIME: &[Wheel] = &[
    Wheel {
        package: "onnxruntime",
        version: "1.31.1",
        os: "linux",
        arch: "x86_64",
        tag: "manylinux_2_28_x86_64",
        file: "onnxruntime-1.31.1-cp312-cp312-manylinux_2_28_x86_64.whl",
        sha256: "1f3dea47f2f0e5117c2404cea7d21fd253ae7836a3bf167a501cdfbb2600d536",
        size_bytes: 23_760_988,
        library: "onnxruntime/capi/libonnxruntime.so.1.31.1",
        licence: "MIT",
    },
    Wheel {
        package: "onnxruntime",
        version: "1.31.1",
        os: "linux",
        arch: "aarch64",
        tag: "manylinux_2_28_aarch64",
        file: "onnxruntime-1.31.1-cp312-cp312-manylinux_2_28_aarch64.whl",
        sha256: "0b9a492176886992e0e875f06bc0367e333f5fff11711a2d642e18b02f3009cc",
        size_bytes: 21_420_803,
        library: "onnxruntime/capi/libonnxruntime.so.1.31.1",
        licence: "MIT",
    },
    ONNXRUNTIME_MACOS,
    Wheel {
        package: "onnxruntime",
        version: "1.31.1",
        os: "windows",
        arch: "x86_64",
        tag: "win_amd64",
        file: "onnxruntime-1.31.1-cp312-cp312-win_amd64.whl",
        sha256: "ae8a9a351efda685cc59a66226cdefaa37a126c1d66872ca23a2de9425326130",
        size_bytes: 14_888_466,
        library: "onnxruntime/capi/onnxruntime.dll",
        licence: "MIT",
    },
];

/// NVIDIA GPUs, for CUDA 13.
pub(super) const ONNXRUNTIME_GPU: &[Wheel] = &[
    Wheel {
        package: "onnxruntime-gpu",
        version: "1.31.1",
        os: "linux",
        arch: "x86_64",
        tag: "manylinux_2_28_x86_64",
        file: "onnxruntime_gpu-1.31.1-cp312-cp312-manylinux_2_28_x86_64.whl",
        sha256: "05d548956197b9d01f59b625de740e0d6be3593f874e241a12dc0362650ecdf7",
        size_bytes: 255_569_273,
        library: "onnxruntime/capi/libonnxruntime.so.1.31.1",
        licence: "MIT",
    },
    Wheel {
        package: "onnxruntime-gpu",
        version: "1.31.1",
        os: "windows",
        arch: "x86_64",
        tag: "win_amd64",
        file: "onnxruntime_gpu-1.31.1-cp312-cp312-win_amd64.whl",
        sha256: "2bb1e9373baba88f6415257f5b6a589d23e23c16004f7d89adf4344eada5749e",
        size_bytes: 168_098_228,
        library: "onnxruntime/capi/onnxruntime.dll",
        licence: "MIT",
    },
];

/// AMD GPUs, through MIGraphX.
pub(super) const ONNXRUNTIME_MIGRAPHX: &[Wheel] = &[Wheel {
    package: "onnxruntime-migraphx",
    version: "1.27.1",
    os: "linux",
    arch: "x86_64",
    tag: "manylinux_2_34_x86_64",
    file: "onnxruntime_migraphx-1.27.1-cp312-cp312-manylinux_2_34_x86_64.whl",
    sha256: "089c992442b6bff9f7786173ce6a31db111b104ae66be34d5467593951d905a4",
    size_bytes: 21_474_043,
    library: "onnxruntime/capi/libonnxruntime.so.1.27.1",
    licence: "MIT",
}];

/// OpenVINO with its CPU, GPU and NPU plugins; the Windows wheel lacks OpenVINO itself and is left out.
pub(super) const ONNXRUNTIME_OPENVINO: &[Wheel] = &[Wheel {
    package: "onnxruntime-openvino",
    version: "1.24.1",
    os: "linux",
    arch: "x86_64",
    tag: "manylinux_2_28_x86_64",
    file: "onnxruntime_openvino-1.24.1-cp312-cp312-manylinux_2_28_x86_64.whl",
    sha256: "d617fac2f59a6ab5ea59a788c3e1592240a129642519aaeaa774761dfe35150e",
    size_bytes: 84_433_207,
    library: "onnxruntime/capi/libonnxruntime.so.1.24.1",
    licence: "MIT",
}];

/// WebGPU through Dawn, without a browser.
pub(super) const ONNXRUNTIME_WEBGPU: &[Wheel] = &[
    Wheel {
        package: "onnxruntime-webgpu",
        version: "1.27.0",
        os: "linux",
        arch: "x86_64",
        tag: "manylinux_2_28_x86_64",
        file: "onnxruntime_webgpu-1.27.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        sha256: "fe5e49e00ad71bc667316d57670bfbf525438783d4a3468e0d337314ec985cbe",
        size_bytes: 25_163_729,
        library: "onnxruntime/capi/libonnxruntime.so.1.27.0",
        licence: "MIT",
    },
    Wheel {
        package: "onnxruntime-webgpu",
        version: "1.27.0",
        os: "macos",
        arch: "aarch64",
        tag: "macosx_14_0_arm64",
        file: "onnxruntime_webgpu-1.27.0-cp312-cp312-macosx_14_0_arm64.whl",
        sha256: "8e6c43281318283a31977ebe752e7b0454db9b2dc42c768ac88641952357196a",
        size_bytes: 24_081_620,
        library: "onnxruntime/capi/libonnxruntime.1.27.0.dylib",
        licence: "MIT",
    },
    Wheel {
        package: "onnxruntime-webgpu",
        version: "1.27.0",
        os: "windows",
        arch: "x86_64",
        tag: "win_amd64",
        file: "onnxruntime_webgpu-1.27.0-cp312-cp312-win_amd64.whl",
        sha256: "7ef99275b13e8cb9584bd0db7a6f00ebf76095601eeccf7d34749b89ee991c19",
        size_bytes: 27_226_899,
        library: "onnxruntime/capi/onnxruntime.dll",
        licence: "MIT",
    },
];

impl Wheel {
    /// Name of its folder in the cache; the hash is part of it, so a new pin is a new entry.
    #[must_use]
    pub fn entry(&self) -> String {
        let hash = self.sha256.get(..12).unwrap_or(self.sha256);
        format!(
            "libraries/{}-{}-{}-{}-{hash}",
            self.package, self.version, self.os, self.arch
        )
    }

    /// File name of its library.
    #[must_use]
    pub fn library_file(&self) -> &'static str {
        self.library
            .rsplit_once('/')
            .map_or(self.library, |(_, file)| file)
    }
}
