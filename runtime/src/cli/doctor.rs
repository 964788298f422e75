//! `assay doctor`: runs a small model on every platform, and shows the evidence or what is missing.

use std::time::Duration;

use clap::Args;

use super::options::OptionArguments;
use super::output::{self, Failure, Format};
use crate::catalog::{Catalog, Entry, Platform, TaskName};
use crate::error::Error;
use crate::skill::Ask;
use crate::worker::{Launch, LoadRequest, Worker, WorkerError};

/// Time for one platform: an adapter in software compiles for a while.
const LIMIT: Duration = Duration::from_mins(5);

/// What the model is asked.
const TEXT: &str = "Fishing boats follow the light home.";

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
    state: State,
    /// Evidence or reason, in words.
    told: String,
    /// How the run was executed, for programs.
    execution: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It ran on the platform.
    Native,
    /// It ran elsewhere on behalf of the platform.
    Simulated,
    /// The platform is absent.
    Absent,
    /// It should have run and did not.
    Failed,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Simulated => "simulated",
            Self::Absent => "absent",
            Self::Failed => "failed",
        }
    }
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let platforms = if arguments.platforms.is_empty() {
        Platform::ALL
    } else {
        &arguments.platforms
    };
    let provider = arguments.provider.of(platforms)?;
    let mut all = Vec::new();
    for platform in platforms {
        let health = examine(catalog, *platform, &provider.texts(*platform));
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
        .filter(|health| health.state == State::Failed)
        .map(|health| health.platform.name())
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!("{} failed", failed.join(", "))))
}

/// Runs the smallest model that embeds text, with synthetic weights, in a process of its own.
fn examine(catalog: &Catalog, platform: Platform, options: &[String]) -> Health {
    let mut health = Health {
        platform,
        model: "",
        state: State::Failed,
        told: String::new(),
        execution: None,
    };
    let Some(entry) = smallest(catalog, platform) else {
        "the registry declares no model that embeds text on it".clone_into(&mut health.told);
        return health;
    };
    health.model = entry.model.id;
    match execute(entry, platform, options) {
        Ok((told, execution)) => {
            let is_native = execution["kind"] == "native";
            health.state = if is_native {
                State::Native
            } else {
                State::Simulated
            };
            (health.told, health.execution) = (told, Some(execution));
        }
        Err(error) => {
            let is_absent = error.is_absence() && platform != Platform::Cpu;
            if is_absent {
                health.state = State::Absent;
            }
            health.told = error.chain();
        }
    }
    health
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

fn execute(
    entry: &Entry,
    platform: Platform,
    options: &[String],
) -> Result<(String, serde_json::Value), Error> {
    let launch = Launch::this_program(platform, LIMIT)?.with_options(options);
    let mut worker = Worker::start(platform, &launch)?;
    let told = worker.load(LoadRequest {
        model: entry.model.id.to_owned(),
        checkpoint: "synthetic".to_owned(),
        onnx: "own".to_owned(),
        precision: None,
        options: options.to_vec(),
    })?;
    let answer = worker.answer(Ask::of(vec![TEXT.to_owned()]));
    let mut answer = answer.map_err(|error| match error {
        // It loaded, so it is there.
        WorkerError::Remote {
            platform, message, ..
        } => Error::Worker(WorkerError::Remote {
            platform,
            is_unavailable: false,
            message,
        }),
        other => Error::Worker(other),
    })?;
    Ok((told, answer.json["execution"].take()))
}

fn text(health: &Health) -> String {
    let Health {
        platform,
        model,
        state,
        told,
        ..
    } = health;
    // An execution in words begins with the state.
    let told = told
        .strip_prefix(state.word())
        .map_or(told.as_str(), |rest| {
            rest.trim_start_matches([':', ',', ' '])
        });
    let model = if model.is_empty() {
        String::new()
    } else {
        format!(" ({model}, synthetic weights)")
    };
    format!("{platform:<9}  {:<9}  {told}{model}\n", state.word())
}

fn json(health: &Health) -> serde_json::Value {
    serde_json::json!({
        "platform": health.platform.name(),
        "model": health.model,
        "state": health.state.word(),
        "execution": health.execution,
        "told": health.told,
    })
}
