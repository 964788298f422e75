//! The packages from npm that this software knows, pinned by sha512.
//!
//! Hashes are those of npm's registry (`integrity`, Subresource Integrity format); paths were read from the files.

/// A published package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Name of the archive that `npm pack` writes.
    pub file: &'static str,
    /// Hash of the archive: sha512 in base64.
    pub sha512: &'static str,
    /// Size of the archive.
    pub size_bytes: u64,
    /// What of it is kept.
    pub contents: &'static [Content],
    /// What `assay setup` calls it.
    pub setup: &'static str,
    /// The environment variable that names something to take its place.
    pub variable: &'static str,
    /// Licence of the package, as SPDX spells it.
    pub licence: &'static str,
}

/// An entry that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Its path in the archive.
    pub entry: &'static str,
    /// What becomes of it.
    pub form: Form,
}

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A file of this name.
    Plain(&'static str),
    /// A program of this name, compressed with Brotli.
    Program(&'static str),
    /// Files of a tar archive that is compressed with Brotli.
    Archive,
}

const fn kept(entry: &'static str, form: Form) -> Content {
    Content { entry, form }
}

/// Name of the browser's program in its folder.
pub(in crate::distribution) const BROWSER_PROGRAM: &str = "chromium";

/// The module of ONNX Runtime that the page loads; the others lie beside it.
pub(in crate::distribution) const WEB_MODULE: &str = "ort.jspi.min.mjs";

/// Chromium without a window, built with WebNN; carries a Vulkan driver in software and the loader for it.
///
/// For x86-64 Linux. The libraries of its third archive are for systems that lack them.
pub(in crate::distribution) const CHROMIUM: Package = Package {
    name: "@sparticuz/chromium",
    version: "153.0.0",
    file: "sparticuz-chromium-153.0.0.tgz",
    sha512: "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
    size_bytes: 69_995_309,
    contents: &[
        kept("package/LICENSE", Form::Plain("LICENSE")),
        kept("package/bin/chromium.br", Form::Program(BROWSER_PROGRAM)),
        kept("package/bin/swiftshader.tar.br", Form::Archive),
        kept("package/bin/al2023.tar.br", Form::Archive),
    ],
    setup: "browser",
    variable: "ASSAY_BROWSER",
    licence: "MIT",
};

/// ONNX Runtime for browsers: the build that suspends WebAssembly while WebGPU and WebNN work.
pub(in crate::distribution) const ONNXRUNTIME_WEB: Package = Package {
    name: "onnxruntime-web",
    version: "1.30.0",
    file: "onnxruntime-web-1.30.0.tgz",
    sha512: "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
    size_bytes: 33_106_585,
    contents: &[
        kept("package/package.json", Form::Plain("package.json")),
        kept("package/README.md", Form::Plain("README.md")),
        kept("package/dist/ort.jspi.min.mjs", Form::Plain(WEB_MODULE)),
        kept(
            "package/dist/ort-wasm-simd-threaded.jspi.mjs",
            Form::Plain("ort-wasm-simd-threaded.jspi.mjs"),
        ),
        kept(
            "package/dist/ort-wasm-simd-threaded.jspi.wasm",
            Form::Plain("ort-wasm-simd-threaded.jspi.wasm"),
        ),
    ],
    setup: "webnn",
    variable: "ASSAY_ORT_WEBNN_PATH",
    licence: "MIT",
};

impl Package {
    /// Name of its folder in the cache; the hash is part of it, so a new pin is a new entry.
    #[must_use]
    pub fn entry(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let name = self.name.trim_start_matches('@').replace('/', "-");
        let hash: String = self.sha512.chars().take(12).map(plain).collect();
        format!("packages/{name}-{}-{hash}", self.version)
    }
}
