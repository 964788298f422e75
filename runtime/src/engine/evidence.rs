//! What really happened in a run: native with evidence, or simulated with its method.

use std::collections::BTreeMap;
use std::fmt;

use crate::catalog::{Placement, Platform};

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
            "provider": evidence.provider,
            "library": evidence.library,
            "device": evidence.device,
            "nodes": evidence.nodes(),
            "nodes_on_provider": evidence.nodes_on_provider(),
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
            } => write!(
                f,
                "simulated, because {because}: {method}; outputs from {computed_on}"
            ),
        }
    }
}

/// Proof of where a graph's nodes were placed. Only an engine can make one.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    platform: Platform,
    provider: &'static str,
    library: String,
    device: Option<String>,
    shares: Vec<ProviderShare>,
}

/// The nodes that one provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderShare {
    /// Execution provider, as ONNX Runtime names it.
    pub provider: String,
    /// Number of nodes of the optimised graph.
    pub nodes: usize,
    /// How many of each operator, most frequent first.
    pub operators: Vec<(String, usize)>,
}

impl ProviderShare {
    /// A share from the number of each operator's nodes.
    pub(in crate::engine) fn new(provider: String, operators: BTreeMap<String, usize>) -> Self {
        let nodes = operators.values().sum();
        let mut operators: Vec<_> = operators.into_iter().collect();
        operators.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Self {
            provider,
            nodes,
            operators,
        }
    }

    /// Counts the nodes of another graph in.
    fn add(&mut self, other: &Self) {
        // The operators of all nodes need not be known.
        let nodes = self.nodes + other.nodes;
        let mut operators: BTreeMap<_, _> = self.operators.drain(..).collect();
        for (operator, nodes) in &other.operators {
            *operators.entry(operator.clone()).or_default() += nodes;
        }
        *self = Self::new(std::mem::take(&mut self.provider), operators);
        self.nodes = nodes;
    }
}

/// Operators that can only give integers: shape arithmetic, which may stay on the CPU and is listed.
const INTEGER_OPERATORS: &[&str] = &["NonZero", "Shape", "Size"];

impl Evidence {
    pub(in crate::engine) fn new(
        platform: Platform,
        provider: &'static str,
        library: String,
        shares: Vec<ProviderShare>,
    ) -> Self {
        Self {
            platform,
            provider,
            library,
            device: None,
            shares,
        }
    }

    /// The same with the device or adapter that computed.
    pub(in crate::engine) fn on(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// The nodes of both together.
    fn and(mut self, other: &Self) -> Self {
        for share in &other.shares {
            match self
                .shares
                .iter_mut()
                .find(|own| own.provider == share.provider)
            {
                Some(own) => own.add(share),
                None => self.shares.push(share.clone()),
            }
        }
        self
    }

    /// The platform that was asked for.
    #[must_use]
    pub const fn platform(&self) -> Platform {
        self.platform
    }

    /// The execution provider that platform stands for.
    #[must_use]
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// The ONNX Runtime library, with its version.
    #[must_use]
    pub fn library(&self) -> &str {
        &self.library
    }

    /// The device or adapter that computed, where the engine knows it.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// Nodes by provider, the platform's own first.
    #[must_use]
    pub fn shares(&self) -> &[ProviderShare] {
        &self.shares
    }

    /// Number of nodes in all.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.shares.iter().map(|share| share.nodes).sum()
    }

    /// Number of nodes on the platform's own provider.
    #[must_use]
    pub fn nodes_on_provider(&self) -> usize {
        self.shares
            .iter()
            .filter(|share| share.provider == self.provider)
            .map(|share| share.nodes)
            .sum()
    }

    /// Checks the placement against what the cell demands.
    ///
    /// # Errors
    /// The shortfall in words: `37 of 412 nodes ran on CPUExecutionProvider: Softmax(12), …`.
    pub fn satisfies(&self, demand: Placement) -> Result<(), String> {
        let total = self.nodes();
        let on_provider = self.nodes_on_provider();
        if on_provider == 0 {
            return Err(format!("none of {total} nodes ran on {}", self.provider));
        }
        match demand {
            Placement::Whole => match self.strays().as_slice() {
                [] => Ok(()),
                strays => Err(strays.join("; ")),
            },
            Placement::Partial { nodes, .. } => {
                let share = on_provider as f64 / total as f64;
                if share >= nodes {
                    return Ok(());
                }
                Err(format!(
                    "{on_provider} of {total} nodes ran on {}, {:.0} % demanded",
                    self.provider,
                    nodes * 100.0
                ))
            }
        }
    }

    /// Nodes elsewhere that are more than shape arithmetic, one line a provider.
    fn strays(&self) -> Vec<String> {
        let elsewhere = self
            .shares
            .iter()
            .filter(|share| share.provider != self.provider);
        elsewhere
            .filter_map(|share| {
                let strays: Vec<_> = share
                    .operators
                    .iter()
                    .filter(|(op, _)| !INTEGER_OPERATORS.contains(&op.as_str()))
                    .collect();
                let count: usize = strays.iter().map(|(_, count)| count).sum();
                let list: Vec<_> = strays
                    .iter()
                    .map(|(op, count)| format!("{op}({count})"))
                    .collect();
                let line = format!(
                    "{count} of {} nodes ran on {}: {}",
                    self.nodes(),
                    share.provider,
                    list.join(", ")
                );
                (count > 0).then_some(line)
            })
            .collect()
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} nodes on {} ({}",
            self.nodes_on_provider(),
            self.nodes(),
            self.provider,
            self.library
        )?;
        match &self.device {
            Some(device) => write!(f, ", {device})"),
            None => f.write_str(")"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(provider: &str, operators: &[(&str, usize)]) -> ProviderShare {
        ProviderShare {
            provider: provider.to_owned(),
            nodes: operators.iter().map(|(_, count)| count).sum(),
            operators: operators
                .iter()
                .map(|(op, count)| ((*op).to_owned(), *count))
                .collect(),
        }
    }

    fn evidence(shares: Vec<ProviderShare>) -> Evidence {
        Evidence::new(
            Platform::OpenVino,
            "OpenVINOExecutionProvider",
            "onnxruntime-openvino 1.24.1".to_owned(),
            shares,
        )
    }

    #[test]
    fn a_float_node_elsewhere_violates_the_whole() {
        let evidence = evidence(vec![
            share("OpenVINOExecutionProvider", &[("MatMul", 12)]),
            share("CPUExecutionProvider", &[("Shape", 4), ("Softmax", 2)]),
        ]);
        let shortfall = evidence.satisfies(Placement::Whole);
        assert_eq!(
            shortfall,
            Err("2 of 18 nodes ran on CPUExecutionProvider: Softmax(2)".to_owned())
        );
    }

    #[test]
    fn shape_arithmetic_may_stay_on_the_cpu() {
        let evidence = evidence(vec![
            share("OpenVINOExecutionProvider", &[("MatMul", 12)]),
            share("CPUExecutionProvider", &[("Shape", 4), ("Size", 1)]),
        ]);
        assert_eq!(evidence.satisfies(Placement::Whole), Ok(()));
    }

    #[test]
    fn a_graph_that_fell_back_whole_is_caught() {
        let evidence = evidence(vec![share("CPUExecutionProvider", &[("Shape", 4)])]);
        let shortfall = evidence.satisfies(Placement::Whole);
        assert_eq!(
            shortfall,
            Err("none of 4 nodes ran on OpenVINOExecutionProvider".to_owned())
        );
    }

    #[test]
    fn a_partial_demand_counts_nodes() {
        let evidence = evidence(vec![
            share("OpenVINOExecutionProvider", &[("MatMul", 9)]),
            share("CPUExecutionProvider", &[("IsNaN", 1)]),
        ]);
        let partial = |nodes| Placement::Partial {
            nodes,
            reason: "guards against an empty row",
        };
        assert_eq!(evidence.satisfies(partial(0.9)), Ok(()));
        assert!(evidence.satisfies(partial(0.95)).is_err());
    }
}
