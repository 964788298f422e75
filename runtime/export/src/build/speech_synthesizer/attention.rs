//! Self-attention that knows the distance of near letters (Shaw et al., 2018, arXiv:1803.02155), as `VitsAttention` of
//! transformers has it.

use super::LONGEST_SPOKEN_TEXT;
use crate::build::net::{Linear, Net, numbered};
use crate::error::ExportError;
use crate::graph::{Axis, Element, Value};
use crate::recipe::SpeechSynthesizerWeights;

/// One attention layer.
#[derive(Debug)]
pub(super) struct Attention<'a> {
    pub(super) names: &'a SpeechSynthesizerWeights,
    pub(super) layer: u64,
    /// Width of a hidden state.
    pub(super) width: u64,
    /// Number of heads, a divisor of `width`.
    pub(super) heads: u64,
    /// Whether the projections have a bias.
    pub(super) has_bias: bool,
    /// What is added to the scores for padding.
    pub(super) padding: Value,
    /// What is near, where the model knows distances.
    pub(super) near: Option<Near>,
}

/// Which letters are near each other; shared by all layers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    /// The furthest distance that is told from others.
    window: u64,
    /// For every pair of letters its distance, cut to the window and counted from the furthest before.
    distances: Value,
    /// For every letter the places from the furthest before to the furthest after, cut to the text.
    places: Value,
    /// 1 where a pair of letters is near, else 0.
    is_within: Value,
    /// 1 where a place is within the text, else 0.
    is_inside: Value,
}

impl Near {
    /// Finds out what is near in texts as long as `ids` `(batch, sequence)`.
    pub(super) fn of(net: &mut Net<'_, '_>, ids: Value, window: u64) -> Result<Self, ExportError> {
        let (float, span) = (net.graph.float(), 2 * window + 1);
        let graph = &mut net.graph;
        let longest = LONGEST_SPOKEN_TEXT;
        let keys = graph.range("constant/key_positions", vec![1, longest], 0..longest);
        let queries = graph.range("constant/query_positions", vec![longest, 1], 0..longest);
        let keys = graph.beginning(keys, 1, (ids, 1))?;
        let queries = graph.beginning(queries, 0, (ids, 1))?;
        let reach = graph.scalar_as(Element::Float32, window as f64);
        let distance = graph.sub(keys, queries)?;
        let distance = graph.add(distance, reach)?;
        let cut = graph.clip(distance, 0.0, (2 * window) as f64)?;
        let is_within = graph.equal(distance, cut)?;
        let is_within = graph.cast(is_within, float);
        let distances = graph.cast(cut, Element::Int32);
        let steps = graph.range("constant/steps", vec![1, span], 0..span);
        let place = graph.add(queries, steps)?;
        let place = graph.sub(place, reach)?;
        let length = graph.length_of(ids, 1)?;
        let length = graph.cast(length, Element::Float32);
        let one = graph.scalar_as(Element::Float32, 1.0);
        let last = graph.sub(length, one)?;
        let cut = graph.clip(place, 0.0, longest as f64)?;
        let cut = graph.lesser(cut, last)?;
        let is_inside = graph.equal(place, cut)?;
        Ok(Self {
            window,
            distances,
            places: graph.cast(cut, Element::Int32),
            is_within,
            is_inside: graph.cast(is_inside, float),
        })
    }

    /// What the queries `(batch, heads, sequence, head width)` score each distance with: `(batch, heads, sequence,
    /// distances)`.
    fn by_distance(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        queries: Value,
        width: u64,
    ) -> Result<Value, ExportError> {
        let span = 2 * self.window + 1;
        let turned = move |tensors: &[Vec<f32>]| {
            let (span, width) = (span as usize, width as usize);
            let places =
                (0..width).flat_map(|column| (0..span).map(move |row| row * width + column));
            places.map(|place| tensors[0][place]).collect()
        };
        let from = vec![(name.to_owned(), vec![1, span, width])];
        let label = format!("{name}.transposed");
        let table = net.computed(&label, vec![width, span], from, Box::new(turned));
        net.graph.matmul(queries, table)
    }

    /// Scores `(batch, heads, sequence, sequence)` with those of the distances added for near letters.
    fn scored(
        &self,
        net: &mut Net<'_, '_>,
        scores: Value,
        by_distance: Value,
    ) -> Result<Value, ExportError> {
        let graph = &mut net.graph;
        let distances = graph.spread(self.distances, scores)?;
        let chosen = graph.elements_along(by_distance, 3, distances)?;
        let chosen = graph.mul(chosen, self.is_within)?;
        graph.add(scores, chosen)
    }

    /// The shares `(batch, heads, sequence, sequence)` of near letters by their distance, as `by_distance`.
    fn shared(
        &self,
        net: &mut Net<'_, '_>,
        shares: Value,
        by_distance: Value,
    ) -> Result<Value, ExportError> {
        let graph = &mut net.graph;
        let places = graph.spread(self.places, by_distance)?;
        let chosen = graph.elements_along(shares, 3, places)?;
        graph.mul(chosen, self.is_inside)
    }
}

impl Attention<'_> {
    /// Attends `(batch, sequence, width)` to itself.
    pub(super) fn apply(&self, net: &mut Net<'_, '_>, x: Value) -> Result<Value, ExportError> {
        let names = self.names;
        let named = |name| numbered("", name, self.layer);
        let head_width = self.width / self.heads;
        let query = self.project(net, x, names.query, &[0, 2, 1, 3])?;
        let key = self.project(net, x, names.key, &[0, 2, 3, 1])?;
        let value = self.project(net, x, names.value, &[0, 2, 1, 3])?;
        let scale = net.graph.scalar((head_width as f64).powf(-0.5));
        let query = net.graph.mul(query, scale)?;
        let scores = net.graph.matmul(query, key)?;
        let Some(near) = self.near else {
            let shares = self.shares(net, scores)?;
            let context = net.graph.matmul(shares, value)?;
            return self.merged(net, context);
        };
        let table = named(names.relative_key);
        let by_distance = near.by_distance(net, &table, query, head_width)?;
        let scores = near.scored(net, scores, by_distance)?;
        let shares = self.shares(net, scores)?;
        let context = net.graph.matmul(shares, value)?;
        let table = named(names.relative_value);
        let table = net.tensor(&table, &[1, 2 * near.window + 1, head_width]);
        let near = near.shared(net, shares, by_distance)?;
        let more = net.graph.matmul(near, table)?;
        let context = net.graph.add(context, more)?;
        self.merged(net, context)
    }

    fn shares(&self, net: &mut Net<'_, '_>, scores: Value) -> Result<Value, ExportError> {
        let scores = net.graph.add(scores, self.padding)?;
        net.graph.softmax(scores)
    }

    /// The heads side by side, and the output projection.
    fn merged(&self, net: &mut Net<'_, '_>, context: Value) -> Result<Value, ExportError> {
        let context = net.graph.transpose(context, &[0, 2, 1, 3])?;
        let whole = [Axis::Keep, Axis::Keep, Axis::Size(self.width)];
        let context = net.graph.reshape(context, &whole)?;
        self.linear(net, context, self.names.attention_output)
    }

    /// One of the three projections, split into heads.
    fn project(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        name: &str,
        order: &[usize],
    ) -> Result<Value, ExportError> {
        let projected = self.linear(net, x, name)?;
        let heads = [
            Axis::Keep,
            Axis::Keep,
            Axis::Size(self.heads),
            Axis::Size(self.width / self.heads),
        ];
        let split = net.graph.reshape(projected, &heads)?;
        net.graph.transpose(split, order)
    }

    fn linear(&self, net: &mut Net<'_, '_>, x: Value, name: &str) -> Result<Value, ExportError> {
        let layer = Linear {
            has_bias: self.has_bias,
            ..Linear::new(name, self.width, self.width)
        };
        let name = numbered("", name, self.layer);
        net.linear(
            x,
            Linear {
                name: &name,
                ..layer
            },
        )
    }
}
