//! The graphs of a session whose platform takes static ones: which axes have which lengths, and how a graph is made for
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use export::recipe::Recipe;
use export::{ExportOptions, GraphAxes, KvCache, Shapes};

use super::LoadOptions;
use super::file::{self, Export};
use super::fitted::{AxisLengths, Bound, Fitted};
use super::graph::Graph;
use super::replicas::Replicas;
use crate::catalog::Lengths;
use crate::engine::{Engine, OpenOptions};
use crate::error::Error;
use crate::task::Task;

/// What a decoder that reads states calls the axis of its own tokens.
const DECODED: &str = "decoder_sequence_length";
/// Inputs that hold tokens.
const TOKENS: [&str; 2] = ["input_ids", "inputs_embeds"];
/// The input that holds a sound's samples.
const SAMPLES: &str = "input_values";
/// Samples that a graph of sounds is opened for first: a second of them.
const USUAL_SAMPLES: u64 = 16_000;
/// Pixels of the sides that a graph of pictures is opened for first.
const USUAL_SIDE: u64 = 256;
/// Frames of the spectrogram that a graph is opened for first.
const USUAL_FRAMES: u64 = 64;

/// What static graphs are made of and opened with.
pub(super) struct Workshop {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) export: Export,
    pub(super) open: OpenOptions,
    pub(super) load: LoadOptions,
}

/// The graphs that a task runs, opened at their usual lengths.
pub(super) fn open<T: Task>(
    workshop: Workshop,
    lengths: Lengths,
) -> Result<Vec<(&'static str, Graph)>, Error> {
    let workshop = Arc::new(workshop);
    let plan = Plan::new(&workshop.export, lengths)?;
    let stems: Vec<_> = plan.graphs.iter().map(|graph| graph.graph).collect();
    let chosen = T::GRAPHS
        .iter()
        .find(|set| set.iter().all(|stem| stems.contains(stem)));
    let chosen = chosen.ok_or_else(|| Error::NoGraphs {
        model: workshop.export.model.id,
        files: file::wanted::<T>(),
    })?;
    let graphs = plan.graphs.iter();
    graphs
        .filter(|graph| chosen.contains(&graph.graph))
        .map(|graph| {
            let (bound, usual) = plan.lengths(graph);
            let (workshop, options) = (Arc::clone(&workshop), plan.options.clone());
            let stem = graph.graph;
            let make = move |lengths: &AxisLengths| workshop.make(&options, stem, lengths);
            let fitted = Fitted::new(Box::new(make), bound, usual);
            Ok((stem, Graph::fitted(fitted)?))
        })
        .collect()
}

impl Workshop {
    /// Exports a graph for lengths of all its axes, unless it is cached, and opens it.
    fn make(
        &self,
        options: &ExportOptions,
        stem: &'static str,
        lengths: &AxisLengths,
    ) -> Result<Replicas, Error> {
        let lengths = lengths.iter();
        let options = ExportOptions {
            shapes: Shapes::Static(
                lengths
                    .map(|(axis, length)| (axis.clone(), *length as u64))
                    .collect(),
            ),
            only: Some(stem.to_owned()),
            ..options.clone()
        };
        let progress = self.load.progress.as_ref();
        let file = self.export.file(stem, &options, progress)?;
        Replicas::open(self.engine.as_ref(), &file, &self.open, self.load.replicas)
    }
}

/// Which axes of a model's graphs have which lengths.
struct Plan {
    options: ExportOptions,
    graphs: Vec<GraphAxes>,
    lengths: Lengths,
    /// The most that axes can count.
    longest: BTreeMap<&'static str, u64>,
    /// Axes of tokens.
    tokens: BTreeSet<&'static str>,
    /// The axis of what is written into a cache of fixed length, and the places there.
    cached: Option<(&'static str, u64)>,
}

impl Plan {
    fn new(export: &Export, lengths: Lengths) -> Result<Self, Error> {
        let mut options = export.options.clone();
        options.cache = KvCache::None;
        let whole = export.axes(&options)?;
        let mut longest = BTreeMap::new();
        for (&axis, &most) in whole.iter().flat_map(|graph| &graph.longest) {
            let known = longest.entry(axis).or_insert(most);
            *known = most.min(*known);
        }
        options.cache = export.options.cache;
        let cached = match (options.cache, decoded(&export.recipe)) {
            (KvCache::Fixed(places), Some(axis)) => {
                let most = longest.get(axis).copied().unwrap_or(places);
                options.cache = KvCache::Fixed(places.min(most));
                Some((axis, places.min(most)))
            }
            _ => None,
        };
        let graphs = export.axes(&options)?;
        let inputs = graphs.iter().flat_map(|graph| &graph.inputs);
        let tokens = inputs
            .filter(|(name, _)| TOKENS.contains(&name.as_str()))
            .filter_map(|(_, axes)| *axes.get(1)?)
            .collect();
        Ok(Self {
            options,
            graphs,
            lengths,
            longest,
            tokens,
            cached,
        })
    }

    /// The lengths of a graph's axes: of those that input is padded to, and of the others to begin with.
    fn lengths(&self, graph: &GraphAxes) -> (Bound, AxisLengths) {
        let (mut bound, mut usual) = (Bound::default(), AxisLengths::new());
        for axis in graph.names() {
            let is_first = |(_, axes): &(String, Vec<_>)| axes.first() == Some(&Some(axis));
            let of_samples =
                |(name, axes): &(String, Vec<_>)| name == SAMPLES && axes.contains(&Some(axis));
            // A decoder that reads states begins with a token or a few, which are not worth padding.
            let is_begun = axis == DECODED && self.cached.is_some();
            if graph.inputs.iter().any(is_first) {
                bound
                    .batch
                    .insert(axis.to_owned(), self.lengths.batch as usize);
            } else if self.tokens.contains(axis) && !is_begun {
                let tokens = self.at_most(axis, self.lengths.tokens.into());
                bound.tokens.insert(axis.to_owned(), tokens);
            } else {
                let is_sound = graph.inputs.iter().any(of_samples);
                if let Some(most) = self.lengths.samples.filter(|_| is_sound) {
                    bound.most.insert(axis.to_owned(), most as usize);
                }
                let length = match axis {
                    _ if is_sound => USUAL_SAMPLES,
                    "height" | "width" => USUAL_SIDE,
                    "time_length" => USUAL_FRAMES,
                    _ => 1,
                };
                usual.insert(axis.to_owned(), self.at_most(axis, length));
            }
        }
        (bound, usual)
    }

    /// A length cut to what the checkpoint has positions for, and to the cache it is written into.
    fn at_most(&self, axis: &str, length: u64) -> usize {
        let places = self.cached.filter(|(cached, _)| *cached == axis);
        let places = places.map_or(length, |(_, places)| places);
        let positions = self.longest.get(axis).copied().unwrap_or(length);
        length.min(places).min(positions) as usize
    }
}

/// The axis of the tokens that a model decodes, where it does.
const fn decoded(recipe: &Recipe) -> Option<&'static str> {
    match recipe {
        Recipe::Decoder(_) | Recipe::VisionLanguage(_) => Some("sequence_length"),
        Recipe::EncoderDecoder(_) => Some(DECODED),
        _ => None,
    }
}
