//! Settings of engines that change how fast graphs run and nothing of what they give.

use serde::{Deserialize, Serialize};

/// What changes how fast graphs run and nothing of what they give.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Threads inside an operator; 0 leaves the number to the engine.
    pub threads: usize,
}
