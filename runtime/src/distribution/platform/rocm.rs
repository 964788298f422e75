//! `rocm`: AMD GPUs, found through the kernel's compute driver (`Documentation/ABI/testing/sysfs-class-kfd`).

use super::{Device, Policy, Source, Unavailable};
use crate::distribution::wheels;

pub(super) const SOURCE: Source = Source {
    variable: "ASSAY_ORT_ROCM_PATH",
    wheels: wheels::ONNXRUNTIME_MIGRAPHX,
    no_library: None,
    devices,
};

const NODES: &str = "sys/class/kfd/kfd/topology/nodes";

fn devices(policy: &Policy) -> Result<Vec<Device>, Unavailable> {
    let machine = &policy.machine;
    if machine.os != "linux" {
        return Err(Unavailable::because("ROCm exists on Linux only"));
    }
    if !machine.root.join("sys/module/amdgpu").is_dir() {
        return Err(Unavailable::because(
            "the kernel module amdgpu is not loaded (/sys/module/amdgpu)",
        ));
    }
    if !machine.root.join("dev/kfd").exists() {
        return Err(Unavailable::because(
            "amdgpu is loaded but has no compute device (/dev/kfd)",
        ));
    }
    let devices: Vec<Device> = machine
        .entries(NODES)
        .iter()
        .filter_map(|node| {
            let node = format!("{NODES}/{}", node.file_name()?.to_str()?);
            let properties = machine.text(&format!("{node}/properties"))?;
            let property = |key: &str| {
                let line = properties
                    .lines()
                    .find(|line| line.split(' ').next() == Some(key))?;
                line.split(' ').nth(1)?.parse::<u64>().ok()
            };
            // A node without SIMD units is a processor.
            let simds = property("simd_count").filter(|count| *count > 0)?;
            let target = property("gfx_target_version").unwrap_or_default();
            Some(Device {
                name: machine
                    .text(&format!("{node}/name"))
                    .filter(|name| !name.is_empty())
                    .unwrap_or_else(|| "AMD GPU".to_owned()),
                detail: format!("{simds} SIMD units, target {target}"),
            })
        })
        .collect();
    if devices.is_empty() {
        return Err(Unavailable::because(format!(
            "no GPU among the nodes of /{NODES}"
        )));
    }
    Ok(devices)
}
