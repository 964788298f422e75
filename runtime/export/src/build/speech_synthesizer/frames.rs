//! From letters to frames: every letter is held for as many frames as it lasts.

use super::noise::Noise;
use super::{LONGEST_SPEECH_FRAMES, Letters};
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Reduction, Value};

/// The frames of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frames {
    /// Frames of every letter, `(batch, 1, sequence)` in single precision.
    pub(super) durations: Value,
    /// Frames of every text, `(batch, 1, 1)` in single precision.
    pub(super) count: Value,
    /// 1 for every frame of a text, else 0: `(batch, 1, frames)`.
    pub(super) mask: Value,
    /// 1 where a frame belongs to a letter, else 0: `(batch, sequence, frames)`.
    alignment: Value,
    /// The numbers of the frames, in single precision.
    numbers: Value,
}

impl Frames {
    /// Frames of letters that last `exp(log_durations)` times `scale`, rounded up.
    ///
    /// Whatever the weights say, a batch has no more than [`LONGEST_SPEECH_FRAMES`].
    pub(super) fn of(
        net: &mut Net<'_, '_>,
        log_durations: Value,
        letters: Letters,
        scale: Value,
        places: Value,
    ) -> Result<Self, ExportError> {
        let float = net.graph.float();
        let graph = &mut net.graph;
        let most = LONGEST_SPEECH_FRAMES as f64;
        let mask = graph.cast(letters.mask, Element::Float32);
        let log_durations = graph.cast(log_durations, Element::Float32);
        let durations = graph.exponential(log_durations)?;
        let durations = graph.mul(durations, mask)?;
        let durations = graph.mul(durations, scale)?;
        let durations = graph.ceiling(durations)?;
        let durations = graph.clip(durations, 0.0, most)?;
        let count = graph.total(durations, 2)?;
        let count = graph.clip(count, 1.0, most)?;
        let longest = graph.reduce(Reduction::Max, count, 0, false)?;
        let longest = graph.pick(longest, 1, 0)?;
        let longest = graph.cast(longest, Element::Int64);
        let start = graph.int64s(&[1], &[0]);
        // Hub exports call the axis so.
        let frames = Dim::Symbol("num_bins");
        let numbers = graph.rows_between(places, start, longest, frames)?;
        let ends = graph.cumulative_sum(durations, 2)?;
        let starts = graph.sub(ends, durations)?;
        let mut before = |edges| {
            let edges = graph.transpose(edges, &[0, 2, 1])?;
            let is_before = graph.greater(edges, numbers)?;
            Ok::<_, ExportError>(graph.cast(is_before, float))
        };
        let (ended, started) = (before(ends)?, before(starts)?);
        let alignment = graph.sub(ended, started)?;
        let is_within = graph.greater(count, numbers)?;
        Ok(Self {
            durations,
            count,
            mask: graph.cast(is_within, float),
            alignment,
            numbers,
        })
    }

    /// What is to be spoken in every frame, `(batch, channels, frames)`: the mean of its letter, and as much noise as its
    /// deviation says; `prior` is `(batch, 2 x channels, sequence)`.
    pub(super) fn drawn(
        &self,
        net: &mut Net<'_, '_>,
        prior: Value,
        channels: u64,
        noise: Noise,
    ) -> Result<Value, ExportError> {
        let noise = noise.at(net, self.numbers)?;
        let graph = &mut net.graph;
        let prior = graph.matmul(prior, self.alignment)?;
        let means = graph.cut(prior, 1, 0, channels)?;
        let deviations = graph.cut(prior, 1, channels, 2 * channels)?;
        let deviations = graph.exponential(deviations)?;
        let noise = graph.mul(noise, deviations)?;
        graph.add(means, noise)
    }
}
