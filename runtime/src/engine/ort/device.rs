//! Which device a provider computes on, and whether this machine and process have what its options ask for.

use std::env;
use std::sync::{Mutex, PoisonError};

use crate::catalog::Platform;
use crate::distribution::{self, Device, Policy};
use crate::engine::options::{OptionError, ProviderOptions, WebGpuOptions};
use crate::error::Error;

/// The device in words.
///
/// # Errors
/// [`OptionError::Conflict`] where the machine has no such device, [`OptionError::Environment`] where the process was started
/// without what the library takes from the environment alone.
pub(super) fn chosen(
    platform: Platform,
    devices: &[Device],
    options: &ProviderOptions,
) -> Result<String, Error> {
    for (key, variable, value) in options.environment(platform) {
        if env::var_os(variable).is_none_or(|found| found != value.as_str()) {
            return Err(Error::Options(OptionError::Environment {
                platform,
                key,
                variable,
                value,
            }));
        }
    }
    match platform {
        Platform::Cuda => numbered(platform, devices, options.cuda.device),
        Platform::Rocm => numbered(platform, devices, options.rocm.device),
        Platform::OpenVino => Ok(of_openvino(devices, options.openvino.device.name())),
        Platform::WebGpu => {
            check_shared(&options.webgpu)?;
            adapter(devices, options)
        }
        Platform::Cpu | Platform::Mps | Platform::WebNn => Ok(names(devices)),
    }
}

/// What Dawn's one device of the process was made with.
static MADE_WITH: Mutex<Option<WebGpuOptions>> = Mutex::new(None);

/// The options that Dawn's device is made with: sessions have their own share of the others.
fn shared(options: &WebGpuOptions) -> WebGpuOptions {
    WebGpuOptions {
        adapter: None,
        has_int64: None,
        ..options.clone()
    }
}

/// Checks that Dawn's device, where the process has it already, was made with the same options: it would not be made anew.
fn check_shared(options: &WebGpuOptions) -> Result<(), Error> {
    let made = MADE_WITH.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(made) = made.as_ref().filter(|made| **made != shared(options)) else {
        return Ok(());
    };
    let texts = |webgpu: &WebGpuOptions| {
        let options = ProviderOptions {
            webgpu: shared(webgpu),
            ..ProviderOptions::default()
        };
        let texts = options.texts(Platform::WebGpu);
        if texts.is_empty() {
            "no options".to_owned()
        } else {
            texts.join(", ")
        }
    };
    Err(Error::Options(OptionError::Shared {
        platform: Platform::WebGpu,
        given: texts(options),
        made: texts(made),
    }))
}

/// Notes what a device that all sessions share was made with.
pub(super) fn made(platform: Platform, options: &ProviderOptions) {
    if platform == Platform::WebGpu {
        let mut made = MADE_WITH.lock().unwrap_or_else(PoisonError::into_inner);
        made.get_or_insert_with(|| shared(&options.webgpu));
    }
}

/// The names of all devices it may be.
fn names(devices: &[Device]) -> String {
    let names: Vec<_> = devices.iter().map(|device| device.name.as_str()).collect();
    names.join(" or ")
}

/// The device of that number. Libraries may count in another order than drivers: where names differ, all are given.
fn numbered(platform: Platform, devices: &[Device], number: u32) -> Result<String, Error> {
    let is_there = usize::try_from(number).is_ok_and(|number| number < devices.len());
    if !is_there {
        return Err(Error::Options(OptionError::Conflict {
            platform,
            key: "device",
            value: number.to_string(),
            reason: format!(
                "this machine has {} ({}), numbered from 0",
                devices.len(),
                names(devices)
            ),
        }));
    }
    match devices {
        [first, rest @ ..] if rest.iter().all(|other| other.name == first.name) => {
            Ok(first.name.clone())
        }
        _ => Ok(format!("device {number} of {}", names(devices))),
    }
}

/// OpenVINO chooses among the devices of a kind by itself, and refuses those that it does not find.
fn of_openvino(devices: &[Device], device: &str) -> String {
    // The processor comes first.
    match devices {
        [processor, ..] if device == "CPU" => processor.name.clone(),
        _ => format!("{device} among {}", names(devices)),
    }
}

/// The adapter that the options ask for, where it is the only one that the process can see.
fn adapter(devices: &[Device], options: &ProviderOptions) -> Result<String, Error> {
    let Some(wanted) = &options.webgpu.adapter else {
        return Ok(names(devices));
    };
    let refused = |reason: String| {
        Err(Error::Options(OptionError::Conflict {
            platform: Platform::WebGpu,
            key: "adapter",
            value: wanted.0.clone(),
            reason,
        }))
    };
    if env::consts::OS != "linux" {
        return refused(
            "adapters are chosen by Vulkan's drivers, which is done on Linux".to_owned(),
        );
    }
    let policy = Policy::from_env()?;
    let drivers = distribution::vulkan_drivers(&policy);
    let matching: Vec<_> = drivers
        .iter()
        .filter(|driver| wanted.is_of(&driver.name()))
        .collect();
    match matching.as_slice() {
        [] => refused(format!("this machine has {}", names(devices))),
        [driver] if drivers.len() == 1 => Ok(driver.name()),
        [driver] => refused(format!(
            "the process was started for {}; start it with VK_DRIVER_FILES={}",
            names(devices),
            driver.file.display()
        )),
        _ => refused(format!(
            "several fit: {}; name one of them",
            matching
                .iter()
                .map(|driver| driver.name())
                .collect::<Vec<_>>()
                .join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices(names: &[&str]) -> Vec<Device> {
        let device = |name: &&str| Device {
            name: (*name).to_owned(),
            detail: String::new(),
        };
        names.iter().map(device).collect()
    }

    fn told(platform: Platform, names: &[&str], text: &str) -> Result<String, String> {
        let options = ProviderOptions::parse(&[text.to_owned()], &[platform]).unwrap();
        chosen(platform, &devices(names), &options).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_is_one_of_the_machines_devices() {
        let names = ["NVIDIA H200", "NVIDIA H200"];
        assert_eq!(
            told(Platform::Cuda, &names, "device=1").unwrap(),
            "NVIDIA H200"
        );
        insta::assert_snapshot!(told(Platform::Cuda, &names, "device=2").unwrap_err(), @"the option `device` of cuda cannot be `2` here: this machine has 2 (NVIDIA H200 or NVIDIA H200), numbered from 0");
        assert_eq!(
            told(Platform::Rocm, &["A", "B"], "device=1").unwrap(),
            "device 1 of A or B"
        );
    }

    #[test]
    fn what_the_process_was_not_started_with_is_told() {
        insta::assert_snapshot!(told(Platform::Rocm, &["A"], "bf16=on").unwrap_err(), @"the library of rocm takes the option `bf16` from the environment alone; start the process with ORT_MIGRAPHX_BF16_ENABLE=1");
    }

    #[test]
    fn openvino_names_what_it_was_given() {
        let names = ["AMD EPYC", "Intel GPU (card0)"];
        assert_eq!(
            told(Platform::OpenVino, &names, "device=CPU").unwrap(),
            "AMD EPYC"
        );
        assert_eq!(
            told(Platform::OpenVino, &names, "device=AUTO:GPU,CPU").unwrap(),
            "AUTO:GPU,CPU among AMD EPYC or Intel GPU (card0)"
        );
    }
}
