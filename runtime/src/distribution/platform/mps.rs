//! `mps`: Apple silicon, through CoreML.

use super::{Device, Policy, Source, Unavailable};
use crate::distribution::wheels;

pub(super) const SOURCE: Source = Source {
    variable: "ASSAY_ORT_MPS_PATH",
    wheels: wheels::ONNXRUNTIME_COREML,
    no_library: None,
    devices,
};

fn devices(policy: &Policy) -> Result<Vec<Device>, Unavailable> {
    let machine = &policy.machine;
    match (machine.os, machine.arch) {
        ("macos", "aarch64") => Ok(vec![Device {
            name: "Apple silicon".to_owned(),
            detail: "CoreML".to_owned(),
        }]),
        (os, arch) => Err(Unavailable::because(format!(
            "CoreML exists on macOS with Apple silicon only, and this is {os} on {arch}"
        ))),
    }
}
