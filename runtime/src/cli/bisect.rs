//! `assay bisect`: the node at which a model's results on a platform begin to diverge from the CPU's.

use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::Args;

use super::entry;
use super::output::{self, Failure, Format};
use crate::Error;
use crate::bisect::{
    self, Culprit, Difference, GraphFindings, Here, InWorker, Operand, Operands, Settings,
};
use crate::cache::{Cache, Terminal};
use crate::catalog::{Catalog, Platform, Precision};
use crate::checkpoint::CheckpointSpec;
use crate::engine::Recording;
use crate::engine::ort::OrtEngine;
use crate::session::{GraphSource, LoadOptions};

/// Values that hide a divergence or are refused are named up to this many.
const NAMED: usize = 4;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Model id, or a family for its default model.
    model: String,
    /// Platform to compare with the CPU.
    platform: Platform,
    /// Checkpoint: `hub`, `hub:<id>[@revision]`, a folder, `reference`, `synthetic[:<seed>]` or `synthetic:full[:<seed>]`.
    #[arg(long, default_value = "hub")]
    checkpoint: String,
    /// Graphs: `own` (exported here) or `shipped` (the checkpoint's `onnx/` folder).
    #[arg(long, default_value = "own")]
    onnx: GraphSource,
    /// Precision of weights and arithmetic; the cell's first by default.
    #[arg(long)]
    precision: Option<Precision>,
    /// The one graph to look into, such as `encoder_model`; all in the order in which they run by default.
    #[arg(long)]
    graph: Option<String>,
    /// Which run of each graph to compare; models that generate run theirs once a token.
    #[arg(long, default_value = "1", value_name = "NUMBER")]
    run: NonZeroUsize,
    /// Largest |cpu - platform| / max(1, largest |cpu|) that counts as equal; that of the contract by default.
    #[arg(long, value_parser = tolerance)]
    tolerance: Option<f64>,
    /// Compare every value in order, even where the outputs agree.
    #[arg(long)]
    every_node: bool,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn tolerance(text: &str) -> Result<f64, String> {
    let bound = text.parse().ok().filter(|bound| (0.0..1e6).contains(bound));
    bound.ok_or_else(|| format!("`{text}` is no tolerance; expected a number such as `1e-4`"))
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let platform = arguments.platform;
    if platform == Platform::Cpu {
        let reason = "cpu is what platforms are compared with; name another one";
        return Err(Failure::bad_input(reason));
    }
    let entry = entry::named(catalog, &arguments.model)?;
    let skill = entry.skill(platform)?;
    let progress = Arc::new(Terminal::new());
    let options = LoadOptions {
        checkpoint: arguments
            .checkpoint
            .parse::<CheckpointSpec>()
            .map_err(Error::from)?,
        graph: arguments.onnx,
        precision: arguments.precision,
        progress: progress.clone(),
        ..LoadOptions::default()
    };
    let recorded = skill.record(&options, arguments.run)?;
    let wanted = chosen(&recorded.graphs, arguments.graph.as_deref())?;
    let mut cpu = Here(Box::new(OrtEngine::load(Platform::Cpu, progress.as_ref())?));
    let mut other = InWorker::of_this_program(platform)?;
    let precision = arguments
        .precision
        .or(skill.cell().precisions.first().copied());
    let folder = Cache::from_env().map_err(Error::from)?.root().to_owned();
    let settings = Settings {
        bound: arguments.tolerance,
        precision: precision.unwrap_or(Precision::Fp32),
        platform,
        is_every_node: arguments.every_node,
        folder: &folder,
        progress: progress.as_ref(),
    };
    let mut found = Vec::new();
    for recording in wanted {
        found.push(bisect::bisect(recording, &mut cpu, &mut other, &settings)?);
    }
    match arguments.format {
        Format::Json => output::print_json(&serde_json::json!({
            "model": entry.model.id,
            "platform": platform.name(),
            "checkpoint": recorded.checkpoint,
            "diverges": found.iter().any(GraphFindings::diverges),
            "graphs": found.iter().map(GraphFindings::to_json).collect::<Vec<_>>(),
        }))?,
        Format::Text => {
            let texts: Vec<_> = found.iter().map(|graph| text(graph, platform)).collect();
            output::print(&texts.join("\n"))?;
        }
    }
    conclusion(&found)
}

/// The recordings of the graphs that are asked for, one a stem.
fn chosen<'r>(
    recorded: &'r [Recording],
    graph: Option<&str>,
) -> Result<Vec<&'r Recording>, Failure> {
    let stem = |recording: &Recording| {
        let stem = recording.graph.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    };
    let mut stems: Vec<String> = Vec::new();
    let mut chosen = Vec::new();
    for recording in recorded {
        let stem = stem(recording);
        // Static graphs have a file for each length; the first that ran stands for them.
        if stems.contains(&stem) {
            continue;
        }
        if graph.is_none_or(|graph| graph == stem) {
            chosen.push(recording);
        }
        stems.push(stem);
    }
    match graph {
        Some(graph) if chosen.is_empty() => Err(Failure::bad_input(format!(
            "the model runs no graph `{graph}`; it runs: {}",
            stems.join(", ")
        ))),
        _ => Ok(chosen),
    }
}

/// Success where nothing diverges, else where it begins.
fn conclusion(found: &[GraphFindings]) -> Result<(), Failure> {
    let diverging: Vec<_> = found.iter().filter(|graph| graph.diverges()).collect();
    let Some(first) = diverging.first() else {
        return Ok(());
    };
    let begins = first.culprit.as_ref().map_or_else(String::new, |culprit| {
        format!("; `{}` first, at {}", first.name, culprit.name())
    });
    Err(Failure::failed(format!(
        "{} of {} graphs diverge{begins}",
        diverging.len(),
        found.len()
    )))
}

/// What was found of one graph, for people.
fn text(graph: &GraphFindings, platform: Platform) -> String {
    let mut text = format!(
        "{} (run {}): {} nodes, {}\n",
        graph.name, graph.run, graph.nodes, graph.execution
    );
    text.push_str(&heading("outputs"));
    for (name, difference) in &graph.outputs {
        text.push_str(&line(name, difference, platform));
    }
    match &graph.culprit {
        Some(culprit) => text.push_str(&told(culprit, platform)),
        None if graph.diverges() => text.push_str("no node was found that diverges\n"),
        None if graph.is_every_node => text.push_str("no node diverges\n"),
        None => text.push_str(
            "no node diverges so that an output does; `--every-node` compares them all\n",
        ),
    }
    if let (None, Some((_, reason))) = (&graph.culprit, graph.refused.first()) {
        text.push_str(&format!(
            "could not be looked at: {} ({reason})\n",
            named(graph.refused.iter().map(|(name, _)| name.clone()).collect())
        ));
    }
    text + &format!(
        "{} of {} values compared in {} runs on both sides\n",
        graph.compared, graph.values, graph.looks
    )
}

fn heading(title: &str) -> String {
    format!(
        "  {title:<56}  {:>10}  {:>9}  type and shape\n",
        "difference", "tolerance"
    )
}

fn line(name: &str, difference: &Difference, platform: Platform) -> String {
    let Difference {
        dtype,
        shape,
        deviation,
        tolerance,
        ..
    } = difference;
    let mut text =
        format!("    {name:<54}  {deviation:>10.1e}  {tolerance:>9.0e}  {dtype} {shape:?}\n");
    if let Some(mismatch) = &difference.mismatch {
        text.push_str(&format!("      {mismatch}\n"));
    }
    if let Some(at) = difference.at.as_ref().filter(|_| difference.diverges()) {
        let (index, cpu, found) = (&at.index, at.cpu, at.platform);
        text.push_str(&format!(
            "      DIVERGES at {index:?}: {cpu} on cpu, {found} on {platform}\n"
        ));
    }
    text
}

/// The node at which a divergence begins.
fn told(culprit: &Culprit, platform: Platform) -> String {
    let mut text = format!(
        "first node that diverges: {} ({})\n",
        culprit.name(),
        culprit.operator
    );
    let operands = |title: &str, operands: &Operands| {
        let mut text = heading(title);
        for (name, operand) in operands {
            text.push_str(&match operand {
                Operand::Compared(difference) => line(name, difference, platform),
                Operand::Same(what) => format!("    {name:<54}  {what}\n"),
                Operand::Unseen => format!("    {name:<54}  not looked at\n"),
            });
        }
        text
    };
    text.push_str(&operands("takes", &culprit.inputs));
    text.push_str(&operands("gives", &culprit.outputs));
    text.push_str(if culprit.is_confirmed {
        "the divergence is still there with all of these as outputs\n"
    } else {
        "with all of these as outputs the divergence vanishes: a fusion of nodes takes part in it\n"
    });
    if !culprit.hiding.is_empty() {
        text.push_str(&format!(
            "with one of these before it as output the divergence vanishes, as a fusion across it does: {}\n",
            named(culprit.hiding.clone())
        ));
    }
    if let Some((_, reason)) = culprit.refused.first() {
        let names: Vec<_> = culprit
            .refused
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        text.push_str(&format!(
            "could not be looked at before it: {} ({reason})\n",
            named(names)
        ));
    }
    text
}

/// Names in words, the first few of many.
fn named(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
