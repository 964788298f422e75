//! `assay cost`: what a model's graphs compute and move, without running them.

mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::Args;
use export::ExportOptions;
use export::outline::{Numbers, Outline};

use super::entry;
use super::export::{PrecisionArgument, image_size, length};
use super::output::{self, Failure, Format};
use crate::Error;
use crate::cache::Terminal;
use crate::catalog::{Catalog, Entry};
use crate::checkpoint::{self, Checkpoint, CheckpointSpec, SyntheticSize};
use crate::cost::{self, Decided, Givens, GraphCost};
use crate::session::GraphSource;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Model id or family, a checkpoint's folder, a `config.json` without weights, or an ONNX file.
    model: String,
    /// Checkpoint of a model id: `hub`, `hub:<id>[@revision]`, `synthetic`, `synthetic:full`, `reference`, a folder or a GGUF
    /// file. Synthetic ones are told by their configuration alone: no weights are made.
    #[arg(long, default_value = "hub")]
    checkpoint: String,
    /// Graphs: `own` (as exported here) or `shipped` (the checkpoint's `onnx/` folder).
    #[arg(long, default_value = "own")]
    onnx: GraphSource,
    /// Number format of weights and arithmetic of own graphs.
    #[arg(long, value_enum, default_value_t)]
    precision: PrecisionArgument,
    /// Items of a batch.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    batch: Option<u64>,
    /// Tokens of a text, or samples of a sound.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    sequence: Option<u64>,
    /// Lengths of other axes, as `past_sequence_length=512`; what axes there are, a wrong name tells.
    #[arg(long = "axis", value_name = "AXIS=LENGTH,…", value_delimiter = ',', value_parser = length)]
    axes: Vec<(String, u64)>,
    /// Integers that a branch or a length depends on, by the input's or value's name, as `use_cache_branch=1`.
    #[arg(long = "given", value_name = "NAME=INTEGER,…", value_delimiter = ',', value_parser = given)]
    given: Vec<(String, i64)>,
    /// Number of nodes to list, the most expensive ones.
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A graph with its name, what it is fed, and what it costs.
struct Costed {
    name: String,
    givens: Givens,
    cost: GraphCost,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let graphs = graphs(catalog, arguments)?;
    let chosen = lengths(arguments, &graphs)?;
    check_given(arguments, &graphs)?;
    let mut costs = Vec::with_capacity(graphs.len());
    for (name, outline) in graphs {
        let mut givens = cost::usual(&outline, &chosen)?;
        let decided = decided(&arguments.given, &outline, &mut givens)?;
        let cost = GraphCost::deciding(&outline, &givens, &decided)?;
        costs.push(Costed { name, givens, cost });
    }
    match arguments.format {
        Format::Text => output::print(&table::table(&costs, arguments.top)),
        Format::Json => output::print_json(&costs.iter().map(json).collect()),
    }
}

fn json(costed: &Costed) -> serde_json::Value {
    let shapes: serde_json::Map<_, _> = costed
        .givens
        .iter()
        .map(|(name, given)| (name.clone(), given.shape.clone().into()))
        .collect();
    let mut json = costed.cost.to_json();
    json["graph"] = costed.name.clone().into();
    json["inputs"] = shapes.into();
    json
}

/// The graphs that are asked for, by their names.
fn graphs(catalog: &Catalog, arguments: &Arguments) -> Result<Vec<(String, Outline)>, Failure> {
    let path = Path::new(&arguments.model);
    let ending = path.extension().and_then(|ending| ending.to_str());
    if ending == Some("onnx") {
        return Ok(vec![file(path)?]);
    }
    if ending == Some("json") {
        return of_config(catalog, path, arguments);
    }
    let (entry, checkpoint) = if path.is_dir() {
        let checkpoint = Checkpoint::local(path).map_err(Error::from)?;
        (
            entry::of_checkpoint(catalog, None, &checkpoint)?,
            checkpoint,
        )
    } else {
        let entry = entry::named(catalog, &arguments.model)?;
        let spec: CheckpointSpec = arguments.checkpoint.parse().map_err(Error::from)?;
        if let CheckpointSpec::Synthetic { size, .. } = spec
            && arguments.onnx == GraphSource::Own
        {
            return of_synthetic(entry, size, arguments);
        }
        let policy = checkpoint::Policy::from_env().map_err(Error::from)?;
        let resolved = checkpoint::resolve(&spec, entry.model, &policy, &Terminal::new());
        (entry, resolved.map_err(Error::from)?)
    };
    if arguments.onnx == GraphSource::Shipped {
        return shipped(&checkpoint);
    }
    let options = ExportOptions {
        image_size: image_size(checkpoint.root())?,
        ..options(arguments)
    };
    let outlines = export::outlines(&recipe(entry)?, checkpoint.root(), &options);
    Ok(owned(outlines.map_err(Error::from)?))
}

fn options(arguments: &Arguments) -> ExportOptions {
    ExportOptions {
        precision: arguments.precision.into(),
        ..ExportOptions::default()
    }
}

fn owned(outlines: Vec<(&'static str, Outline)>) -> Vec<(String, Outline)> {
    let owned = outlines.into_iter();
    owned
        .map(|(name, outline)| (name.to_owned(), outline))
        .collect()
}

fn recipe(entry: &Entry) -> Result<export::recipe::Recipe, Error> {
    let architecture = &entry.model.family.architecture;
    architecture.recipe.ok_or(Error::NoBuilder {
        architecture: architecture.name,
    })
}

/// The graphs of a synthetic checkpoint, which need no weights.
fn of_synthetic(
    entry: &Entry,
    size: SyntheticSize,
    arguments: &Arguments,
) -> Result<Vec<(String, Outline)>, Failure> {
    let files = checkpoint::files(entry.model, size).map_err(Error::from)?;
    let failed = |error: std::io::Error| Failure::failed(format!("no temporary folder: {error}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    checkpoint::describe(entry.model, size, folder.path()).map_err(Error::from)?;
    let options = ExportOptions {
        image_size: image_size(folder.path())?,
        ..options(arguments)
    };
    let outlines = export::outlines_of_config(&recipe(entry)?, files.config, &options);
    Ok(owned(outlines.map_err(Error::from)?))
}

/// The graphs of a configuration without weights.
fn of_config(
    catalog: &Catalog,
    path: &Path,
    arguments: &Arguments,
) -> Result<Vec<(String, Outline)>, Failure> {
    let refuse = |reason: String| Failure::bad_input(format!("{}: {reason}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    let config = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    let entry = entry::named(catalog, crate::verify::model_of(catalog, &config)?)?;
    let outlines = export::outlines_of_config(&recipe(entry)?, &text, &options(arguments));
    Ok(owned(outlines.map_err(Error::from)?))
}

/// The graphs that a checkpoint carries.
fn shipped(checkpoint: &Checkpoint) -> Result<Vec<(String, Outline)>, Failure> {
    let listed = fs::read_dir(checkpoint.root().join("onnx"));
    let mut files: Vec<_> = listed
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "onnx"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(Error::NothingShipped {
            checkpoint: checkpoint.identity(),
            files: "*.onnx".to_owned(),
        }
        .into());
    }
    files.iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> Result<(String, Outline), Failure> {
    let outline = Outline::read(path).map_err(Error::from)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok((name.into_owned(), outline))
}

/// The lengths that are chosen, by the names of axes.
fn lengths(
    arguments: &Arguments,
    graphs: &[(String, Outline)],
) -> Result<BTreeMap<String, u64>, Failure> {
    let mut axes: Vec<&str> = graphs.iter().flat_map(|(_, g)| cost::axes(g)).collect();
    axes.sort_unstable();
    axes.dedup();
    let none = |what: &str| {
        Failure::bad_input(format!(
            "no graph has {what}; the axes are: {}",
            axes.join(", ")
        ))
    };
    let mut chosen = BTreeMap::new();
    for (length, is_batch, flag) in [
        (arguments.batch, true, "an axis for `--batch`"),
        (arguments.sequence, false, "an axis for `--sequence`"),
    ] {
        let Some(length) = length else { continue };
        let meant = axes
            .iter()
            .filter(|axis| !axis.contains(" + ") && cost::stands_for(axis, is_batch));
        let before = chosen.len();
        chosen.extend(meant.map(|axis| ((*axis).to_owned(), length)));
        if chosen.len() == before {
            return Err(none(flag));
        }
    }
    for (axis, length) in &arguments.axes {
        if !axes.contains(&axis.as_str()) {
            return Err(none(&format!("an axis `{axis}`")));
        }
        chosen.insert(axis.clone(), *length);
    }
    Ok(chosen)
}

/// Checks that every integer that is given is of some graph.
fn check_given(arguments: &Arguments, graphs: &[(String, Outline)]) -> Result<(), Failure> {
    let is_known = |name: &str| {
        graphs
            .iter()
            .any(|(_, outline)| is_input(outline, name) || is_inner(outline, name))
    };
    match arguments.given.iter().find(|(name, _)| !is_known(name)) {
        None => Ok(()),
        Some((name, _)) => Err(Failure::bad_input(format!(
            "no graph has an input or a value `{name}`"
        ))),
    }
}

fn is_input(outline: &Outline, name: &str) -> bool {
    outline.graph.inputs.iter().any(|input| input.name == name)
}

fn is_inner(outline: &Outline, name: &str) -> bool {
    let mut outputs = outline.graph.nodes.iter().flat_map(|node| &node.outputs);
    outputs.any(|output| output == name)
}

/// Puts integers that are given into the inputs they are of, and gives those of values within the graph.
fn decided(
    given: &[(String, i64)],
    outline: &Outline,
    givens: &mut Givens,
) -> Result<Decided, Failure> {
    /// The most elements of an input that are filled with the integer.
    const MOST: u64 = 1 << 16;
    let mut decided = Decided::new();
    for (name, integer) in given {
        if let Some(input) = givens.get_mut(name) {
            let count = input
                .shape
                .iter()
                .try_fold(1_u64, |all, &n| all.checked_mul(n));
            let count = count.filter(|count| *count <= MOST).ok_or_else(|| {
                Failure::bad_input(format!("`{name}` has more than {MOST} elements"))
            })?;
            input.numbers = Some(Numbers::Integers(vec![*integer; count as usize]));
        } else if is_inner(outline, name) {
            decided.insert(name.clone(), Numbers::Integers(vec![*integer]));
        }
    }
    Ok(decided)
}

/// A name and its integer.
fn given(text: &str) -> Result<(String, i64), String> {
    let pair = text.rsplit_once('=');
    pair.and_then(|(name, integer)| Some((name.to_owned(), integer.parse().ok()?)))
        .ok_or_else(|| {
            format!("`{text}` is no name with its integer; expected `use_cache_branch=1`")
        })
}
