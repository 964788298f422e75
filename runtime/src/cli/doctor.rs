//! `assay doctor`: runs a small model on every platform, and shows the evidence or what is missing.

use clap::Args;

use super::fleet::Fleet;
use super::options::OptionArguments;
use super::output::{self, Failure, Format};
use crate::catalog::{Catalog, Entry, Platform, TaskName};
use crate::contract::{Proof, State};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Platforms to try; all of them by default.
    #[arg(value_delimiter = ',')]
    platforms: Vec<Platform>,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    provider: OptionArguments,
}

/// How a platform does.
struct Health {
    platform: Platform,
    model: &'static str,
    proof: Proof,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let platforms = if arguments.platforms.is_empty() {
        Platform::ALL
    } else {
        &arguments.platforms
    };
    let mut fleet = Fleet::new(arguments.provider.of(platforms)?);
    let mut all = Vec::new();
    for platform in platforms {
        let health = examine(catalog, *platform, &mut fleet);
        if matches!(arguments.format, Format::Text) {
            output::print(&text(&health))?;
        }
        all.push(health);
    }
    if matches!(arguments.format, Format::Json) {
        output::print_json(&all.iter().map(json).collect())?;
    }
    let failed: Vec<_> = all
        .iter()
        .filter(|health| health.proof.state == State::Failed)
        .map(|health| health.platform.name())
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!("{} failed", failed.join(", "))))
}

/// Runs the smallest model that embeds text, as its tests do, in a process of its own.
fn examine(catalog: &Catalog, platform: Platform, fleet: &mut Fleet) -> Health {
    let Some(entry) = smallest(catalog, platform) else {
        return Health {
            platform,
            model: "",
            proof: Proof {
                state: State::Failed,
                told: "the registry declares no model that embeds text on it".to_owned(),
                execution: None,
            },
        };
    };
    Health {
        platform,
        model: entry.model.id,
        proof: fleet.prove(entry, platform),
    }
}

fn smallest(catalog: &Catalog, platform: Platform) -> Option<&'static Entry> {
    let is_fit = |entry: &&&'static Entry| {
        let mut cells = entry.cells.iter();
        let is_supported = cells.any(|(cell, skill)| cell.platform == platform && skill.is_some());
        is_supported && entry.model.task == TaskName::FeatureExtraction
    };
    let fit = catalog.models.iter().filter(is_fit);
    fit.min_by_key(|entry| entry.model.resources.parameters)
        .copied()
}

fn text(health: &Health) -> String {
    let Health {
        platform,
        model,
        proof,
    } = health;
    let Proof { state, told, .. } = proof;
    // An execution in words begins with the state.
    let told = told
        .strip_prefix(&state.to_string())
        .map_or(told.as_str(), |rest| {
            rest.trim_start_matches([':', ',', ' '])
        });
    let model = if model.is_empty() {
        String::new()
    } else {
        format!(" ({model} at the size of its tests)")
    };
    format!("{platform:<9}  {state:<9}  {told}{model}\n")
}

fn json(health: &Health) -> serde_json::Value {
    serde_json::json!({
        "platform": health.platform.name(),
        "model": health.model,
        "state": health.proof.state,
        "execution": health.proof.execution,
        "told": health.proof.told,
    })
}
