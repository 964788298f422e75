//! The execution provider that the page uses: always exactly one, for a second would take over in silence.

use std::env;

use serde_json::{Value, json};

use crate::catalog::Platform;
use crate::engine::options::{
    OptionError, PowerPreference, ProviderOptions, Validation, WebNnDevice,
};
use crate::error::Error;

/// The environment variable that chooses WebNN's device where the options do not.
const DEVICE: &str = "ASSAY_WEBNN_DEVICE";

/// The options of `webgpu` that the page can hand on.
const OF_PAGE: [&str; 1] = ["validation"];

/// An execution provider of onnxruntime-web.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Provider {
    pub(super) platform: Platform,
    /// Its name, as ONNX Runtime's log spells it.
    pub(super) name: &'static str,
    /// WebNN's device type.
    pub(super) device: Option<&'static str>,
    /// WebNN's power preference.
    power: Option<&'static str>,
    /// How much WebGPU's provider checks.
    validation: Option<Validation>,
}

impl Provider {
    /// The provider of a platform, on the device that the environment names.
    pub(super) fn of(platform: Platform) -> Result<Self, Error> {
        let provider = |name, device| Self {
            platform,
            name,
            device,
            power: None,
            validation: None,
        };
        match platform {
            Platform::WebNn => {
                let device = env::var(DEVICE).ok().filter(|device| !device.is_empty());
                let device =
                    device.map_or(Ok(WebNnDevice::Cpu.name()), |text| device_type(&text))?;
                Ok(provider("WebNNExecutionProvider", Some(device)))
            }
            Platform::WebGpu => Ok(provider("WebGpuExecutionProvider", None)),
            _ => Err(Error::Unavailable {
                platform,
                reason: "browsers have no such provider; webnn and webgpu run there".to_owned(),
            }),
        }
    }

    /// The same with its options.
    ///
    /// # Errors
    /// [`OptionError::Conflict`] for one that only the native library takes.
    pub(super) fn with(mut self, options: &ProviderOptions) -> Result<Self, OptionError> {
        options.check(self.platform)?;
        if self.platform == Platform::WebNn {
            self.device = options
                .webnn
                .device
                .map_or(self.device, |device| Some(device.name()));
            self.power = options.webnn.power.map(PowerPreference::name);
            return Ok(self);
        }
        let mut given = options.differing(self.platform).into_iter();
        if let Some((key, value)) = given.find(|(key, _)| !OF_PAGE.contains(key)) {
            return Err(OptionError::Conflict {
                platform: self.platform,
                key,
                value,
                reason: "a browser decides that itself; unset ASSAY_WEBGPU_ENGINE to run natively"
                    .to_owned(),
            });
        }
        self.validation = options.webgpu.validation;
        Ok(self)
    }

    /// As the page hands it to ONNX Runtime.
    pub(super) fn to_json(self) -> Value {
        let mut told = match self.device {
            Some(device) => json!({ "name": "webnn", "deviceType": device }),
            None => json!({ "name": "webgpu" }),
        };
        if let Some(power) = self.power {
            told["powerPreference"] = power.into();
        }
        if let Some(validation) = self.validation {
            told["validationMode"] = match validation {
                Validation::Disabled => "disabled",
                Validation::WgpuOnly => "wgpuOnly",
                Validation::Basic => "basic",
                Validation::Full => "full",
            }
            .into();
        }
        told
    }
}

fn device_type(text: &str) -> Result<&'static str, Error> {
    let known: Result<WebNnDevice, _> = text.parse();
    known.map(WebNnDevice::name).map_err(|unknown| {
        Error::InvalidInput(format!("{DEVICE} is `{text}`; one of: {}", unknown.allowed))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(platform: Platform, text: &str) -> Result<Value, String> {
        let options = ProviderOptions::parse(&[text.to_owned()], &[platform]).unwrap();
        let provider = Provider::of(platform).unwrap().with(&options);
        provider
            .map(Provider::to_json)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn devices_are_those_of_the_standard() {
        assert_eq!(device_type("npu").unwrap(), "npu");
        assert!(device_type("tpu").is_err());
    }

    #[test]
    fn options_reach_the_page_or_are_refused() {
        assert_eq!(
            with(Platform::WebNn, "device=gpu").unwrap(),
            json!({ "name": "webnn", "deviceType": "gpu" })
        );
        assert_eq!(
            with(Platform::WebNn, "power=low-power").unwrap()["powerPreference"],
            "low-power"
        );
        assert_eq!(
            with(Platform::WebGpu, "validation=wgpu-only").unwrap(),
            json!({ "name": "webgpu", "validationMode": "wgpuOnly" })
        );
        insta::assert_snapshot!(with(Platform::WebGpu, "int64=on").unwrap_err(), @"the option `int64` of webgpu cannot be `on` here: a browser decides that itself; unset ASSAY_WEBGPU_ENGINE to run natively");
    }
}
