//! Options of execution providers: typed for callers, `KEY=VALUE` for the command line.

mod cpu;
mod cuda;
mod error;
mod field;
mod mps;
mod openvino;
mod rocm;
#[cfg(test)]
mod tests;
mod webgpu;
mod webnn;

pub use cpu::CpuOptions;
pub use cuda::{ArenaExtend, ConvSearch, CudaOptions};
pub use error::OptionError;
pub use field::Bytes;
pub use mps::{ComputeUnits, ModelFormat, MpsOptions};
pub use openvino::{InferencePrecision, OpenVinoDevice, OpenVinoOptions, Streams};
pub use rocm::RocmOptions;
pub use webgpu::{AdapterName, Backend, BufferCache, PowerPreference, Validation, WebGpuOptions};
pub use webnn::{WebNnDevice, WebNnOptions};

use std::num::NonZeroU32;

use self::field::Fields;
use super::Settings;
use crate::catalog::Platform;

/// How alike two names must be for one to be suggested in place of the other.
const LIKENESS: f64 = 0.7;

/// Options of the execution providers, those of each platform apart: a graph is opened with its own platform's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderOptions {
    /// Those of `cpu`.
    pub cpu: CpuOptions,
    /// Those of `cuda`.
    pub cuda: CudaOptions,
    /// Those of `rocm`.
    pub rocm: RocmOptions,
    /// Those of `mps`.
    pub mps: MpsOptions,
    /// Those of `openvino`.
    pub openvino: OpenVinoOptions,
    /// Those of `webnn`.
    pub webnn: WebNnOptions,
    /// Those of `webgpu`.
    pub webgpu: WebGpuOptions,
}

impl ProviderOptions {
    /// The options that `KEY=VALUE` texts name, for all of these platforms, or for the one that `PLATFORM.KEY=VALUE` names.
    ///
    /// # Errors
    /// Everything that [`OptionError`] names but what the library says.
    pub fn parse(texts: &[String], platforms: &[Platform]) -> Result<Self, OptionError> {
        let mut options = Self::default();
        let mut given: Vec<(Platform, &str)> = Vec::new();
        for text in texts {
            let form = || OptionError::Form {
                found: text.clone(),
            };
            let (key, value) = text.split_once('=').ok_or_else(form)?;
            let addressed = key
                .split_once('.')
                .and_then(|(platform, key)| Some((platform.parse::<Platform>().ok()?, key)));
            let (addressed, key) = match addressed {
                Some((platform, key)) => (Some(platform), key),
                None => (None, key),
            };
            if key.is_empty() || value.is_empty() {
                return Err(form());
            }
            if let Some(addressed) = addressed.filter(|one| !platforms.contains(one)) {
                return Err(OptionError::Elsewhere {
                    option: text.clone(),
                    addressed,
                });
            }
            for platform in platforms {
                if addressed.is_some_and(|one| one != *platform) {
                    continue;
                }
                if given.contains(&(*platform, key)) {
                    return Err(OptionError::Twice {
                        platform: *platform,
                        key: key.to_owned(),
                    });
                }
                options.set(*platform, key, value)?;
                given.push((*platform, key));
            }
        }
        for platform in platforms {
            options.check(*platform)?;
        }
        Ok(options)
    }

    fn set(&mut self, platform: Platform, key: &str, value: &str) -> Result<(), OptionError> {
        let section = self.section_mut(platform);
        let keys = section.keys();
        let Some(known) = keys.iter().find(|known| known.name == key) else {
            let alike = keys
                .iter()
                .map(|known| (strsim::jaro_winkler(key, known.name), known.name))
                .filter(|(likeness, _)| *likeness >= LIKENESS)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let names: Vec<_> = keys.iter().map(|known| known.name).collect();
            return Err(OptionError::Unknown {
                platform,
                key: key.to_owned(),
                nearest: alike.map(|(_, name)| name),
                known: names.join(", "),
            });
        };
        section
            .set(known.name, value)
            .ok_or_else(|| OptionError::Value {
                platform,
                key: known.name,
                value: value.to_owned(),
                expected: known.values,
            })
    }

    /// Checks that the options of a platform go together.
    ///
    /// # Errors
    /// [`OptionError::Conflict`].
    pub fn check(&self, platform: Platform) -> Result<(), OptionError> {
        if platform != Platform::Cuda {
            return Ok(());
        }
        let conflict = |key, value: &str, reason: &str| {
            Err(OptionError::Conflict {
                platform,
                key,
                value: value.to_owned(),
                reason: reason.to_owned(),
            })
        };
        let given = self.differing(platform);
        let of_tensorrt = given
            .iter()
            .find(|(key, _)| key.starts_with("tensorrt-"))
            .filter(|_| !self.cuda.has_tensorrt);
        match of_tensorrt {
            Some((key, value)) => conflict(key, value, "it is TensorRT's; add tensorrt=on"),
            None if self.cuda.has_cuda_graph && self.cuda.has_tensorrt => conflict(
                "cuda-graph",
                "on",
                "TensorRT's nodes cannot be recorded with CUDA's; leave tensorrt out",
            ),
            None => Ok(()),
        }
    }

    /// The options of a platform that differ from their defaults: name and value, as the command line spells them.
    #[must_use]
    pub fn differing(&self, platform: Platform) -> Vec<(&'static str, String)> {
        let usual = Self::default();
        let usual = usual.section(platform).told();
        let given = self.section(platform).told().into_iter().zip(usual);
        given
            .filter(|(given, usual)| given != usual)
            .filter_map(|((name, value), _)| Some((name, value?)))
            .collect()
    }

    /// The same as `KEY=VALUE` texts, which [`Self::parse`] reads.
    #[must_use]
    pub fn texts(&self, platform: Platform) -> Vec<String> {
        let differing = self.differing(platform).into_iter();
        differing
            .map(|(key, value)| format!("{key}={value}"))
            .collect()
    }

    /// The same with what settings say of the providers, where the options say nothing else: OpenVINO has threads of its own,
    /// and the CPU's arena is that of all sessions.
    pub(crate) fn beside(&self, settings: &Settings) -> Self {
        let mut options = self.clone();
        let threads = u32::try_from(settings.threads).ok();
        let threads = threads.and_then(NonZeroU32::new);
        options.openvino.threads = options.openvino.threads.or(threads);
        options.cpu.has_arena.get_or_insert(settings.has_arena);
        options
    }

    /// What the platform's library takes from the environment alone: option, variable and value.
    pub(crate) fn environment(
        &self,
        platform: Platform,
    ) -> Vec<(&'static str, &'static str, String)> {
        match platform {
            Platform::Rocm => self.rocm.environment(),
            _ => Vec::new(),
        }
    }

    fn section(&self, platform: Platform) -> &dyn Section {
        match platform {
            Platform::Cpu => &self.cpu,
            Platform::Cuda => &self.cuda,
            Platform::Rocm => &self.rocm,
            Platform::Mps => &self.mps,
            Platform::OpenVino => &self.openvino,
            Platform::WebNn => &self.webnn,
            Platform::WebGpu => &self.webgpu,
        }
    }

    fn section_mut(&mut self, platform: Platform) -> &mut dyn Section {
        match platform {
            Platform::Cpu => &mut self.cpu,
            Platform::Cuda => &mut self.cuda,
            Platform::Rocm => &mut self.rocm,
            Platform::Mps => &mut self.mps,
            Platform::OpenVino => &mut self.openvino,
            Platform::WebNn => &mut self.webnn,
            Platform::WebGpu => &mut self.webgpu,
        }
    }
}

/// What there is to say of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in words.
    pub values: &'static str,
    /// What it does, in words.
    pub about: &'static str,
}

/// The options that a platform has, in the order of the help.
#[must_use]
pub fn keys(platform: Platform) -> Vec<Key> {
    ProviderOptions::default().section(platform).keys()
}

/// The options of one platform, whichever it is.
trait Section {
    fn keys(&self) -> Vec<Key>;

    /// Sets an option; `None` where it does not take the value.
    fn set(&mut self, name: &str, value: &str) -> Option<()>;

    /// All options with their values; `None` for what is left to the library.
    fn told(&self) -> Vec<(&'static str, Option<String>)>;
}

impl<O: Fields> Section for O {
    fn keys(&self) -> Vec<Key> {
        let key = |field: &field::Field<O>| Key {
            name: field.key,
            values: field.values,
            about: field.about,
        };
        O::FIELDS.iter().map(key).collect()
    }

    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        let field = O::FIELDS.iter().find(|field| field.key == name)?;
        (field.set)(self, value)
    }

    fn told(&self) -> Vec<(&'static str, Option<String>)> {
        let fields = O::FIELDS.iter();
        fields
            .map(|field| (field.key, (field.told)(self)))
            .collect()
    }
}
