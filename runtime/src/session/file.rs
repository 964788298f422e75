//! Where the graphs' ONNX files come from: the checkpoint itself, or our export of it from the cache.

use std::path::PathBuf;

use export::outline::Outline;
use export::recipe::Recipe;
use export::{ExportOptions, GraphAxes, Shapes};

use super::{GraphSource, LoadOptions};
use crate::cache::{Cache, Progress};
use crate::catalog::{GraphForm, Model, Precision};
use crate::checkpoint::Checkpoint;
use crate::engine::Counter;
use crate::error::Error;
use crate::task::Task;

/// Weights of more bytes than this stand in a file of their own beside a graph of the cache. It is mapped, where weights within
/// a graph are read and copied: opening takes half as long and half the memory, on OpenVINO a tenth and less than half.
pub(crate) const MAPPED_ABOVE: u64 = 64 << 20;

/// Checks that there is a way to the graph at all, before anything is fetched for it.
pub(super) fn check_builder(model: &Model, options: &LoadOptions) -> Result<(), Error> {
    match options.graph {
        GraphSource::Shipped => Ok(()),
        GraphSource::Own => recipe(model).map(drop),
    }
}

fn recipe(model: &Model) -> Result<Recipe, Error> {
    let architecture = &model.family.architecture;
    architecture.recipe.ok_or(Error::NoBuilder {
        architecture: architecture.name,
    })
}

/// Where the graphs of an export are.
#[derive(Clone)]
pub(super) enum Graphs {
    /// In the cache, as files with their weights.
    Written,
    /// With an engine that counts, as outlines of what this `config.json` describes.
    Outlined {
        /// The engine.
        counter: Counter,
        /// The configuration.
        config: String,
    },
}

/// An export of a model's checkpoint.
pub(super) struct Export {
    pub(super) model: &'static Model,
    pub(super) recipe: Recipe,
    pub(super) checkpoint: Checkpoint,
    /// What all graphs of the session are exported with.
    pub(super) options: ExportOptions,
    /// Where its graphs are.
    pub(super) graphs: Graphs,
}

impl Export {
    /// The export that a task needs.
    pub(super) fn of<T: Task>(
        model: &'static Model,
        checkpoint: &Checkpoint,
        processor: &T::Processor,
        precision: Precision,
        form: GraphForm,
        graphs: &Graphs,
    ) -> Result<Self, Error> {
        let pixels = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        let image_size = T::image_size(processor);
        Ok(Self {
            model,
            recipe: recipe(model)?,
            checkpoint: checkpoint.clone(),
            options: ExportOptions {
                precision: match precision {
                    Precision::Fp32 => export::Precision::Fp32,
                    Precision::Fp16 => export::Precision::Fp16,
                    Precision::Bf16 => export::Precision::Bf16,
                },
                ids: form.ids,
                head: T::HEAD,
                image_size: image_size.map(|(height, width)| (pixels(height), pixels(width))),
                cache: form.kv_cache,
                external_data_above: MAPPED_ABOVE,
                ..ExportOptions::default()
            },
            graphs: graphs.clone(),
        })
    }

    /// The axes of its graphs that can have numbers.
    pub(super) fn axes(&self, options: &ExportOptions) -> Result<Vec<GraphAxes>, Error> {
        let root = self.checkpoint.root();
        Ok(match &self.graphs {
            Graphs::Written => export::axes(&self.recipe, root, options)?,
            Graphs::Outlined { config, .. } => {
                export::axes_of_config(&self.recipe, config, options)?
            }
        })
    }

    /// One graph of an export with these options.
    pub(super) fn file(
        &self,
        stem: &str,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<PathBuf, Error> {
        match &self.graphs {
            Graphs::Written => Ok(self.folder(options, progress)?.join(format!("{stem}.onnx"))),
            Graphs::Outlined { counter, config } => {
                let mut files = self.outlines(counter, config, options)?.into_iter();
                let found = files.find(|(name, _)| *name == stem);
                let (_, file) = found.ok_or(Error::EmptyInput("the export has no such graph"))?;
                Ok(file)
            }
        }
    }

    /// Gives the graphs of an export with these options to the engine that counts.
    fn outlines(
        &self,
        counter: &Counter,
        config: &str,
        options: &ExportOptions,
    ) -> Result<Vec<(&'static str, PathBuf)>, Error> {
        let outlines =
            |options: &ExportOptions| export::outlines_of_config(&self.recipe, config, options);
        let symbolic = outlines(&ExportOptions {
            shapes: Shapes::Symbolic,
            ..options.clone()
        })?;
        let graphs = outlines(options)?.into_iter().zip(&symbolic);
        let add = |((stem, outline), (_, named)): (_, &(_, Outline))| {
            (stem, counter.add(stem, outline, named))
        };
        Ok(graphs.map(add).collect())
    }

    /// The folder of an export, made once for each content of checkpoint, recipe and options.
    fn folder(&self, options: &ExportOptions, progress: &dyn Progress) -> Result<PathBuf, Error> {
        let root = self.checkpoint.root();
        let print = export::fingerprint(&self.recipe, root, options)?;
        let name = self.model.family.architecture.name;
        let entry = format!("{}/{name}-{print}", self.checkpoint.exports());
        Cache::from_env()?.ensure(&entry, progress, |folder| {
            export::export(&self.recipe, root, options, folder)?;
            Ok(())
        })
    }

    /// The ONNX files of the export that a task runs, by their stems.
    pub(super) fn files<T: Task>(
        &self,
        progress: &dyn Progress,
    ) -> Result<Vec<(&'static str, PathBuf)>, Error> {
        let chosen = match &self.graphs {
            Graphs::Written => {
                let folder = self.folder(&self.options, progress)?;
                let file = |stem: &str| Some(folder.join(format!("{stem}.onnx")));
                choose::<T>(|stem| file(stem).filter(|file| file.is_file()))
            }
            Graphs::Outlined { counter, config } => {
                let files = self.outlines(counter, config, &self.options)?;
                let of = |stem: &str| files.iter().find(|(name, _)| *name == stem);
                choose::<T>(|stem| of(stem).map(|(_, file)| file.clone()))
            }
        };
        chosen.ok_or_else(|| Error::NoGraphs {
            model: self.model.id,
            files: wanted::<T>(),
        })
    }
}

/// The ONNX files that a checkpoint ships and a task runs, by their stems.
pub(super) fn shipped<T: Task>(
    checkpoint: &Checkpoint,
) -> Result<Vec<(&'static str, PathBuf)>, Error> {
    choose::<T>(|stem| checkpoint.file(&format!("onnx/{stem}.onnx"))).ok_or_else(|| {
        Error::NothingShipped {
            checkpoint: checkpoint.identity(),
            files: wanted::<T>(),
        }
    })
}

/// The first set of graphs that the task can run and whose files are all there.
fn choose<T: Task>(file: impl Fn(&str) -> Option<PathBuf>) -> Option<Vec<(&'static str, PathBuf)>> {
    let files = |set: &&[&'static str]| -> Option<Vec<_>> {
        set.iter().map(|stem| Some((*stem, file(stem)?))).collect()
    };
    T::GRAPHS.iter().find_map(files)
}

/// The sets of files that the task can run, in words.
pub(super) fn wanted<T: Task>() -> String {
    let sets: Vec<_> = T::GRAPHS
        .iter()
        .map(|set| format!("{}.onnx", set.join(".onnx + ")))
        .collect();
    sets.join(", or ")
}
