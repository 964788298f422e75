//! `webgpu`: a graphics adapter that Dawn reaches through Vulkan, Metal or Direct3D 12.

use super::{Device, Machine, Source, Unavailable};
use crate::distribution::machine::sorted_entries;
use crate::distribution::wheels;

pub(super) const SOURCE: Source = Source {
    variable: "ASSAY_ORT_WEBGPU_PATH",
    wheels: wheels::ONNXRUNTIME_WEBGPU,
    no_library: None,
    devices,
};

const LOADER: &str = "libvulkan.so.1";

fn devices(machine: &Machine) -> Result<Vec<Device>, Unavailable> {
    let builtin = |name: &str, detail: &str| {
        Ok(vec![Device {
            name: name.to_owned(),
            detail: detail.to_owned(),
        }])
    };
    match machine.os {
        "macos" => return builtin("default adapter", "Metal"),
        "windows" => return builtin("default adapter", "Direct3D 12"),
        _ => {}
    }
    if machine.shared_library(LOADER).is_none() {
        return Err(Unavailable::because(format!(
            "no Vulkan loader ({LOADER}) in the library folders or LD_LIBRARY_PATH, and this build has no browser engine"
        )));
    }
    let devices: Vec<Device> = machine
        .vulkan_drivers
        .iter()
        .flat_map(|path| {
            if path.is_dir() {
                sorted_entries(path)
            } else {
                vec![path.clone()]
            }
        })
        .filter(|path| path.is_file() && path.extension().is_some_and(|end| end == "json"))
        .map(|path| Device {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            detail: format!("Vulkan driver {}", path.display()),
        })
        .collect();
    if devices.is_empty() {
        return Err(Unavailable::because(
            "no Vulkan driver in vulkan/icd.d or VK_DRIVER_FILES, and this build has no browser engine",
        ));
    }
    Ok(devices)
}
