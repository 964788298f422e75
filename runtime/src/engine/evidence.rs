//! Proof of where a graph's nodes were placed, and whether that is what a cell demands.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::Settings;
use super::share::{ProviderShare, by_number};
use super::weigh::weigh;
use crate::catalog::{Placement, Platform};
use crate::error::Error;

/// Proof of where a graph's nodes were placed. Only an engine can make one.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    platform: Platform,
    provider: &'static str,
    library: String,
    device: Option<String>,
    /// A provider that comes before the platform's own, and whose nodes count as its own.
    before: Option<&'static str>,
    options: Vec<(&'static str, String)>,
    settings: Vec<(&'static str, String)>,
    shares: Vec<ProviderShare>,
    /// Share of operations on the provider.
    flops: Option<f64>,
}

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
            before: None,
            options: Vec::new(),
            settings: Vec::new(),
            flops: None,
            shares,
        }
    }

    /// The same with the weight of what is elsewhere, by the file that was opened.
    pub(in crate::engine) fn weighed(mut self, model: &Path) -> Self {
        if self.nodes_on_provider() == self.nodes() {
            self.flops = Some(1.0);
            return self;
        }
        let mut left = Some(0.0);
        for place in 0..self.shares.len() {
            if self.is_own(&self.shares[place].provider) {
                continue;
            }
            let share = &mut self.shares[place];
            let is_named = share.named.len() == share.nodes;
            let weight = is_named.then(|| weigh(model, &share.named)).flatten();
            left = left
                .zip(weight.as_ref().and_then(|weight| weight.share))
                .map(|(left, more)| left + more);
            share.more = weight.map(|weight| by_number(weight.more));
        }
        self.flops = left.map(|left: f64| (1.0 - left).max(0.0));
        self
    }

    /// The same with the device or adapter that computed.
    pub(in crate::engine) fn on(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// The same with the provider's options that differ from their defaults.
    pub(in crate::engine) fn with(mut self, options: Vec<(&'static str, String)>) -> Self {
        self.options = options;
        self
    }

    /// The same with the settings that differ from their defaults.
    pub(in crate::engine) fn set(mut self, settings: &Settings) -> Self {
        self.settings = settings.differing();
        self
    }

    /// The same where another provider of the platform comes before its own.
    pub(in crate::engine) const fn after(mut self, before: &'static str) -> Self {
        self.before = Some(before);
        self
    }

    /// The same, unless all nodes are elsewhere: then nothing ran on the platform, whatever was asked for.
    pub(in crate::engine) fn unless_elsewhere(self) -> Result<Self, Error> {
        if self.nodes() == 0 || self.nodes_on_provider() > 0 {
            return Ok(self);
        }
        Err(Error::Elsewhere {
            provider: self.provider,
            placement: self.placed(),
        })
    }

    /// How many nodes each provider took, in words.
    fn placed(&self) -> String {
        let shares = self.shares.iter();
        let told: Vec<_> = shares
            .map(|share| format!("{} nodes on {}", share.nodes, share.provider))
            .collect();
        told.join(", ")
    }

    /// Whether a provider is the platform's own, or comes before it on the same device.
    fn is_own(&self, provider: &str) -> bool {
        provider == self.provider || self.before.is_some_and(|before| provider == before)
    }

    /// The nodes of both together.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.flops = self.flops.zip(other.flops).map(|(own, more)| own.min(more));
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

    /// The provider's options that differ from their defaults: name and value, as the command line spells them.
    #[must_use]
    pub fn options(&self) -> &[(&'static str, String)] {
        &self.options
    }

    /// The settings that differ from their defaults: name and value, as the command line spells them.
    #[must_use]
    pub fn settings(&self) -> &[(&'static str, String)] {
        &self.settings
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
            .filter(|share| self.is_own(&share.provider))
            .map(|share| share.nodes)
            .sum()
    }

    /// Share of operations on the platform's own provider, 0 to 1, or a lower bound of it, at the usual lengths of axes; of several graphs that of
    /// the one with the least. `None` where a node elsewhere was fused from others, so that nobody can tell.
    #[must_use]
    pub const fn flops_on_provider(&self) -> Option<f64> {
        self.flops
    }

    /// How many of each operator are elsewhere, by provider.
    #[must_use]
    pub fn elsewhere(&self) -> BTreeMap<&str, BTreeMap<&str, usize>> {
        let elsewhere = self
            .shares
            .iter()
            .filter(|share| !self.is_own(&share.provider));
        elsewhere
            .map(|share| {
                let operators = share.operators.iter();
                let operators = operators.map(|(operator, nodes)| (operator.as_str(), *nodes));
                (share.provider.as_str(), operators.collect())
            })
            .collect()
    }

    /// Checks the placement of a graph that is not of our making by its operations: their share on the provider.
    ///
    /// # Errors
    /// The shortfall in words.
    pub fn satisfies_by_flops(&self, least: f64) -> Result<(), String> {
        match self.flops {
            Some(share) if share >= least => Ok(()),
            Some(share) => Err(format!(
                "{:.1} % of the operations are on {}, {:.1} % demanded",
                share * 100.0,
                self.provider,
                least * 100.0
            )),
            None => Err(format!(
                "{} of {} nodes are on {}, and what the others compute cannot be told",
                self.nodes_on_provider(),
                self.nodes(),
                self.provider
            )),
        }
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
            .filter(|share| !self.is_own(&share.provider));
        elsewhere
            .filter_map(|share| {
                let strays = share.more_than_shapes();
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
        if let Some(device) = &self.device {
            write!(f, ", {device}")?;
        }
        if self.nodes_on_provider() < self.nodes() {
            match self.flops {
                Some(share) => write!(f, "; at least {:.2} % of operations", share * 100.0)?,
                None => write!(f, "; share of operations unknown")?,
            }
            for share in &self.shares {
                if !self.is_own(&share.provider) {
                    let list = share.operators.iter();
                    let list: Vec<_> = list.map(|(op, count)| format!("{op}({count})")).collect();
                    write!(f, "; on {}: {}", share.provider, list.join(", "))?;
                }
            }
        }
        for (option, value) in self.options.iter().chain(&self.settings) {
            write!(f, ", {option}={value}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(provider: &str, operators: &[(&str, usize)]) -> ProviderShare {
        let operators = operators
            .iter()
            .map(|(op, count)| ((*op).to_owned(), *count));
        ProviderShare::new(provider.to_owned(), operators.collect())
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
