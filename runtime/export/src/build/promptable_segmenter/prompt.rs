//! Points and corners of boxes as tokens.

use crate::build::net::{Net, numbered};
use crate::error::ExportError;
use crate::graph::{Dim, Element, Value};
use crate::recipe::PromptableSegmenter;

/// The label of a place that holds no point.
const NO_POINT: f64 = -1.0;
/// The label of a point that fills a list up.
const PADDING: f64 = -10.0;
/// The label of a token that nothing attends to.
const IGNORED: f64 = -20.0;
/// The label of a box's second corner, the largest there is.
const SECOND_CORNER: f64 = 3.0;
/// Labels of points on the background and on the object, and of a box's corners.
const LABELS: u64 = 4;
/// The number of points of a prompt with the one that is added.
const POINTS: &str = "nb_points_and_corners_per_image + 1";

/// What turns prompts into tokens.
pub(super) struct Prompts<'a> {
    pub(super) recipe: &'a PromptableSegmenter,
    /// Width of a token.
    pub(super) width: u64,
    /// Side of the prepared image in pixels.
    pub(super) image: u64,
}

/// Prompts as tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens {
    /// `(batch, prompts, points + 1, width)`.
    pub(super) states: Value,
    /// What is added to the scores of each as a key, `(batch, prompts, points + 1)`.
    pub(super) bias: Value,
    /// Zeros, `(batch, prompts, 1, 1)`.
    pub(super) zero: Value,
}

impl Prompts<'_> {
    /// Tokens of `input_points` `(batch, prompts, points, 2)` and `input_labels` `(batch, prompts, points)`. One that
    /// stands for no point is added to prompts without a box; where there is a box nothing attends to it, as
    /// `SamPromptEncoder` of transformers leaves it out there.
    pub(super) fn embed(
        &self,
        net: &mut Net<'_, '_>,
        points: Value,
        labels: Value,
    ) -> Result<Tokens, ExportError> {
        let graph = &mut net.graph;
        let labels = graph.cast(labels, Element::Float32);
        let single = |number| (Element::Float32, number);
        let mut constant = |(element, number)| graph.scalar_as(element, number);
        let [corner, ignored, no_point, nothing] =
            [SECOND_CORNER, IGNORED, NO_POINT, 0.0].map(|number| constant(single(number)));
        let largest = graph.largest(labels, 2)?;
        let has_box = graph.equal(largest, corner)?;
        let added = graph.select(has_box, ignored, no_point)?;
        let zero = graph.mul(added, nothing)?;
        let zero = graph.unsqueeze(zero, &[3])?;
        let zero = graph.cast(zero, graph.float());
        let labels = graph.concat(&[labels, added], 2, Dim::Symbol(POINTS))?;
        let hidden = net.hidden();
        let graph = &mut net.graph;
        let seen = graph.scalar(0.0);
        let is_ignored = graph.equal(labels, ignored)?;
        let bias = graph.select(is_ignored, hidden, seen)?;
        let places = self.places(net, points)?;
        let labels = net.graph.unsqueeze(labels, &[3])?;
        let states = self.labelled(net, places, labels)?;
        Ok(Tokens { states, bias, zero })
    }

    /// Sines and cosines of points in pixels, with one point of zeros after the last: `(batch, prompts, points + 1,
    /// width)`.
    fn places(&self, net: &mut Net<'_, '_>, points: Value) -> Result<Value, ExportError> {
        let frequencies = [2, self.width / 2];
        let frequencies = net.tensor(self.recipe.weights.shared_positions, &frequencies);
        let graph = &mut net.graph;
        let frequencies = graph.cast(frequencies, Element::Float32);
        let [half, side, two, one, turn] =
            [0.5, self.image as f64, 2.0, 1.0, std::f64::consts::TAU]
                .map(|number| graph.scalar_as(Element::Float32, number));
        let middle = graph.add(points, half)?;
        let middle = graph.pad(middle, &[(2, 0, 1)], POINTS)?;
        let share = graph.div(middle, side)?;
        let doubled = graph.mul(share, two)?;
        let centred = graph.sub(doubled, one)?;
        let angle = graph.matmul(centred, frequencies)?;
        let angle = graph.mul(angle, turn)?;
        let waves = [graph.sine(angle)?, graph.cosine(angle)?];
        let places = graph.concat(&waves, 3, Dim::Fixed(self.width))?;
        Ok(graph.cast(places, graph.float()))
    }

    /// Adds what a point's label says; labels are `(batch, prompts, points + 1, 1)`.
    fn labelled(
        &self,
        net: &mut Net<'_, '_>,
        places: Value,
        labels: Value,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let row = [1, self.width];
        let no_point = net.tensor(names.no_point, &row);
        let nothing = net.graph.scalar(0.0);
        let mut states = places;
        for (label, state) in [(NO_POINT, no_point), (PADDING, nothing)] {
            let label = net.graph.scalar_as(Element::Float32, label);
            let is_labelled = net.graph.equal(labels, label)?;
            states = net.graph.select(is_labelled, state, states)?;
        }
        for label in 0..LABELS {
            let point = net.tensor(&numbered("", names.point, label), &row);
            let graph = &mut net.graph;
            let label = graph.scalar_as(Element::Float32, label as f64);
            let is_labelled = graph.equal(labels, label)?;
            let change = graph.select(is_labelled, point, nothing)?;
            states = graph.add(states, change)?;
        }
        Ok(states)
    }
}
