//! One thing that was compared with a reference.

use std::fmt;

use crate::reference::Comparison;

/// One thing that was compared with a reference.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// A tensor, within its stored tolerance or not.
    Tensor(Comparison),
    /// Token ids, a text or labels, which must be equal.
    Equality {
        /// What was compared, by case and name.
        name: String,
        /// What transformers gave.
        expected: String,
        /// What the skill gave.
        got: String,
    },
}

impl Finding {
    /// What was compared, by case and name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Tensor(comparison) => &comparison.name,
            Self::Equality { name, .. } => name,
        }
    }

    /// Whether it is as transformers has it.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self {
            Self::Tensor(comparison) => comparison.holds(),
            Self::Equality { expected, got, .. } => expected == got,
        }
    }

    /// Whether it is as transformers has it, where the platform's own arithmetic may add this much to a difference.
    #[must_use]
    pub fn holds_within(&self, addition: f64) -> bool {
        match self {
            Self::Tensor(comparison) => {
                let allowed = comparison.atol + addition;
                comparison.compared > 0 && comparison.max_abs_diff <= allowed
            }
            Self::Equality { .. } => self.holds(),
        }
    }

    /// The largest difference as a share of the tolerance; 0 for equality, infinite for what is not equal.
    #[must_use]
    pub fn share_of_tolerance(&self) -> f64 {
        match self {
            Self::Tensor(comparison) if comparison.max_abs_diff == 0.0 => 0.0,
            Self::Tensor(comparison) => comparison.max_abs_diff / comparison.atol,
            Self::Equality { .. } if self.holds() => 0.0,
            Self::Equality { .. } => f64::INFINITY,
        }
    }

    /// The same for programs.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Tensor(comparison) => serde_json::json!({
                "name": comparison.name,
                "holds": self.holds(),
                "max_abs_diff": comparison.max_abs_diff,
                "atol": comparison.atol,
                "cosine": comparison.cosine,
                "compared": comparison.compared,
                "at": comparison.at,
                "expected": comparison.expected,
                "got": comparison.got,
            }),
            Self::Equality {
                name,
                expected,
                got,
            } => serde_json::json!({
                "name": name,
                "holds": self.holds(),
                "expected": expected,
                "got": got,
            }),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor(comparison) => write!(f, "{comparison}"),
            Self::Equality {
                name,
                expected,
                got,
            } => write!(f, "{name}: expected {expected}, got {got}"),
        }
    }
}
