//! What parent and child say to each other.

use serde::{Deserialize, Serialize};

use crate::contract::Proof;
use crate::predict::Pace;
use crate::skill::Ask;

/// What the parent asks.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Load a skill.
    Load(LoadRequest),
    /// Run the loaded skill.
    Run(Box<Ask>),
    /// Find out what a model comes to on the platform.
    Prove {
        /// Model id.
        model: String,
    },
    /// Take the time of a model's first example.
    Pace {
        /// Model id.
        model: String,
    },
    /// Take the time of kernels of one operator.
    PaceKernels,
    /// End in peace.
    Shutdown,
}

/// Which skill to load, and how.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct LoadRequest {
    /// Model id.
    pub model: String,
    /// Checkpoint, as the command line spells it.
    pub checkpoint: String,
    /// Graph source, as the command line spells it.
    pub onnx: String,
    /// Precision, as the command line spells it.
    pub precision: Option<String>,
}

/// What the child answers.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The skill is loaded.
    Loaded {
        /// Execution in words.
        execution: String,
    },
    /// The run's answer.
    Answer {
        /// For people.
        text: String,
        /// For programs.
        json: serde_json::Value,
    },
    /// What a model comes to.
    Proved(Proof),
    /// What was measured.
    Paced(Vec<Pace>),
    /// It cannot be done.
    Fault(Fault),
}

/// An error of the child.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Fault {
    /// Whether the platform is merely absent.
    pub is_unavailable: bool,
    /// The error with its sources.
    pub message: String,
}
