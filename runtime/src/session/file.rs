//! Where a graph's ONNX file comes from: the checkpoint itself, or our export of it from the cache.

use std::path::PathBuf;

use export::ExportOptions;
use export::recipe::Recipe;

use super::{GraphSource, LoadOptions};
use crate::cache::Cache;
use crate::catalog::{Model, Precision};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::task::Task;

/// File name of a graph, as hub exports call it.
const MODEL_FILE: &str = "model.onnx";

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

/// The ONNX file of a checkpoint, for images of the given `(height, width)` where the model takes images.
pub(super) fn find<T: Task>(
    model: &Model,
    checkpoint: &Checkpoint,
    image_size: Option<(usize, usize)>,
    precision: Precision,
    options: &LoadOptions,
) -> Result<PathBuf, Error> {
    match options.graph {
        GraphSource::Shipped => shipped(checkpoint),
        GraphSource::Own => exported::<T>(model, checkpoint, image_size, precision, options),
    }
}

fn shipped(checkpoint: &Checkpoint) -> Result<PathBuf, Error> {
    const FILE: &str = "onnx/model.onnx";
    checkpoint.file(FILE).ok_or_else(|| Error::NothingShipped {
        checkpoint: checkpoint.identity(),
        file: FILE,
    })
}

/// Our export, made once for each content of checkpoint, recipe and options.
fn exported<T: Task>(
    model: &Model,
    checkpoint: &Checkpoint,
    image_size: Option<(usize, usize)>,
    precision: Precision,
    options: &LoadOptions,
) -> Result<PathBuf, Error> {
    let architecture = &model.family.architecture;
    let recipe = recipe(model)?;
    let pixels = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let wanted = ExportOptions {
        precision: export_precision(model, precision)?,
        head: T::HEAD,
        image_size: image_size.map(|(height, width)| (pixels(height), pixels(width))),
        ..ExportOptions::default()
    };
    let print = export::fingerprint(&recipe, checkpoint.root(), &wanted)?;
    let entry = format!("exports/{}-{print}", architecture.name);
    let folder = Cache::from_env()?.ensure(&entry, options.progress.as_ref(), |folder| {
        export::export(
            &recipe,
            checkpoint.root(),
            &wanted,
            folder,
        )?;
        Ok::<_, Error>(())
    })?;
    Ok(folder.join(MODEL_FILE))
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
