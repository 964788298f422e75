//! Usual lengths of axes, for inputs of which a caller says little.

use std::collections::BTreeMap;

use export::outline::{Axis, Outline};

use super::Givens;
use crate::error::Error;

/// Tokens of a text.
const TOKENS: u64 = 128;
/// Samples of a sound: a second of them.
const SAMPLES: u64 = 16_000;
/// Frames of a spectrogram.
const FRAMES: u64 = 64;
/// Pixels of a picture's sides.
const SIDE: u64 = 256;

/// Shapes of a graph's inputs: lengths that are chosen, by the names of axes, and usual ones elsewhere. These are batches of
/// 1, 128 tokens, no past, a second of sound, and pictures of 256 x 256 pixels in three colours.
///
/// # Errors
/// An axis of which nothing is usual and that none is chosen for.
pub fn usual(outline: &Outline, chosen: &BTreeMap<String, u64>) -> Result<Givens, Error> {
    let is_sound = has_input(outline, "input_values");
    let length = |axis: &str| {
        let usual = || {
            Some(match axis {
                // A sum is that of its parts.
                axis if axis.contains(" + ") => return None,
                axis if axis.starts_with("past_") => 0,
                axis if axis.contains("batch") => 1,
                "sequence_length" if is_sound => SAMPLES,
                axis if axis.ends_with("sequence_length") => TOKENS,
                "height" | "width" => SIDE,
                "num_channels" => 3,
                "time_length" => FRAMES,
                // Noise of which as much is used as there are letters or frames.
                axis if axis.ends_with("noise_length") => TOKENS,
                _ => return None,
            })
        };
        chosen.get(axis).copied().or_else(usual)
    };
    Ok(outline.shaped(length)?)
}

/// The axes of tokens and samples, and of items, that `--sequence` and `--batch` stand for.
pub(crate) fn stands_for(axis: &str, is_batch: bool) -> bool {
    if is_batch {
        axis.contains("batch")
    } else {
        axis.ends_with("sequence_length") && !axis.starts_with("past_")
    }
}

/// The names of all axes that a length can be chosen for.
pub(crate) fn axes(outline: &Outline) -> Vec<&str> {
    let mut axes = outline.axes();
    let inputs = outline.graph.inputs.iter();
    let sums = inputs.flat_map(|input| input.axes.as_deref().unwrap_or_default());
    axes.extend(sums.filter_map(|axis| match axis {
        Axis::Named(name) if name.contains(" + ") => Some(name.as_str()),
        _ => None,
    }));
    axes
}

fn has_input(outline: &Outline, name: &str) -> bool {
    outline.graph.inputs.iter().any(|input| input.name == name)
}
