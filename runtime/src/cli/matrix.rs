//! `assay matrix`: what the registry declares of models and platforms, beside what this machine shows.

use clap::Args;
use serde_json::json;

use super::fleet::Fleet;
use super::options::OptionArguments;
use super::output::{self, Failure, Format};
use crate::catalog::{Catalog, Entry, Platform, Support};
use crate::contract::{Proof, State};

/// Columns that the name of a model takes, at least.
const NAME: usize = 28;
/// Columns that a cell takes.
const CELL: usize = 13;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Models; the key models by default.
    models: Vec<String>,
    /// Every model of the registry.
    #[arg(long, conflicts_with = "models")]
    all: bool,
    /// Platforms; all of them by default.
    #[arg(long, value_delimiter = ',')]
    platform: Vec<Platform>,
    /// Run every model at the size of its tests, and show what that proves on this machine. What contradicts the registry
    /// makes the exit code 1.
    #[arg(long)]
    derived: bool,
    #[command(flatten)]
    provider: OptionArguments,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A model on a platform, as declared and as found.
struct Found {
    model: &'static str,
    platform: Platform,
    declared: &'static str,
    reason: Option<&'static str>,
    proof: Option<Proof>,
}

/// How what was found compares with what is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is as declared.
    AsDeclared,
    /// It runs natively where a simulation is declared.
    Better,
    /// It does not do what is declared.
    Contradiction,
    /// Nothing was run: unsupported, absent, or not asked for.
    NotRun,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let entries = chosen(catalog, arguments)?;
    let platforms = if arguments.platform.is_empty() {
        Platform::ALL.to_vec()
    } else {
        arguments.platform.clone()
    };
    let width = entries.iter().map(|entry| entry.model.id.len() + 2);
    let width = width.fold(NAME, usize::max);
    let is_text = matches!(arguments.format, Format::Text);
    if is_text {
        output::print(&heading(width, &platforms))?;
    }
    let mut fleet = Fleet::new(arguments.provider.of(&platforms)?);
    let mut all = Vec::new();
    for entry in entries {
        let row: Vec<Found> = platforms
            .iter()
            .map(|&platform| find(entry, platform, arguments.derived.then_some(&mut fleet)))
            .collect();
        if is_text {
            output::print(&line(width, entry.model.id, &row))?;
        }
        all.extend(row);
    }
    if is_text {
        output::print(&remarks(&all, &fleet, arguments.derived))?;
    } else {
        output::print_json(&all.iter().map(Found::to_json).collect())?;
    }
    let contradictions = count(&all, Verdict::Contradiction);
    if contradictions == 0 {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "{contradictions} of {} cells contradict the registry",
        all.len() - count(&all, Verdict::NotRun)
    )))
}

fn chosen(catalog: &Catalog, arguments: &Arguments) -> Result<Vec<&'static Entry>, Failure> {
    if arguments.models.is_empty() {
        let is_wanted = |entry: &&&'static Entry| arguments.all || entry.model.is_key;
        return Ok(catalog.models.iter().filter(is_wanted).copied().collect());
    }
    let found = arguments.models.iter().map(|name| {
        let found = catalog.find(name);
        found.map_err(|error| Failure::bad_input(error.to_string()))
    });
    found.collect()
}

fn find(entry: &'static Entry, platform: Platform, fleet: Option<&mut Fleet>) -> Found {
    let cell = entry.cell(platform);
    let (declared, reason) = match cell.map(|cell| cell.support) {
        Some(Support::Native) => ("native", None),
        Some(Support::Simulated { reason }) => ("simulated", Some(reason)),
        Some(Support::Unsupported { reason }) => ("unsupported", Some(reason)),
        None => ("unsupported", None),
    };
    let can_run = entry.skill(platform).is_ok();
    Found {
        model: entry.model.id,
        platform,
        declared,
        reason,
        proof: fleet
            .filter(|_| can_run)
            .map(|fleet| fleet.prove(entry, platform)),
    }
}

impl Found {
    fn verdict(&self) -> Verdict {
        let state = self.proof.as_ref().map(|proof| proof.state);
        match (self.declared, state) {
            (_, None | Some(State::Absent)) => Verdict::NotRun,
            ("native", Some(State::Native)) | ("simulated", Some(State::Simulated)) => {
                Verdict::AsDeclared
            }
            ("simulated", Some(State::Native)) => Verdict::Better,
            _ => Verdict::Contradiction,
        }
    }

    /// What a cell of the table says.
    fn word(&self) -> String {
        let Some(proof) = &self.proof else {
            return match self.declared {
                "unsupported" => "–".to_owned(),
                declared => declared.to_owned(),
            };
        };
        match (self.verdict(), proof.state) {
            (Verdict::Better, _) => "native (+)".to_owned(),
            (Verdict::Contradiction, State::Failed) => "FAILED".to_owned(),
            (Verdict::Contradiction, state) => format!("{state} (!)"),
            (_, state) => state.to_string(),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        let verdict = match self.verdict() {
            Verdict::AsDeclared => "as declared",
            Verdict::Better => "better than declared",
            Verdict::Contradiction => "contradiction",
            Verdict::NotRun => "not run",
        };
        json!({
            "model": self.model,
            "platform": self.platform.name(),
            "declared": self.declared,
            "reason": self.reason,
            "derived": self.proof.as_ref().map(|proof| proof.state),
            "verdict": verdict,
            "told": self.proof.as_ref().map(|proof| &proof.told),
            "execution": self.proof.as_ref().and_then(|proof| proof.execution.as_ref()),
        })
    }
}

fn count(all: &[Found], verdict: Verdict) -> usize {
    all.iter()
        .filter(|found| found.verdict() == verdict)
        .count()
}

fn heading(width: usize, platforms: &[Platform]) -> String {
    let names = platforms.iter().map(|platform| platform.name());
    row(width, "model", names.map(str::to_owned))
}

fn line(width: usize, model: &str, found: &[Found]) -> String {
    row(width, model, found.iter().map(Found::word))
}

fn row(width: usize, name: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: String = cells.map(|cell| format!("{cell:<CELL$}")).collect();
    format!("{}\n", format!("{name:<width$}{cells}").trim_end())
}

/// What stands below the table.
fn remarks(all: &[Found], fleet: &Fleet, is_derived: bool) -> String {
    if !is_derived {
        return "\n– unsupported; `assay matrix --derived` shows what this machine makes of it\n"
            .to_owned();
    }
    let [as_declared, better, contradictions] =
        [Verdict::AsDeclared, Verdict::Better, Verdict::Contradiction]
            .map(|verdict| count(all, verdict));
    let mut text = format!(
        "\n{as_declared} as declared, {better} better than declared (+), {contradictions} contradictions (!); – unsupported\n"
    );
    for (platform, proof) in fleet.absent() {
        text += &format!("{platform} absent: {}\n", proof.told);
    }
    for found in all {
        if let (Verdict::Contradiction, Some(proof)) = (found.verdict(), &found.proof) {
            text += &format!("{} on {}: {}\n", found.model, found.platform, proof.told);
        }
    }
    text
}
