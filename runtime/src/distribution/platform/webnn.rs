//! `webnn`: exists in browsers only.

use super::{Device, Machine, Source, Unavailable};

pub(super) const SOURCE: Source = Source {
    variable: "ASSAY_ORT_WEBNN_PATH",
    wheels: &[],
    no_library: Some("WebNN exists in browsers only, and this build has no browser engine"),
    devices,
};

fn devices(_machine: &Machine) -> Result<Vec<Device>, Unavailable> {
    Err(Unavailable::because(
        "WebNN exists in browsers only, and this build has no browser engine",
    ))
}
