//! Sweeps: models, platforms and everything that is to be varied, and the cases that come of it.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::choices::counted;
use super::{Case, Effort, Scenario, Size, Subject, Until};
use crate::catalog::{Catalog, Cell, Entry, Model, Platform, Precision, Support};
use crate::checkpoint::CheckpointSpec;
use crate::engine::Settings;
use crate::error::Error;
use crate::session::GraphSource;
use crate::skill::AnySkill;

/// What is to be measured: every combination of what is named. What is empty is left to the registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sweep {
    /// Models, families or groups.
    pub models: Vec<String>,
    /// Every key model.
    pub key_models_only: bool,
    /// Platforms.
    pub platforms: Vec<Platform>,
    /// Size of the models.
    pub size: Size,
    /// Checkpoint.
    #[serde(with = "spelled")]
    pub checkpoint: Option<CheckpointSpec>,
    /// Where graphs come from.
    #[serde(with = "spelled")]
    pub graph: Option<GraphSource>,
    /// Number formats.
    pub precisions: Vec<Precision>,
    /// Items of a query.
    pub batch_sizes: Vec<u32>,
    /// Tokens of a text.
    pub sequences: Vec<u32>,
    /// Tokens that a decoder adds.
    pub new_tokens: Vec<u32>,
    /// Width and height of pictures.
    pub images: Vec<(u32, u32)>,
    /// Seconds of sound.
    pub audio_seconds: Vec<f64>,
    /// In which order queries arrive.
    pub scenarios: Vec<Scenario>,
    /// Queries a second, in the server scenario.
    pub queries_per_second: Vec<f64>,
    /// Copies of the graphs that run at once, where queries wait for each other.
    pub replicas: Vec<u32>,
    /// What changes how fast graphs run.
    pub settings: Vec<Settings>,
    /// Options of execution providers, as the command line spells them.
    pub options: Vec<String>,
    /// Queries of a case.
    pub iterations: Option<usize>,
    /// Seconds of a case's steady state.
    pub duration_seconds: Option<f64>,
    /// Half the interval of the median, in percent of it, at which a case is known well enough.
    pub target_precision_percent: Option<f64>,
    /// Seconds that a case may take with everything, before it is ended.
    pub limit_seconds: Option<f64>,
    /// What is measured beside times: `memory`, `flops`, `power`, `bandwidth`.
    pub metrics: Vec<Metric>,
}

crate::catalog::names! {
    /// What is measured.
    Metric("metric") {
        /// Times of queries.
        Latency = "latency",
        /// Items a second.
        Throughput = "throughput",
        /// Peak memory.
        Memory = "memory",
        /// Operations.
        Flops = "flops",
        /// Energy and power.
        Power = "power",
        /// Bytes that move, and the roof.
        Bandwidth = "bandwidth",
    }
}

impl Default for Sweep {
    fn default() -> Self {
        Self {
            models: Vec::new(),
            key_models_only: false,
            platforms: vec![Platform::Cpu],
            size: Size::Full,
            checkpoint: None,
            graph: None,
            precisions: Vec::new(),
            batch_sizes: vec![1],
            sequences: Vec::new(),
            new_tokens: Vec::new(),
            images: Vec::new(),
            audio_seconds: Vec::new(),
            scenarios: vec![Scenario::SingleStream],
            queries_per_second: Vec::new(),
            replicas: vec![1],
            settings: vec![Settings::default()],
            options: Vec::new(),
            iterations: None,
            duration_seconds: None,
            target_precision_percent: None,
            limit_seconds: None,
            metrics: Metric::ALL.to_vec(),
        }
    }
}

/// A case that is to be measured, or why it is not.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The case.
    pub case: Case,
    /// What it is measured of.
    pub subject: Subject,
    /// Why it is not tried: kind and reason.
    pub skipped: Option<(&'static str, String)>,
}

impl Sweep {
    /// Reads a plan: YAML, or TOML where the file's name ends so.
    ///
    /// # Errors
    /// A file that cannot be read, or is no plan.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let invalid = |reason: String| Error::InvalidInput(format!("{}: {reason}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| invalid(error.to_string()))?;
        let is_toml = file.extension().is_some_and(|ending| ending == "toml");
        if is_toml {
            return toml::from_str(&text).map_err(|error| invalid(error.to_string()));
        }
        serde_yaml::from_str(&text).map_err(|error| invalid(error.to_string()))
    }

    /// How much is measured of a case.
    ///
    /// # Errors
    /// Numbers that make no sense, or several of them.
    pub fn effort(&self) -> Result<Effort, Error> {
        let invalid = |what: &str| Err(Error::InvalidInput(what.to_owned()));
        let mut until = Vec::new();
        if let Some(count) = self.iterations {
            if count == 0 {
                return invalid("0 iterations measure nothing; give 1 or more");
            }
            until.push(Until::Iterations(count));
        }
        if let Some(seconds) = self.duration_seconds {
            until.push(Until::Elapsed(span(seconds, "a duration")?));
        }
        if let Some(percent) = self.target_precision_percent {
            if !(percent > 0.0 && percent <= 100.0) {
                return invalid("a precision is above 0 % and at most 100 %");
            }
            until.push(Until::Precise(percent / 100.0));
        }
        let limit = match self.size {
            Size::Tiny => Duration::from_secs(2),
            Size::Full => Effort::DEFAULT.limit,
        };
        match until[..] {
            [] => Ok(Effort {
                limit,
                ..Effort::DEFAULT
            }),
            [until] => Ok(Effort {
                until,
                limit: match until {
                    Until::Elapsed(time) => time,
                    _ => limit,
                },
                ..Effort::DEFAULT
            }),
            _ => invalid("give a number of iterations, a duration or a precision, not several"),
        }
    }

    /// The time that a case has with everything.
    ///
    /// # Errors
    /// A time that makes no sense.
    pub fn limit(&self) -> Result<Duration, Error> {
        let usual = match self.size {
            Size::Tiny => 120.0,
            Size::Full => 1200.0,
        };
        span(self.limit_seconds.unwrap_or(usual), "a limit")
    }

    /// Every case, those of one model together, each once. `memory_bytes` is that of the machine, where it is known.
    ///
    /// # Errors
    /// Names that the registry does not know, or a precision that no platform offers.
    pub fn cases(
        &self,
        catalog: &Catalog,
        memory_bytes: Option<u64>,
    ) -> Result<Vec<Planned>, Error> {
        self.check()?;
        let mut planned = Vec::new();
        let mut known = BTreeSet::new();
        for entry in self.entries(catalog)? {
            for platform in &self.platforms {
                let skill = entry.skill(*platform).ok();
                let cell = entry.cell(*platform);
                for one in self.of_cell(entry.model, *platform, cell, skill, memory_bytes)? {
                    // Lengths that a model does not take make equal cases.
                    if known.insert(one.case.id()) {
                        planned.push(one);
                    }
                }
            }
        }
        Ok(planned)
    }

    /// Refuses numbers that make no sense.
    pub(super) fn check(&self) -> Result<(), Error> {
        let zeros = [
            ("a batch", self.batch_sizes.contains(&0)),
            ("a sequence", self.sequences.contains(&0)),
            ("new tokens", self.new_tokens.contains(&0)),
            ("replicas", self.replicas.contains(&0)),
            (
                "a picture",
                self.images
                    .iter()
                    .any(|(width, height)| width * height == 0),
            ),
        ];
        if let Some((what, _)) = zeros.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(Error::InvalidInput(format!("{what} of 0; give 1 or more")));
        }
        for seconds in &self.audio_seconds {
            span(*seconds, "a sound")?;
        }
        let is_rate = |rate: &f64| rate.is_finite() && *rate > 0.0;
        if !self.queries_per_second.iter().all(is_rate) {
            return Err(Error::InvalidInput(
                "queries per second are a number above 0".to_owned(),
            ));
        }
        Ok(())
    }

    fn entries(&self, catalog: &Catalog) -> Result<Vec<&'static Entry>, Error> {
        let all = || catalog.models.iter().copied();
        let mut entries: Vec<&'static Entry> = Vec::new();
        let mut add = |entry: &'static Entry| {
            if !entries.iter().any(|known| known.model.id == entry.model.id) {
                entries.push(entry);
            }
        };
        if self.key_models_only {
            all().filter(|entry| entry.model.is_key).for_each(&mut add);
        }
        for name in &self.models {
            let of_group = |entry: &&Entry| entry.model.family.group.name() == name.as_str();
            if all().any(|entry| of_group(&entry)) {
                all().filter(of_group).for_each(&mut add);
                continue;
            }
            let found = catalog.find(name);
            add(found.map_err(|error| Error::InvalidInput(error.to_string()))?);
        }
        if entries.is_empty() {
            return Err(Error::InvalidInput(
                "no model named; give models, or ask for key models only".to_owned(),
            ));
        }
        Ok(entries)
    }

    /// The cases of one model on one platform.
    pub(super) fn of_cell(
        &self,
        model: &Model,
        platform: Platform,
        cell: Option<&Cell>,
        skill: Option<&dyn AnySkill>,
        memory_bytes: Option<u64>,
    ) -> Result<Vec<Planned>, Error> {
        let (checkpoint, no_checkpoint) = self.checkpoint_of(model);
        let subject = Subject {
            title: model.title.to_owned(),
            family: model.family.id.to_owned(),
            group: model.family.group.name().to_owned(),
            task: model.task.name().to_owned(),
            parameters: model.resources.parameters,
        };
        let skipped = unsupported(cell).or(no_checkpoint);
        let precisions = self.precisions_of(cell);
        let options = self.options_of(platform)?;
        let mut planned = Vec::new();
        for wanted in self.lengths() {
            let lengths = skill.map_or(wanted.clone(), |skill| skill.lengths(self.size, &wanted));
            for (precision, is_offered) in &precisions {
                for batch in &self.batch_sizes {
                    let lone = Case {
                        model: model.id.to_owned(),
                        platform,
                        size: self.size,
                        checkpoint: checkpoint.clone(),
                        graph: self.graph.unwrap_or_default().to_string(),
                        precision: *precision,
                        batch: *batch,
                        lengths: lengths.clone(),
                        scenario: Scenario::SingleStream,
                        queries_per_second: None,
                        replicas: 1,
                        settings: Settings::default(),
                        options: options.clone(),
                    };
                    // The same however queries arrive, and under all settings.
                    let bytes = LazyCell::new(|| counted(&lone, skill));
                    for (scenario, rate, replicas) in self.arrivals() {
                        for settings in &self.settings {
                            let not_offered = || {
                                (
                                    "unsupported",
                                    format!("{platform} does not offer {precision}"),
                                )
                            };
                            let unoffered = (!is_offered).then(not_offered);
                            let too_large =
                                || self.too_large(model, replicas, || *bytes, memory_bytes);
                            planned.push(Planned {
                                case: Case {
                                    scenario,
                                    queries_per_second: rate,
                                    replicas,
                                    settings: settings.clone(),
                                    ..lone.clone()
                                },
                                subject: subject.clone(),
                                skipped: skipped.clone().or(unoffered).or_else(too_large),
                            });
                        }
                    }
                }
            }
        }
        Ok(planned)
    }
}

/// Values that plans hold as the command line spells them.
mod spelled {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[allow(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = value.as_ref().map(ToString::to_string);
        text.serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}

fn span(seconds: f64, what: &str) -> Result<Duration, Error> {
    let span = Duration::try_from_secs_f64(seconds).ok();
    span.filter(|span| !span.is_zero())
        .ok_or_else(|| Error::InvalidInput(format!("{what} of {seconds} s; give more than 0")))
}

fn unsupported(cell: Option<&Cell>) -> Option<(&'static str, String)> {
    match cell.map(|cell| cell.support) {
        None => Some(("unsupported", "the registry has no such cell".to_owned())),
        Some(Support::Unsupported { reason }) => Some(("unsupported", reason.to_owned())),
        Some(_) => None,
    }
}
