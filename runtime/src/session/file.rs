//! Where the graphs' ONNX files come from: the checkpoint itself, or our export of it from the cache.

use std::path::PathBuf;

use export::ExportOptions;
use export::recipe::Recipe;

use super::{GraphSource, LoadOptions};
use crate::cache::Cache;
use crate::catalog::{Model, Precision};
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

/// The ONNX files of a checkpoint that a task runs, by their stems.
pub(super) fn find<T: Task>(
    model: &Model,
    checkpoint: &Checkpoint,
    processor: &T::Processor,
    precision: Precision,
    options: &LoadOptions,
) -> Result<Vec<(&'static str, PathBuf)>, Error> {
    match options.graph {
        GraphSource::Shipped => choose::<T>(|stem| checkpoint.file(&format!("onnx/{stem}.onnx")))
            .ok_or_else(|| Error::NothingShipped {
                checkpoint: checkpoint.identity(),
                files: wanted::<T>(),
            }),
        GraphSource::Own => {
            let folder = exported::<T>(model, checkpoint, processor, precision, options)?;
            let file = |stem: &str| {
                Some(folder.join(format!("{stem}.onnx"))).filter(|file| file.is_file())
            };
            choose::<T>(file).ok_or_else(|| Error::NoGraphs {
                model: model.id,
                files: wanted::<T>(),
            })
        }
    }
}

/// The first set of graphs that the task can run and whose files are all there.
fn choose<T: Task>(file: impl Fn(&str) -> Option<PathBuf>) -> Option<Vec<(&'static str, PathBuf)>> {
    let files = |set: &&[&'static str]| -> Option<Vec<_>> {
        set.iter().map(|stem| Some((*stem, file(stem)?))).collect()
    };
    T::GRAPHS.iter().find_map(files)
}

/// The sets of files that the task can run, in words.
fn wanted<T: Task>() -> String {
    let sets: Vec<_> = T::GRAPHS
        .iter()
        .map(|set| format!("{}.onnx", set.join(".onnx + ")))
        .collect();
    sets.join(", or ")
}

/// The folder of our export, made once for each content of checkpoint, recipe and options.
fn exported<T: Task>(
    model: &Model,
    checkpoint: &Checkpoint,
    processor: &T::Processor,
    precision: Precision,
    options: &LoadOptions,
) -> Result<PathBuf, Error> {
    let architecture = &model.family.architecture;
    let recipe = recipe(model)?;
    let pixels = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let image_size = T::image_size(processor);
    let wanted = ExportOptions {
        precision: export_precision(model, precision)?,
        head: T::HEAD,
        image_size: image_size.map(|(height, width)| (pixels(height), pixels(width))),
        ..ExportOptions::default()
    };
    let print = export::fingerprint(&recipe, checkpoint.root(), &wanted)?;
    let entry = format!("exports/{}-{print}", architecture.name);
    Cache::from_env()?.ensure(&entry, options.progress.as_ref(), |folder| {
        export::export(&recipe, checkpoint.root(), &wanted, folder)?;
        Ok(())
    })
}

fn export_precision(model: &Model, precision: Precision) -> Result<export::Precision, Error> {
    match precision {
        Precision::Fp32 => Ok(export::Precision::Fp32),
        Precision::Fp16 => Ok(export::Precision::Fp16),
        Precision::Bf16 => Err(Error::InvalidInput(format!(
            "`{}` cannot be exported in bf16 yet; fp32 and fp16 can",
            model.id
        ))),
    }
}
