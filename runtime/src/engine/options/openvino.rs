//! Options of Intel's OpenVINO provider.

use std::num::NonZeroU32;
use std::path::PathBuf;

use super::field::{Field, Fields, Setting, field, plain};
use crate::catalog::names;

names! {
    /// The precision that OpenVINO computes in.
    InferencePrecision("precision") {
        /// 32 bits.
        F32 = "f32",
        /// 16 bits, on devices that have it.
        F16 = "f16",
        /// As the graph says.
        Accuracy = "accuracy",
    }
}

plain!(InferencePrecision);

/// Options of Intel's OpenVINO provider.
///
/// Source: ONNX Runtime's documentation of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenVinoOptions {
    /// The device.
    pub device: OpenVinoDevice,
    /// The precision; the device's own where nothing is said.
    pub precision: Option<InferencePrecision>,
    /// Runs that are computed at the same time, 1 to 8.
    pub streams: Option<Streams>,
    /// Threads of a run.
    pub threads: Option<NonZeroU32>,
    /// Folder that compiled graphs are kept in: a second load need not compile them again, which saves no time on a processor,
    /// where reading takes as long.
    pub cache_dir: Option<PathBuf>,
    /// Whether graphs with free axes are compiled once for all lengths, rather than anew for each.
    pub has_dynamic_shapes: Option<bool>,
}

impl Default for OpenVinoOptions {
    /// The processor, with everything else left to the library.
    fn default() -> Self {
        Self {
            device: OpenVinoDevice("CPU".to_owned()),
            precision: None,
            streams: None,
            threads: None,
            cache_dir: None,
            has_dynamic_shapes: None,
        }
    }
}

/// A device as OpenVINO spells it: `CPU`, `GPU`, `GPU.1`, `NPU`, or several, such as `AUTO:GPU,CPU`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenVinoDevice(String);

impl OpenVinoDevice {
    /// The device of that name; `None` where OpenVINO has none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_uppercase();
        let is_device = match text.split_once(':') {
            Some((mode, devices)) => is_mode(mode) && devices.split(',').all(is_one),
            None => text == "AUTO" || is_one(&text),
        };
        is_device.then_some(Self(text))
    }

    /// Its spelling.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

fn is_mode(text: &str) -> bool {
    ["AUTO", "HETERO", "MULTI"].contains(&text)
}

fn is_one(text: &str) -> bool {
    let (kind, number) = text.split_once('.').unwrap_or((text, "0"));
    ["CPU", "GPU", "NPU"].contains(&kind) && number.parse::<u8>().is_ok()
}

impl Setting for OpenVinoDevice {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn told(&self) -> Option<String> {
        Some(self.0.clone())
    }
}

/// Runs that are computed at the same time, 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams(u8);

impl Streams {
    /// That many, where the provider takes them.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            1..=8 => Some(Self(number)),
            _ => None,
        }
    }

    /// How many.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl Setting for Streams {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().and_then(Self::new)
    }

    fn told(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}

impl Fields for OpenVinoOptions {
    const FIELDS: &'static [Field<Self>] = &[
        field!(
            OpenVinoOptions.device,
            "device",
            "CPU, GPU, GPU.1, NPU, AUTO, AUTO:GPU,CPU, HETERO:… or MULTI:…",
            "the device"
        ),
        field!(
            OpenVinoOptions.precision,
            "precision",
            "f32, f16 or accuracy",
            "the precision to compute in"
        ),
        field!(
            OpenVinoOptions.streams,
            "streams",
            "a number from 1 to 8",
            "runs that are computed at the same time"
        ),
        field!(
            OpenVinoOptions.threads,
            "threads",
            "a number from 1",
            "threads of a run"
        ),
        field!(
            OpenVinoOptions.cache_dir,
            "cache-dir",
            "a folder",
            "where compiled graphs are kept"
        ),
        field!(
            OpenVinoOptions.has_dynamic_shapes,
            "dynamic-shapes",
            "on or off",
            "compile graphs with free axes once for all lengths"
        ),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_those_that_openvino_spells() {
        for (text, name) in [
            ("cpu", "CPU"),
            ("GPU.1", "GPU.1"),
            ("AUTO", "AUTO"),
            ("auto:gpu.0,cpu", "AUTO:GPU.0,CPU"),
            ("HETERO:NPU,CPU", "HETERO:NPU,CPU"),
        ] {
            assert_eq!(OpenVinoDevice::parse(text).unwrap().name(), name);
        }
        for text in [
            "", "TPU", "CPU_FP32", "GPU.", "AUTO:", "AUTO:TPU", "BEST:CPU", "CPU,GPU",
        ] {
            assert_eq!(OpenVinoDevice::parse(text), None, "{text}");
        }
    }
}
