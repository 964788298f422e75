//! What really happened in a run: native with evidence, or simulated with its method.

use std::collections::BTreeMap;
use std::fmt;

use super::Evidence;

/// Where and how a graph ran.
#[derive(Debug, Clone, PartialEq)]
pub enum Execution {
    /// On the platform's execution provider.
    Native(Evidence),
    /// Outputs computed on the CPU on behalf of the platform; nothing in it was measured on that platform.
    Simulated {
        /// How the outputs and times came about.
        method: &'static str,
        /// Why it did not run on the platform.
        because: String,
        /// Where the outputs were computed.
        computed_on: Evidence,
    },
}

impl Execution {
    /// Whether it ran on the platform's own provider.
    #[must_use]
    pub const fn is_native(&self) -> bool {
        matches!(self, Self::Native(_))
    }

    /// What holds for several graphs of one cell together; `None` for no graph.
    pub(crate) fn of_all<'a>(graphs: impl Iterator<Item = &'a Self>) -> Option<Self> {
        graphs.cloned().reduce(|all, next| {
            let evidence = all.evidence().clone().and(next.evidence());
            match all {
                Self::Native(_) => Self::Native(evidence),
                Self::Simulated {
                    method, because, ..
                } => Self::Simulated {
                    method,
                    because,
                    computed_on: evidence,
                },
            }
        })
    }

    /// The evidence of the run that computed the outputs.
    #[must_use]
    pub const fn evidence(&self) -> &Evidence {
        match self {
            Self::Native(evidence) => evidence,
            Self::Simulated { computed_on, .. } => computed_on,
        }
    }
}

impl Execution {
    /// The same for programs.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let evidence = self.evidence();
        let evidence = serde_json::json!({
            "provider": evidence.provider(),
            "library": evidence.library(),
            "device": evidence.device(),
            "nodes": evidence.nodes(),
            "nodes_on_provider": evidence.nodes_on_provider(),
            "flops_share_on_provider": evidence.flops_on_provider(),
            "elsewhere": evidence.elsewhere(),
            "options": evidence.options().iter().cloned().collect::<BTreeMap<_, _>>(),
            "settings": evidence.settings().iter().cloned().collect::<BTreeMap<_, _>>(),
        });
        match self {
            Self::Native(_) => serde_json::json!({ "kind": "native", "evidence": evidence }),
            Self::Simulated {
                method, because, ..
            } => serde_json::json!({
                "kind": "simulated",
                "method": method,
                "because": because,
                "computed_on": evidence,
            }),
        }
    }
}

impl fmt::Display for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native(evidence) => write!(f, "native: {evidence}"),
            Self::Simulated {
                method,
                because,
                computed_on,
            } => {
                write!(
                    f,
                    "simulated, because {because}: {method}; outputs from {computed_on}"
                )
            }
        }
    }
}
