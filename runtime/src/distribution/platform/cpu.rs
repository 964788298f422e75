//! `cpu`: any processor.

use std::thread;

use super::{Device, Policy, Source, Unavailable};
use crate::distribution::wheels;

pub(super) const SOURCE: Source = Source {
    variable: "ORT_DYLIB_PATH",
    wheels: wheels::ONNXRUNTIME,
    no_library: None,
    devices,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "every platform's function has this type, and the others may find nothing"
)]
fn devices(policy: &Policy) -> Result<Vec<Device>, Unavailable> {
    let machine = &policy.machine;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    Ok(vec![Device {
        name: machine.processor(),
        detail: format!("{threads} threads"),
    }])
}
