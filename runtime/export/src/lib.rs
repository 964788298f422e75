//! Turns a checkpoint in the Hugging Face layout into an ONNX graph, without Python.
//!
//! A [`recipe::Recipe`] says what distinguishes a family; [`export`] reads the checkpoint's
//! config.json and safetensors and writes the graphs. Checkpoints are untrusted input: whatever
//! is wrong with one is an [`ExportError`].

// The recipes that tests share name this crate as others do.
#[cfg(test)]
extern crate self as export;

mod build;
mod checkpoint;
mod config;
mod error;
mod fingerprint;
pub mod gguf;
mod graph;
mod kernel;
mod onnx;
mod options;
pub mod outline;
pub mod propagate;
pub mod recipe;
mod seeded;
mod shapes;
mod weights;

use std::path::{Path, PathBuf};

pub use build::{LONGEST_BY_DISTANCE, LONGEST_SPEECH_FRAMES, LONGEST_SPOKEN_TEXT};
pub use error::{ExportError, TensorFault, TensorFaultKind};
pub use fingerprint::fingerprint;
pub use kernel::Kernel;
pub use onnx::{GraphListing, ListedNode, bound_axes};
pub use options::{ExportOptions, Head, IdWidth, KvCache, Precision, Shapes};
pub use seeded::Seeded;
pub use shapes::GraphAxes;

use build::{Form, NamedGraph, build};
use checkpoint::Checkpoint;
use config::Config;
use graph::{Bindings, Element};
use outline::Outline;
use recipe::Recipe;
use weights::Weights;

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The graphs, in the order in which a model runs them.
    pub graphs: Vec<GraphReport>,
    /// Number of weights taken from the checkpoint.
    pub parameters: u64,
    /// Version of the ONNX operator set.
    pub opset: i64,
}

/// One graph that an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphReport {
    /// Stem of its file's name: `model`, `encoder_model`.
    pub name: &'static str,
    /// The model, and the file with its weights where they stand apart.
    pub files: Vec<PathBuf>,
    /// Number of nodes.
    pub nodes: usize,
    /// Names of its inputs.
    pub inputs: Vec<String>,
    /// Names of its outputs.
    pub outputs: Vec<String>,
}

/// A tensor that a checkpoint has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParameterSpec {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<u64>,
}

/// Writes the ONNX graphs of a checkpoint into `folder`, under the names that hub exports use: `model.onnx`, or
/// `encoder_model.onnx` and its decoders.
///
/// Weights beyond [`ExportOptions::external_data_above`] go to `<file>_data` beside the graph. The same input gives the
/// same bytes; a file appears whole or not at all; no more than the largest tensor is held in memory.
pub fn export(
    recipe: &Recipe,
    checkpoint_dir: &Path,
    options: &ExportOptions,
    folder: &Path,
) -> Result<Report, ExportError> {
    let mut checkpoint = Checkpoint::open(checkpoint_dir)?;
    checkpoint.rename(recipe.renamed());
    let mut weights = Weights::of(&checkpoint);
    let graphs = graphs(recipe, &checkpoint.config, options, &mut weights)?;
    let tensors = weights.finish()?;
    let mut written = Vec::with_capacity(graphs.len());
    for (name, graph) in &graphs {
        let output = folder.join(format!("{name}.onnx"));
        let files = onnx::write(graph, &checkpoint, &output, options.external_data_above)?;
        let named = |values: &[graph::Value]| {
            let name = |&value: &graph::Value| graph.name(value).to_owned();
            values.iter().map(name).collect()
        };
        written.push(GraphReport {
            name,
            files,
            nodes: graph.nodes.len(),
            inputs: named(&graph.inputs),
            outputs: named(&graph.outputs),
        });
    }
    let elements = |shape: &Vec<u64>| shape.iter().product::<u64>();
    Ok(Report {
        graphs: written,
        parameters: tensors.values().map(elements).sum(),
        opset: onnx::OPSET,
    })
}

/// The axes of a model's graphs that [`Shapes::Static`] is to bind.
///
/// # Errors
/// A checkpoint that [`export`] refuses too.
pub fn axes(
    recipe: &Recipe,
    checkpoint_dir: &Path,
    options: &ExportOptions,
) -> Result<Vec<GraphAxes>, ExportError> {
    let checkpoint = Checkpoint::open(checkpoint_dir)?;
    let mut weights = Weights::of(&checkpoint);
    let form = Form {
        is_static: true,
        ..options.form()
    };
    let graphs = build(recipe, &checkpoint.config, form, &mut weights)?;
    let graphs = options.chosen(graphs)?;
    weights.finish()?;
    Ok(graphs.iter().map(GraphAxes::of).collect())
}

/// The same from a `config.json` alone, where there are no weights.
///
/// # Errors
/// A configuration that [`export`] refuses too.
pub fn axes_of_config(
    recipe: &Recipe,
    config_json: &str,
    options: &ExportOptions,
) -> Result<Vec<GraphAxes>, ExportError> {
    let config = Config::parse(config_json)?;
    let form = Form {
        is_static: true,
        ..options.form()
    };
    let graphs = build(recipe, &config, form, &mut Weights::recording())?;
    let graphs = options.chosen(graphs)?;
    Ok(graphs.iter().map(GraphAxes::of).collect())
}

/// The graphs that [`export`] writes, by the stems of their files' names, without their weights: nothing is written, and of
/// the weight files only the headers are read.
///
/// # Errors
/// A checkpoint that [`export`] refuses too, broken weights aside.
pub fn outlines(
    recipe: &Recipe,
    checkpoint_dir: &Path,
    options: &ExportOptions,
) -> Result<Vec<(&'static str, Outline)>, ExportError> {
    let mut checkpoint = Checkpoint::open(checkpoint_dir)?;
    checkpoint.rename(recipe.renamed());
    let mut weights = Weights::of(&checkpoint);
    let graphs = graphs(recipe, &checkpoint.config, options, &mut weights)?;
    weights.finish()?;
    Ok(outlined(&graphs))
}

/// The same from a `config.json` alone, where there are no weights. The heads are those that its `architectures` name.
///
/// # Errors
/// A configuration that [`export`] refuses too.
pub fn outlines_of_config(
    recipe: &Recipe,
    config_json: &str,
    options: &ExportOptions,
) -> Result<Vec<(&'static str, Outline)>, ExportError> {
    let config = Config::parse(config_json)?;
    let graphs = graphs(recipe, &config, options, &mut Weights::recording())?;
    Ok(outlined(&graphs))
}

fn outlined(graphs: &[NamedGraph]) -> Vec<(&'static str, Outline)> {
    let outlined = |(name, graph): &NamedGraph| (*name, Outline::of(graph));
    graphs.iter().map(outlined).collect()
}

/// The graphs that the options ask for, with numbers for axes where they say so.
fn graphs(
    recipe: &Recipe,
    config: &Config,
    options: &ExportOptions,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let mut built = |form| options.chosen(build(recipe, config, form, weights)?);
    let form = options.form();
    let symbolic = built(form)?;
    let Shapes::Static(lengths) = &options.shapes else {
        return Ok(symbolic);
    };
    let bindings = shapes::bind(&symbolic, lengths)?;
    let mut bound = built(Form { bindings, ..form })?;
    for ((_, graph), (_, symbolic)) in bound.iter_mut().zip(&symbolic) {
        graph.remember_axes(symbolic);
    }
    Ok(bound)
}

/// The tensors a checkpoint with this config.json must have, sorted by name.
///
/// `architectures` in the configuration decides about prefix and head; without it a text encoder is
/// bare with its pooler, and a vision transformer has its classifier.
pub fn parameters(recipe: &Recipe, config_json: &str) -> Result<Vec<ParameterSpec>, ExportError> {
    let config = Config::parse(config_json)?;
    let mut weights = Weights::recording();
    build(
        recipe,
        &config,
        ExportOptions::default().form(),
        &mut weights,
    )?;
    let spec = |(name, shape)| ParameterSpec { name, shape };
    Ok(weights.finish()?.into_iter().map(spec).collect())
}

impl ExportOptions {
    fn form(&self) -> Form {
        Form {
            float: match self.precision {
                Precision::Fp32 => Element::Float32,
                Precision::Fp16 => Element::Float16,
                Precision::Bf16 => Element::BFloat16,
            },
            ids: match self.ids {
                IdWidth::Int64 => Element::Int64,
                IdWidth::Int32 => Element::Int32,
            },
            image_size: self
                .image_size
                .map(|(height, width)| (height.into(), width.into())),
            head: self.head,
            bindings: Bindings::default(),
            is_static: matches!(self.shapes, Shapes::Static(_)),
            cache: self.cache,
        }
    }

    /// The graphs that are to be written.
    fn chosen(&self, graphs: Vec<NamedGraph>) -> Result<Vec<NamedGraph>, ExportError> {
        let Some(only) = &self.only else {
            return Ok(graphs);
        };
        let names: Vec<_> = graphs.iter().map(|(name, _)| *name).collect();
        let chosen: Vec<_> = graphs
            .into_iter()
            .filter(|(name, _)| name == only)
            .collect();
        if chosen.is_empty() {
            return Err(ExportError::NoGraph {
                graph: only.clone(),
                graphs: names.join(", "),
            });
        }
        Ok(chosen)
    }
}
