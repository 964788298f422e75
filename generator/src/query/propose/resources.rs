//! What a model of a number of parameters needs, by the rules of the registry's README.

use std::fmt;

use crate::query::table::grouped;
use crate::registry::Group;
use crate::registry::constraint::MEMORY_MIB;

/// The resource keys of a model entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resources {
    parameters: u64,
    min_mib: u64,
    recommended_mib: u64,
    disk_mib: u64,
    cpu_cores: u64,
    batch: u64,
}

impl Resources {
    /// From a number of parameters; those of a single one where it is unknown.
    pub(super) fn of(parameters: Option<u64>, group: Group) -> Self {
        let parameters = parameters.unwrap_or(1);
        let weights_mib = parameters.saturating_mul(4).div_ceil(1 << 20);
        let up = |mib: u64| mib.next_multiple_of(50).min(u64::from(MEMORY_MIB));
        Self {
            parameters,
            min_mib: up(weights_mib * 6 / 5 + 200),
            recommended_mib: up(weights_mib * 3 / 2 + 1000),
            disk_mib: weights_mib.min(u64::from(MEMORY_MIB)),
            cpu_cores: match parameters {
                0..500_000_000 => 2,
                500_000_000..3_000_000_000 => 4,
                _ => 8,
            },
            batch: match parameters {
                _ if group == Group::TextGeneration => 1,
                0..150_000_000 => 8,
                150_000_000..1_000_000_000 => 4,
                _ => 1,
            },
        }
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    parameters: {}", grouped(self.parameters))?;
        writeln!(
            f,
            "    memory: {{min_mib: {}, recommended_mib: {}}}",
            self.min_mib, self.recommended_mib
        )?;
        writeln!(f, "    disk_mib: {}", self.disk_mib)?;
        writeln!(f, "    cpu_cores: {}", self.cpu_cores)?;
        writeln!(f, "    batch: {}", self.batch)
    }
}
