//! Inverse of a monotonic function made of pieces that are rational and quadratic (Durkan et al., 2019,
//! arXiv:1906.04032), as `_unconstrained_rational_quadratic_spline` of transformers computes it. In single precision.

use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Graph, Value};

/// The least width, height and slope of a piece.
const LEAST: f64 = 1e-3;
/// What the last edge is moved by, so that the bound itself lies in the last piece.
const BEYOND: f32 = 1e-6;

/// A function on `-bound` to `bound` in `pieces` pieces; outside of them it is the identity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spline {
    /// Number of pieces, at least 2.
    pub(super) pieces: u64,
    /// Where they end.
    pub(super) bound: f64,
    /// What the parameters of widths and heights are divided by.
    pub(super) scale: f64,
}

impl Spline {
    /// Numbers of a place: widths, heights and inner slopes of the pieces.
    pub(super) const fn parameters(&self) -> u64 {
        3 * self.pieces - 1
    }

    /// Where the function is `y` `(batch, sequence, 1)`; `parameters` are `(batch, sequence, parameters)`.
    pub(super) fn inverse(
        &self,
        net: &mut Net<'_, '_>,
        y: Value,
        parameters: Value,
    ) -> Result<Value, ExportError> {
        let (pieces, element) = (self.pieces, net.graph.element(y));
        let graph = &mut net.graph;
        let y = graph.cast(y, Element::Float32);
        let parameters = graph.cast(parameters, Element::Float32);
        let widths = graph.cut(parameters, 2, 0, pieces)?;
        let heights = graph.cut(parameters, 2, pieces, 2 * pieces)?;
        let slopes = graph.cut(parameters, 2, 2 * pieces, self.parameters())?;
        let (lefts, widths) = self.edges(graph, widths)?;
        let (bottoms, heights) = self.edges(graph, heights)?;
        let slopes = self.slopes(graph, slopes)?;
        let steepness = graph.div(heights, widths)?;

        let inside = graph.clip(y, -self.bound, self.bound)?;
        let is_inside = graph.equal(inside, y)?;
        let piece = self.piece(graph, inside, bottoms)?;
        let of_piece = |graph: &mut Graph, numbers: Value, from: u64| {
            let numbers = graph.cut(numbers, 2, from, from + pieces)?;
            let only = graph.mul(piece, numbers)?;
            graph.total(only, 2)
        };
        let left = of_piece(graph, lefts, 0)?;
        let width = of_piece(graph, widths, 0)?;
        let bottom = of_piece(graph, bottoms, 0)?;
        let height = of_piece(graph, heights, 0)?;
        let steep = of_piece(graph, steepness, 0)?;
        let slope = of_piece(graph, slopes, 0)?;
        let next = of_piece(graph, slopes, 1)?;

        // `square x² + linear x = rest`, where x is the share of the piece's width; its root by `2 c / (b + √…)`, which
        // does not cancel.
        let two = graph.scalar_as(Element::Float32, 2.0);
        let bend = graph.add(slope, next)?;
        let twice = graph.mul(two, steep)?;
        let bend = graph.sub(bend, twice)?;
        let above = graph.sub(inside, bottom)?;
        let bent = graph.mul(above, bend)?;
        let difference = graph.sub(steep, slope)?;
        let square = graph.mul(height, difference)?;
        let square = graph.add(square, bent)?;
        let linear = graph.mul(height, slope)?;
        let linear = graph.sub(linear, bent)?;
        let rest = graph.mul(steep, above)?;
        let four = graph.scalar_as(Element::Float32, 4.0);
        let power = graph.mul(linear, linear)?;
        let product = graph.mul(four, square)?;
        let product = graph.mul(product, rest)?;
        let discriminant = graph.add(power, product)?;
        // Rounding may take it below zero, where transformers gives up.
        let discriminant = graph.relu(discriminant)?;
        let root = graph.root(discriminant)?;
        let rest = graph.mul(two, rest)?;
        let sum = graph.add(linear, root)?;
        let share = graph.div(rest, sum)?;
        let x = graph.mul(share, width)?;
        let x = graph.add(x, left)?;
        let x = graph.select(is_inside, x, y)?;
        Ok(graph.cast(x, element))
    }

    /// The edges `(batch, sequence, pieces + 1)` and the sizes `(batch, sequence, pieces)` of the pieces.
    fn edges(&self, graph: &mut Graph, numbers: Value) -> Result<(Value, Value), ExportError> {
        let pieces = self.pieces;
        let scale = graph.scalar_as(Element::Float32, self.scale);
        let numbers = graph.div(numbers, scale)?;
        let shares = graph.softmax(numbers)?;
        let free = graph.scalar_as(Element::Float32, 1.0 - LEAST * pieces as f64);
        let shares = graph.mul(free, shares)?;
        let least = graph.scalar_as(Element::Float32, LEAST);
        let shares = graph.add(least, shares)?;
        let sums = graph.cumulative_sum(shares, 2)?;
        // The outer edges are exact, whatever rounding makes of the sums.
        let inner = graph.cut(sums, 2, 0, pieces - 1)?;
        let inner = graph.pad(inner, &[(2, 1, 1)], "edges")?;
        let last = self.ends(graph, "constant/last_edge", (0.0, 1.0));
        let sums = graph.add(inner, last)?;
        let whole = graph.scalar_as(Element::Float32, 2.0 * self.bound);
        let scaled = graph.mul(whole, sums)?;
        let bound = graph.scalar_as(Element::Float32, self.bound);
        let edges = graph.sub(scaled, bound)?;
        let after = graph.cut(edges, 2, 1, pieces + 1)?;
        let before = graph.cut(edges, 2, 0, pieces)?;
        let sizes = graph.sub(after, before)?;
        Ok((edges, sizes))
    }

    /// The slopes at the edges, `(batch, sequence, pieces + 1)`; the outer ones are 1.
    fn slopes(&self, graph: &mut Graph, numbers: Value) -> Result<Value, ExportError> {
        let outer = ((1.0 - LEAST).exp() - 1.0).ln() as f32;
        let numbers = graph.pad(numbers, &[(2, 1, 1)], "edges")?;
        let ends = self.ends(graph, "constant/outer_slopes", (outer, outer));
        let numbers = graph.add(numbers, ends)?;
        let slopes = graph.softplus(numbers)?;
        let least = graph.scalar_as(Element::Float32, LEAST);
        graph.add(least, slopes)
    }

    /// 1 for the piece that holds `y`, 0 for the others: `(batch, sequence, pieces)`.
    fn piece(&self, graph: &mut Graph, y: Value, edges: Value) -> Result<Value, ExportError> {
        let beyond = self.ends(graph, "constant/beyond", (0.0, BEYOND));
        let edges = graph.add(edges, beyond)?;
        let passed = graph.at_most(edges, y)?;
        let passed = graph.cast(passed, Element::Float32);
        let before = graph.cut(passed, 2, 0, self.pieces)?;
        let after = graph.cut(passed, 2, 1, self.pieces + 1)?;
        graph.sub(before, after)
    }

    /// A number for every edge: none but the first and the last.
    fn ends(&self, graph: &mut Graph, label: &str, (first, last): (f32, f32)) -> Value {
        let mut numbers = vec![0.0; self.pieces as usize + 1];
        if let [start, .., end] = numbers.as_mut_slice() {
            (*start, *end) = (first, last);
        }
        let ends = graph.singles(&format!("{label}/{}", self.pieces), &numbers);
        debug_assert_eq!(graph.shape(ends), [Dim::Fixed(self.pieces + 1)]);
        ends
    }
}
