//! What a sweep leaves open, decided for each cell: checkpoint, precision, lengths, and whether the machine is large enough.

use super::graph_runs::held;
use super::sweep::Sweep;
use super::{Case, Lengths, Scenario, Size};
use crate::catalog::{Cell, Model, Platform, Precision};
use crate::checkpoint::{CheckpointSpec, SyntheticSize};
use crate::engine::ProviderOptions;
use crate::error::Error;
use crate::skill::AnySkill;

/// Bytes of a mebibyte.
const MIB: u64 = 1 << 20;

/// Bytes that one replica of a case takes: its weights, half of them once more as the engine has them, and twice what its values
/// hold at once; 0 where that cannot be counted.
pub(super) fn counted(case: &Case, skill: Option<&dyn AnySkill>) -> u64 {
    let counted = skill.and_then(|skill| skill.count(case).ok());
    counted.map_or(0, |counted| {
        let values = held(&counted.graphs).map_or(0, |held| held.values);
        counted.weight_bytes / 2 * 3 + 2 * values
    })
}

impl Sweep {
    /// The checkpoint of a model as the command line spells it, or why there is none of the wanted size.
    pub(super) fn checkpoint_of(&self, model: &Model) -> (String, Option<(&'static str, String)>) {
        if let Some(checkpoint) = &self.checkpoint {
            return (checkpoint.to_string(), None);
        }
        match self.size {
            Size::Tiny => (CheckpointSpec::offline(model).to_string(), None),
            Size::Full => {
                let spec = CheckpointSpec::Synthetic {
                    size: SyntheticSize::Full,
                    seed: 0,
                };
                let lacks = model.full.is_none().then(|| {
                    let id = model.id;
                    let reason = format!(
                        "the registry has no full-size configuration of `{id}`; name a `--checkpoint`, such as `hub`"
                    );
                    ("unsupported", reason)
                });
                (spec.to_string(), lacks)
            }
        }
    }

    /// Whether a case of full size would take more than half of the machine's memory: by the registry, or by what is counted of
    /// one of its replicas.
    pub(super) fn too_large(
        &self,
        model: &Model,
        replicas: u32,
        counted: impl FnOnce() -> u64,
        memory_bytes: Option<u64>,
    ) -> Option<(&'static str, String)> {
        let all = memory_bytes.filter(|_| self.size == Size::Full)?;
        let least = u64::from(model.resources.min_memory_mib) * MIB;
        let needed = least.max(u64::from(replicas) * counted());
        (needed > all / 2).then(|| {
            let gib = |bytes: u64| bytes as f64 / (MIB * 1024) as f64;
            let reason = format!(
                "takes about {:.1} GiB, more than half of the {:.1} GiB here",
                gib(needed),
                gib(all)
            );
            ("memory", reason)
        })
    }

    /// The precisions to measure, each with whether the cell offers it.
    pub(super) fn precisions_of(&self, cell: Option<&Cell>) -> Vec<(Precision, bool)> {
        let offered = cell.map_or(&[][..], |cell| cell.precisions);
        if self.precisions.is_empty() {
            let first = offered.first().copied();
            return vec![first.map_or((Precision::Fp32, false), |first| (first, true))];
        }
        let wanted = self.precisions.iter();
        wanted
            .map(|precision| (*precision, offered.contains(precision)))
            .collect()
    }

    /// Every combination of lengths that is asked for.
    pub(super) fn lengths(&self) -> Vec<Lengths> {
        fn each<T: Copy>(values: &[T]) -> Vec<Option<T>> {
            if values.is_empty() {
                return vec![None];
            }
            values.iter().copied().map(Some).collect()
        }
        let seconds = each(&self.audio_seconds);
        let mut all = Vec::new();
        for tokens in each(&self.sequences) {
            for new_tokens in each(&self.new_tokens) {
                for image in each(&self.images) {
                    for seconds in &seconds {
                        all.push(Lengths {
                            tokens,
                            new_tokens,
                            image,
                            audio_ms: seconds.map(|seconds| (seconds * 1e3).round() as u32),
                        });
                    }
                }
            }
        }
        all
    }

    /// The scenarios, with rates where queries come at one and copies where they wait for each other.
    pub(super) fn arrivals(&self) -> Vec<(Scenario, Option<f64>, u32)> {
        let mut all = Vec::new();
        for scenario in &self.scenarios {
            let rates = match scenario {
                Scenario::Server if self.queries_per_second.is_empty() => vec![Some(1.0)],
                Scenario::Server => self.queries_per_second.iter().copied().map(Some).collect(),
                _ => vec![None],
            };
            let replicas = match scenario {
                Scenario::SingleStream => vec![1],
                _ => self.replicas.clone(),
            };
            for rate in &rates {
                for replicas in &replicas {
                    all.push((*scenario, *rate, *replicas));
                }
            }
        }
        all
    }

    /// The options of a platform's provider, sorted.
    pub(super) fn options_of(&self, platform: Platform) -> Result<Vec<String>, Error> {
        let mut options = ProviderOptions::parse(&self.options, &self.platforms)?.texts(platform);
        options.sort();
        Ok(options)
    }
}
