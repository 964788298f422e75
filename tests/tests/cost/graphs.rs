//! The graphs of the reference checkpoints: those exported here and those they ship.

use std::fs;
use std::path::{Path, PathBuf};

use generated::CATALOG;
use runtime::export::outline::Outline;
use runtime::export::propagate::Givens;
use runtime::export::{ExportOptions, export};
use runtime::processor::image::ImageProcessor;
use runtime::verify::model_of;
use tempfile::TempDir;
use workspace_tests::{
    DECODER_FAMILIES, FAMILIES, JOINT_FAMILIES, SCENE_FAMILIES, SEEING_FAMILIES, SEQUENCE_FAMILIES,
    SOUND_FAMILIES, TOWER_FAMILIES, VOICE_FAMILIES, reference,
};

/// Every reference checkpoint whose family has a graph builder.
pub(crate) fn families() -> Vec<&'static str> {
    let all: [&[&str]; 9] = [
        &FAMILIES,
        &DECODER_FAMILIES,
        &JOINT_FAMILIES,
        &SCENE_FAMILIES,
        &SEEING_FAMILIES,
        &SEQUENCE_FAMILIES,
        &SOUND_FAMILIES,
        &TOWER_FAMILIES,
        &VOICE_FAMILIES,
    ];
    all.concat()
}

/// A reference checkpoint's graphs, exported with `options` and with pictures of its own size.
pub(crate) struct Exported {
    folder: TempDir,
    /// Stems of the files' names.
    pub(crate) names: Vec<&'static str>,
}

impl Exported {
    pub(crate) fn new(family: &str, options: ExportOptions) -> Self {
        let dir = reference(family);
        let config = serde_json::from_slice(&fs::read(dir.join("config.json")).unwrap()).unwrap();
        let entry = CATALOG.find(model_of(&CATALOG, &config).unwrap()).unwrap();
        let recipe = entry.model.family.architecture.recipe.unwrap();
        let options = ExportOptions {
            image_size: image_size(&dir),
            ..options
        };
        let folder = tempfile::tempdir().unwrap();
        let report = export(&recipe, &dir, &options, folder.path()).unwrap();
        let names = report.graphs.iter().map(|graph| graph.name).collect();
        Self { folder, names }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.onnx"))
    }
}

/// The size that a checkpoint's own processor gives pictures, where it has one.
pub(crate) fn image_size(dir: &Path) -> Option<(u32, u32)> {
    let (height, width) = ImageProcessor::load(dir).ok()?.output_size()?;
    Some((height as u32, width as u32))
}

/// The ONNX files that a reference checkpoint ships.
pub(crate) fn shipped(family: &str) -> Vec<PathBuf> {
    let Ok(listed) = fs::read_dir(reference(family).join("onnx")) else {
        return Vec::new();
    };
    let mut files: Vec<_> = listed.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "onnx"));
    files.sort();
    files
}

/// Lengths of axes, for batches and sequences of a kind.
#[derive(Clone, Copy)]
pub(crate) struct Lengths {
    pub(crate) batch: u64,
    pub(crate) tokens: u64,
    pub(crate) past: u64,
    pub(crate) encoded: u64,
    /// Sides of pictures where the graph leaves them open, in pixels.
    pub(crate) side: u64,
    pub(crate) samples: u64,
}

/// Two sets of lengths that differ in all of them.
pub(crate) const LENGTHS: [Lengths; 2] = [
    Lengths {
        batch: 1,
        tokens: 5,
        past: 4,
        encoded: 9,
        side: 64,
        samples: 1600,
    },
    Lengths {
        batch: 3,
        tokens: 8,
        past: 2,
        encoded: 6,
        side: 96,
        samples: 2000,
    },
];

impl Lengths {
    /// The length of an axis; `None` for one that is a sum of others.
    pub(crate) fn axis(self, outline: &Outline, axis: &str) -> Option<u64> {
        let is_sound = outline
            .graph
            .inputs
            .iter()
            .any(|input| input.name == "input_values");
        Some(match axis {
            "num_channels" => 3,
            "height" | "width" => self.side,
            "past_sequence_length" | "past_decoder_sequence_length" => self.past,
            "encoder_sequence_length" => self.encoded,
            "sequence_length" if is_sound => self.samples,
            "nb_points_per_image" => 2,
            axis if axis.contains(" + ") => return None,
            "text_batch_size" => self.batch + 1,
            axis if axis.contains("batch") => self.batch,
            _ => self.tokens,
        })
    }

    /// The shapes of a graph's inputs at these lengths; `side` is of pictures that the graph wants in one size without
    /// saying so.
    pub(crate) fn of(self, outline: &Outline, side: Option<u64>) -> Givens {
        let length = |axis: &str| match (axis, side) {
            ("height" | "width", Some(side)) => Some(side),
            _ => self.axis(outline, axis),
        };
        outline.shaped(length).unwrap()
    }
}
