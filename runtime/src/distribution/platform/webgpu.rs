//! `webgpu`: a graphics adapter that Dawn reaches through Vulkan, Metal or Direct3D 12.

use super::{Device, Policy, Source, Unavailable};
use crate::distribution::{VulkanDriver, vulkan_drivers, wheels};

pub(super) const SOURCE: Source = Source {
    variable: "ASSAY_ORT_WEBGPU_PATH",
    wheels: wheels::ONNXRUNTIME_WEBGPU,
    no_library: None,
    devices,
};

fn devices(policy: &Policy) -> Result<Vec<Device>, Unavailable> {
    let machine = &policy.machine;
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
    if let Some(file) = policy
        .web
        .vulkan_driver
        .as_ref()
        .filter(|file| !file.is_file())
    {
        return Err(Unavailable::because(format!(
            "ASSAY_VULKAN_DRIVER names {}, which is no file",
            file.display()
        )));
    }
    let drivers = vulkan_drivers(policy);
    if drivers.is_empty() {
        return Err(Unavailable::because(
            "no Vulkan driver with a loader (libvulkan.so.1) in the system, VK_DRIVER_FILES or the browser's package; run `assay setup webgpu` for one in software",
        ));
    }
    let device = |driver: &VulkanDriver| {
        let kind = if driver.is_software {
            ", in software"
        } else {
            ""
        };
        Device {
            name: driver.name(),
            detail: format!("Vulkan driver {}{kind}", driver.file.display()),
        }
    };
    Ok(drivers.iter().map(device).collect())
}
