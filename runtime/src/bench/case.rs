//! Cases: everything that decides about the numbers of a benchmark.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::{Platform, Precision, names};
use crate::engine::Settings;
use crate::sha256;

names! {
    /// Size of a case's model. Tiny ones are smoke tests: stored, never ranked, never in a report.
    Size("size") {
        /// The small configuration that tests run.
        Tiny = "tiny",
        /// The model as it is published.
        Full = "full",
    }
}

names! {
    /// In which order work arrives.
    Scenario("scenario") {
        /// One query after the other, each when the one before is done: service time.
        SingleStream = "single-stream",
        /// Queries arrive at random times of a given mean rate, whether or not the one before is done: response time.
        Server = "server",
        /// All queries are there at once and may run in any order: throughput.
        Offline = "offline",
    }
}

/// How much goes into one query. What a task does not take is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lengths {
    /// Tokens of a text, special ones included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u32>,
    /// Tokens that a decoder adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_tokens: Option<u32>,
    /// Width and height of a picture in pixels, before the processor resizes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<(u32, u32)>,
    /// Length of a sound in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_ms: Option<u32>,
}

/// Everything that decides about the numbers of a benchmark, machine and versions excepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Model id.
    pub model: String,
    /// The platform.
    pub platform: Platform,
    /// Size of the model.
    pub size: Size,
    /// Checkpoint, as the command line spells it.
    pub checkpoint: String,
    /// Graph source, as the command line spells it: `own` or `shipped`.
    pub graph: String,
    /// Number format of weights and activations.
    pub precision: Precision,
    /// Items of one query.
    pub batch: u32,
    /// How much goes into an item.
    pub lengths: Lengths,
    /// In which order queries arrive.
    pub scenario: Scenario,
    /// Mean rate of queries a second, in the server scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queries_per_second: Option<f64>,
    /// Copies of the graphs that run at once, for scenarios in which queries wait for each other.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub replicas: u32,
    /// What changes how fast graphs run.
    #[serde(default)]
    pub settings: Settings,
    /// Options of the platform's execution provider, as the command line spells them, sorted.
    #[serde(default)]
    pub options: Vec<String>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on {}, {}, batch {}",
            self.model, self.platform, self.precision, self.batch
        )?;
        let Lengths {
            tokens,
            new_tokens,
            image,
            audio_ms,
        } = &self.lengths;
        if let Some(tokens) = tokens {
            write!(f, ", {tokens} tokens")?;
        }
        if let Some(tokens) = new_tokens {
            write!(f, ", {tokens} new")?;
        }
        if let Some((width, height)) = image {
            write!(f, ", {width}x{height}")?;
        }
        if let Some(audio_ms) = audio_ms {
            write!(f, ", {} s", f64::from(*audio_ms) / 1e3)?;
        }
        if self.size == Size::Tiny {
            f.write_str(", tiny")?;
        }
        if self.scenario != Scenario::SingleStream {
            write!(f, ", {}", self.scenario)?;
        }
        if let Some(rate) = self.queries_per_second {
            write!(f, " at {rate}/s")?;
        }
        if self.replicas > 1 {
            write!(f, ", {} replicas", self.replicas)?;
        }
        for (name, value) in self.settings.differing() {
            write!(f, ", {name} {value}")?;
        }
        for option in &self.options {
            write!(f, ", {option}")?;
        }
        Ok(())
    }
}

impl Case {
    /// A name for the case: the first 32 hexadecimal digits of the SHA-256 of its JSON. Rows of the same case can be compared
    /// over time and between machines.
    #[must_use]
    pub fn id(&self) -> String {
        // Fields of a structure keep their order, so equal cases have equal texts.
        let text = serde_json::to_string(self).unwrap_or_default();
        sha256::name_of(&text, 32)
    }
}

const fn one() -> u32 {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_one(count: &u32) -> bool {
    *count == 1
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::bench) fn case() -> Case {
        Case {
            model: "some-model".to_owned(),
            platform: Platform::Cpu,
            size: Size::Tiny,
            checkpoint: "synthetic".to_owned(),
            graph: "own".to_owned(),
            precision: Precision::Fp32,
            batch: 1,
            lengths: Lengths::default(),
            scenario: Scenario::SingleStream,
            queries_per_second: None,
            replicas: 1,
            settings: Settings::default(),
            options: Vec::new(),
        }
    }

    #[test]
    fn a_case_is_named_by_everything_in_it() {
        let one = case();
        let mut others = vec![one.clone(), one.clone(), one.clone(), one.clone()];
        others[0].batch = 2;
        others[1].lengths.tokens = Some(7);
        others[2].options = vec!["threads=2".to_owned()];
        others[3].replicas = 2;
        for other in &others {
            assert_ne!(other.id(), one.id());
        }
        let read: Case = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!((read.id(), read.id().len()), (one.id(), 32));
    }
}
