//! What parent and child say to each other.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::bench::{Case, Order, Outcome};
use crate::contract::Proof;
use crate::engine::Settings;
use crate::peaks::DevicePeaks;
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
        /// Options of the platform's execution provider, as the command line spells them.
        #[serde(default)]
        options: Vec<String>,
    },
    /// Open a graph, run it once on tensors of a file, and write what it gives into another.
    Evaluate(EvaluateRequest),
    /// Take the time of a model's first example, or of kernels of one operator.
    Pace {
        /// Model id; kernels where there is none.
        model: Option<String>,
        /// Options of the platform's execution provider, as the command line spells them.
        #[serde(default)]
        options: Vec<String>,
    },
    /// Make what loading a case needs and is kept.
    MakeReady(Box<Case>),
    /// Measure a case.
    Measure(Box<Order>),
    /// Measure what the platform's device reaches at most.
    Peaks {
        /// Options of the platform's execution provider, as the command line spells them.
        #[serde(default)]
        options: Vec<String>,
    },
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
    /// Options of the platform's execution provider, as the command line spells them.
    #[serde(default)]
    pub options: Vec<String>,
    /// What changes how fast it runs.
    #[serde(default)]
    pub settings: Settings,
}

/// Which graph to run on what. Tensors travel in safetensors files: they may be larger than a message.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct EvaluateRequest {
    /// The ONNX file.
    pub graph: PathBuf,
    /// The file with its inputs by name.
    pub inputs: PathBuf,
    /// The file to write its outputs to.
    pub outputs: PathBuf,
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
    /// The graph has run.
    Evaluated {
        /// Execution in words.
        execution: String,
    },
    /// What was measured.
    Paced(Vec<Pace>),
    /// What loading needs is there.
    Ready,
    /// What became of the case.
    Done(Box<Outcome>),
    /// What the device reaches at most.
    Peaks(DevicePeaks),
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
