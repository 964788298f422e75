//! `openvino`: any x86 processor, and Intel's GPUs.

use super::{Device, Policy, Source, Unavailable};
use crate::distribution::wheels;

pub(super) const SOURCE: Source = Source {
    variable: "ASSAY_ORT_OPENVINO_PATH",
    wheels: wheels::ONNXRUNTIME_OPENVINO,
    no_library: None,
    devices,
};

/// Intel's vendor number on the PCI bus.
const INTEL: &str = "0x8086";

fn devices(policy: &Policy) -> Result<Vec<Device>, Unavailable> {
    let machine = &policy.machine;
    if machine.arch != "x86_64" {
        return Err(Unavailable::because(format!(
            "OpenVINO's provider is published for x86_64 only, and this is {}",
            machine.arch
        )));
    }
    let mut devices = vec![Device {
        name: machine.processor(),
        detail: "OpenVINO CPU".to_owned(),
    }];
    for card in machine.entries("sys/class/drm") {
        let Some(card) = card.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        // Connectors stand beside their card, as `card0-DP-1`.
        let is_card = card.starts_with("card") && !card.contains('-');
        let vendor = machine.text(&format!("sys/class/drm/{card}/device/vendor"));
        if is_card && vendor.as_deref() == Some(INTEL) {
            devices.push(Device {
                name: format!("Intel GPU ({card})"),
                detail: "OpenVINO GPU".to_owned(),
            });
        }
    }
    Ok(devices)
}
