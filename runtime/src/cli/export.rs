//! `assay export`: a checkpoint folder as ONNX graphs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use export::{ExportOptions, Head, IdWidth, KvCache, Report, Shapes};

use super::entry;
use super::output::{self, Failure, Format};
use crate::Error;
use crate::cache::{Progress, Terminal};
use crate::catalog::{Catalog, Entry};
use crate::checkpoint::{self, Checkpoint, CheckpointSpec};
use crate::processor::image::ImageProcessor;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A folder in the Hugging Face layout; or, with `--model`, whatever other commands call a checkpoint: `hub`,
    /// `hub:<id>[@revision]`, `synthetic[:<seed>]`, `synthetic:full[:<seed>]` or `reference`.
    checkpoint: CheckpointSpec,
    /// Folder to write the graphs to; it is made where it is not there.
    #[arg(long, short)]
    output: PathBuf,
    /// Format of the graphs.
    #[arg(long, value_enum, default_value_t)]
    to: Target,
    /// Number format of weights and arithmetic.
    #[arg(long, value_enum, default_value_t)]
    precision: PrecisionArgument,
    /// Number format of token ids and masks; WebGPU wants int32.
    #[arg(long, value_enum, default_value_t)]
    ids: IdsArgument,
    /// Lengths for all axes that are symbolic otherwise, as `batch=1,sequence=128`; what axes there are, a wrong name tells.
    #[arg(long = "static", value_name = "AXIS=LENGTH,…", value_delimiter = ',', value_parser = length)]
    lengths: Vec<(String, u64)>,
    /// What a decoder remembers: `growing`, `fixed:PLACES` or `none`.
    #[arg(long, value_name = "CACHE", default_value = "growing", value_parser = cache)]
    kv_cache: KvCache,
    /// Leave out the head that the checkpoint was saved with.
    #[arg(long)]
    base: bool,
    /// Model to take it for; by default the one whose architecture the folder's `config.json` names.
    #[arg(long)]
    model: Option<String>,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Target {
    /// What every platform here reads.
    #[default]
    Onnx,
    /// Not written here; see the message.
    OpenvinoIr,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum PrecisionArgument {
    #[default]
    Fp32,
    Fp16,
    Bf16,
}

impl From<PrecisionArgument> for export::Precision {
    fn from(argument: PrecisionArgument) -> Self {
        match argument {
            PrecisionArgument::Fp32 => Self::Fp32,
            PrecisionArgument::Fp16 => Self::Fp16,
            PrecisionArgument::Bf16 => Self::Bf16,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum IdsArgument {
    #[default]
    Int64,
    Int32,
}

/// Why there is no way to OpenVINO's own format. Its C interface (`openvino/c/ov_model.h`) reads and compiles models and saves
/// none; `ov_compiled_model_export_model` writes what one device compiled. `ov::save_model` is C++ and Python only.
const NO_IR: &str = "OpenVINO's C library, the one that comes with its provider, reads models and cannot save them, so no IR is \
written here; the openvino platform reads ONNX as it is (`--to onnx`), and OpenVINO's own `ovc model.onnx` makes IR of it";

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.to == Target::OpenvinoIr {
        return Err(Failure::bad_input(NO_IR));
    }
    let (entry, checkpoint) = chosen(catalog, arguments)?;
    let architecture = entry.model.family.architecture;
    let recipe = architecture.recipe.ok_or(Error::NoBuilder {
        architecture: architecture.name,
    })?;
    let options = ExportOptions {
        precision: arguments.precision.into(),
        ids: match arguments.ids {
            IdsArgument::Int64 => IdWidth::Int64,
            IdsArgument::Int32 => IdWidth::Int32,
        },
        head: if arguments.base {
            Head::Base
        } else {
            Head::Auto
        },
        image_size: image_size(checkpoint.root())?,
        shapes: shapes(&arguments.lengths)?,
        cache: arguments.kv_cache,
        ..ExportOptions::default()
    };
    fs::create_dir_all(&arguments.output).map_err(|error| {
        Failure::failed(format!(
            "cannot make {}: {error}",
            arguments.output.display()
        ))
    })?;
    let progress = Terminal::new();
    progress.started(&format!("exporting {}", checkpoint.identity()), None);
    let report = export::export(&recipe, checkpoint.root(), &options, &arguments.output);
    progress.finished();
    let report = report.map_err(Error::from)?;
    match arguments.format {
        Format::Text => output::print(&table(&report)),
        Format::Json => output::print_json(&json(&report)),
    }
}

/// The model and its checkpoint.
fn chosen(
    catalog: &Catalog,
    arguments: &Arguments,
) -> Result<(&'static Entry, Checkpoint), Failure> {
    let model = arguments.model.as_deref();
    if let CheckpointSpec::Folder(folder) = &arguments.checkpoint {
        let checkpoint = Checkpoint::local(folder).map_err(Error::from)?;
        let entry = entry::of_checkpoint(catalog, model, &checkpoint)?;
        return Ok((entry, checkpoint));
    }
    let model = model.ok_or_else(|| {
        Failure::bad_input(format!(
            "`{}` is no folder, so the model must be named: add `--model <id>`",
            arguments.checkpoint
        ))
    })?;
    let entry = entry::named(catalog, model)?;
    let policy = checkpoint::Policy::from_env().map_err(Error::from)?;
    let spec = &arguments.checkpoint;
    let resolved = checkpoint::resolve(spec, entry.model, &policy, &Terminal::new());
    Ok((entry, resolved.map_err(Error::from)?))
}

/// An axis and its length.
pub(super) fn length(text: &str) -> Result<(String, u64), String> {
    let pair = text.split_once('=').and_then(|(axis, length)| {
        let length = length.parse().ok().filter(|length| *length > 0)?;
        Some((axis.to_owned(), length))
    });
    pair.ok_or_else(|| format!("`{text}` is no axis with its length; expected `batch=1`"))
}

fn cache(text: &str) -> Result<KvCache, String> {
    let fixed = |places: &str| places.parse().ok().filter(|places| *places > 0);
    match text.split_once(':') {
        Some(("fixed", places)) => fixed(places).map(KvCache::Fixed),
        None if text == "growing" => Some(KvCache::Growing),
        None if text == "none" => Some(KvCache::None),
        _ => None,
    }
    .ok_or_else(|| format!("`{text}` is no cache; allowed: growing, fixed:256, none"))
}

/// The lengths of axes, each given once.
fn shapes(lengths: &[(String, u64)]) -> Result<Shapes, Failure> {
    if lengths.is_empty() {
        return Ok(Shapes::Symbolic);
    }
    let bound: BTreeMap<_, _> = lengths.iter().cloned().collect();
    if bound.len() < lengths.len() {
        return Err(Failure::bad_input(
            "an axis has two lengths; give it one".to_owned(),
        ));
    }
    Ok(Shapes::Static(bound))
}

/// Height and width that the own processor of the checkpoint in a folder gives pictures, where it has one.
pub(super) fn image_size(root: &Path) -> Result<Option<(u32, u32)>, Failure> {
    if !root.join("preprocessor_config.json").is_file() {
        return Ok(None);
    }
    // Other processors than those of pictures share the file; their graphs have no picture size.
    let Ok(processor) = ImageProcessor::load(root) else {
        return Ok(None);
    };
    let pixels = |side: usize| {
        u32::try_from(side).map_err(|_| Failure::bad_input(format!("pictures of {side} pixels")))
    };
    match processor.output_size() {
        None => Ok(None),
        Some((height, width)) => Ok(Some((pixels(height)?, pixels(width)?))),
    }
}

fn bytes(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

fn table(report: &Report) -> String {
    let mut text = format!("{:<48}  {:>12}  {:>6}\n", "file", "bytes", "nodes");
    for graph in &report.graphs {
        for (index, file) in graph.files.iter().enumerate() {
            let nodes = if index == 0 {
                graph.nodes.to_string()
            } else {
                String::new()
            };
            text.push_str(&format!(
                "{:<48}  {:>12}  {nodes:>6}\n",
                file.display(),
                bytes(file)
            ));
        }
    }
    text.push_str(&format!(
        "{} parameters, opset {}\n",
        report.parameters, report.opset
    ));
    text
}

fn json(report: &Report) -> serde_json::Value {
    let graph = |graph: &export::GraphReport| {
        let file = |file: &PathBuf| serde_json::json!({ "path": file, "bytes": bytes(file) });
        serde_json::json!({
            "name": graph.name,
            "files": graph.files.iter().map(file).collect::<Vec<_>>(),
            "nodes": graph.nodes,
            "inputs": graph.inputs,
            "outputs": graph.outputs,
        })
    };
    serde_json::json!({
        "graphs": report.graphs.iter().map(graph).collect::<Vec<_>>(),
        "parameters": report.parameters,
        "opset": report.opset,
    })
}
