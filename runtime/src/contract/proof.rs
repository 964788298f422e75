//! What a cell comes to on this machine, from the checks that bear on it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cell::Bench;
use super::checks;
use super::exercise::Exercise;
use super::outcome::{Outcome, Stop, Why};
use crate::engine::ProviderOptions;
use crate::error::Error;
use crate::skill::Skill;

/// What a cell comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It ran on the platform.
    Native,
    /// It ran elsewhere on behalf of the platform.
    Simulated,
    /// The platform is absent.
    Absent,
    /// It should have run, or run rightly, and did not.
    Failed,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Native => "native",
            Self::Simulated => "simulated",
            Self::Absent => "absent",
            Self::Failed => "failed",
        })
    }
}

/// What was found out about a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// What it comes to.
    pub state: State,
    /// Evidence or reason, in words.
    pub told: String,
    /// How it was executed, for programs; nothing where it did not load.
    pub execution: Option<serde_json::Value>,
}

impl Proof {
    /// What an error on the way says; absence of the CPU is a failure.
    #[must_use]
    pub fn of_error(error: &Error, may_be_absent: bool) -> Self {
        let state = if may_be_absent && error.is_absence() {
            State::Absent
        } else {
            State::Failed
        };
        Self {
            state,
            told: error.chain(),
            execution: None,
        }
    }
}

/// Loads a cell as its tests do, and makes the checks that show whether it runs on its platform and gives what it should:
/// finite outputs, the reference's where there is one, every node in its place.
#[must_use]
pub fn prove<T: Exercise>(skill: Skill<T>, provider: &ProviderOptions) -> Proof {
    let bench = Bench::new(skill, provider.clone());
    let session = match bench.session() {
        Ok(session) => session,
        Err(stop) => {
            let (state, told) = match stop {
                Stop::Ignored {
                    why: Why::Unavailable,
                    reason,
                } => (State::Absent, reason),
                Stop::Ignored { reason, .. } | Stop::Failed(reason) => (State::Failed, reason),
            };
            return Proof {
                state,
                told,
                execution: None,
            };
        }
    };
    let execution = session.execution();
    let made: [Outcome; 3] = [
        checks::output_is_finite_and_has_the_promised_shape(&bench),
        checks::equals_the_reference(&bench),
        checks::is_placed_on_its_provider(&bench),
    ];
    let failed = made.iter().find_map(|outcome| match outcome {
        Err(Stop::Failed(reason)) => Some(reason.clone()),
        _ => None,
    });
    let state = match &failed {
        Some(_) => State::Failed,
        None if execution.is_native() => State::Native,
        None => State::Simulated,
    };
    Proof {
        state,
        told: failed.unwrap_or_else(|| execution.to_string()),
        execution: Some(execution.to_json()),
    }
}
