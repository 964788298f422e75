//! Where the graphs' ONNX files come from: the checkpoint itself, or our export of it from the cache.

use std::path::PathBuf;

use export::ExportOptions;
use export::recipe::Recipe;

use super::{GraphSource, LoadOptions};
use crate::cache::{Cache, Progress};
use crate::catalog::{GraphForm, Model, Precision};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::task::Task;

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

/// An export of a model's checkpoint.
pub(super) struct Export {
    pub(super) model: &'static Model,
    pub(super) recipe: Recipe,
    pub(super) checkpoint: Checkpoint,
    /// What all graphs of the session are exported with.
    pub(super) options: ExportOptions,
}

impl Export {
    /// The export that a task needs.
    pub(super) fn of<T: Task>(
        model: &'static Model,
        checkpoint: &Checkpoint,
        processor: &T::Processor,
        precision: Precision,
        form: GraphForm,
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
                ..ExportOptions::default()
            },
        })
    }

    /// The folder of an export, made once for each content of checkpoint, recipe and options.
    pub(super) fn folder(
        &self,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<PathBuf, Error> {
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
        let folder = self.folder(&self.options, progress)?;
        let file =
            |stem: &str| Some(folder.join(format!("{stem}.onnx"))).filter(|file| file.is_file());
        choose::<T>(file).ok_or_else(|| Error::NoGraphs {
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
