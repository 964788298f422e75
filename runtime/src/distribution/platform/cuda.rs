//! `cuda`: NVIDIA GPUs, found through the driver's management library (NVML).

use std::ffi::OsStr;

use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;

use super::{Device, Policy, Source, Unavailable};
use crate::distribution::wheels;

pub(super) const SOURCE: Source = Source {
    variable: "ASSAY_ORT_CUDA_PATH",
    wheels: wheels::ONNXRUNTIME_GPU,
    no_library: None,
    devices,
};

fn devices(_policy: &Policy) -> Result<Vec<Device>, Unavailable> {
    // Without a developer's package the library has only its versioned name.
    let nvml = Nvml::init().or_else(|_| {
        Nvml::builder()
            .lib_path(OsStr::new("libnvidia-ml.so.1"))
            .init()
    });
    let nvml = nvml.map_err(|error| {
        Unavailable::because(format!(
            "no NVIDIA driver: libnvidia-ml does not start ({error})"
        ))
    })?;
    let devices = listed(&nvml).map_err(|error| {
        Unavailable::because(format!("the NVIDIA driver lists no device ({error})"))
    })?;
    if devices.is_empty() {
        return Err(Unavailable::because("the NVIDIA driver has no device"));
    }
    Ok(devices)
}

fn listed(nvml: &Nvml) -> Result<Vec<Device>, NvmlError> {
    let driver = nvml.sys_driver_version()?;
    (0..nvml.device_count()?)
        .map(|index| {
            let device = nvml.device_by_index(index)?;
            let memory_mib = device.memory_info()?.total >> 20;
            Ok(Device {
                name: device.name()?,
                detail: format!("{memory_mib} MiB, driver {driver}"),
            })
        })
        .collect()
}
