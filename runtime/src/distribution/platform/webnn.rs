//! `webnn`: exists in browsers only.

use super::{Device, Policy, Source, Unavailable};
use crate::distribution::{How, find_browser};

pub(super) const SOURCE: Source = Source {
    variable: "ASSAY_ORT_WEBNN_PATH",
    wheels: &[],
    no_library: Some("WebNN exists in browsers only; onnxruntime-web runs there"),
    devices,
};

fn devices(policy: &Policy) -> Result<Vec<Device>, Unavailable> {
    let browser = find_browser(policy).map_err(|error| Unavailable::because(error.to_string()))?;
    let name = browser.version.map_or_else(
        || "browser".to_owned(),
        |version| format!("Chromium {version}"),
    );
    let detail = match browser.how {
        How::Explicit(variable) => format!("{}, named by {variable}", browser.program.display()),
        _ => browser.program.display().to_string(),
    };
    Ok(vec![Device { name, detail }])
}
