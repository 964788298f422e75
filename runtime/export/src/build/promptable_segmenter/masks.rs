//! What the decoder's tokens give: scores, and masks as products with the enlarged map.

use super::decoder::{Decoder, Pair};
use crate::build::activation::Activation;
use crate::build::net::{Linear, Net, numbered};
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Value};

/// Number of layers of the heads that turn mask tokens into weights, as `SamMaskDecoder` of transformers has it.
const MASK_HEAD_DEPTH: u64 = 3;

impl Decoder<'_> {
    /// The estimated quality of every mask: `(batch, prompts, masks)`.
    pub(super) fn scores(
        &self,
        net: &mut Net<'_, '_>,
        tokens: Value,
    ) -> Result<Value, ExportError> {
        let token = net.graph.pick(tokens, 2, 0)?;
        let name = self.recipe.weights.score_head;
        let widths = (self.width, self.score_width, self.masks + 1);
        let scores = layers(net, token, name, widths, self.score_depth)?;
        // The first belongs to the mask that is meant to stand alone.
        let several: Vec<i64> = (1..=self.masks as i64).collect();
        let several = net.graph.int64s(&[self.masks], &several);
        net.graph.choose(scores, 2, several)
    }

    /// The products of the mask tokens' weights with the enlarged map: `(batch, prompts, masks, 4 rows, 4 columns)`.
    pub(super) fn masks(&self, net: &mut Net<'_, '_>, pair: Pair) -> Result<Value, ExportError> {
        let (width, side) = (self.width, self.side);
        let mut weights = Vec::new();
        for mask in 1..=self.masks {
            let name = numbered("", self.recipe.weights.mask_head, mask);
            let weight = net.scope(&format!("mask.{mask}"), |net| {
                let token = net.graph.pick(pair.tokens, 2, mask + 1)?;
                layers(
                    net,
                    token,
                    &name,
                    (width, width, width / 8),
                    MASK_HEAD_DEPTH,
                )
            })?;
            weights.push(net.graph.unsqueeze(weight, &[2])?);
        }
        let enlarged = net.scope("enlargement", |net| self.enlarge(net, pair.places))?;
        let graph = &mut net.graph;
        let weights = graph.concat(&weights, 2, Dim::Fixed(self.masks))?;
        let enlarged = graph.transpose(enlarged, &[0, 1, 3, 2])?;
        let masks = graph.matmul(weights, enlarged)?;
        // Pixels come as rows, columns, then row and column within four, twice. One doubling after the other, for WebNN
        // transposes no more than six axes.
        let mut masks = masks;
        for (rows, columns, rest) in [
            (self.masks * side, side, 8),
            (self.masks * side * 2, side * 2, 2),
        ] {
            let [rows, columns, two, rest] = [rows, columns, 2, rest].map(Axis::Size);
            let parts = [Axis::Keep, Axis::Keep, rows, columns, two, rest];
            let apart = graph.reshape(masks, &parts)?;
            masks = graph.transpose(apart, &[0, 1, 2, 4, 3, 5])?;
        }
        let [count, sides] = [self.masks, 4 * side].map(Axis::Size);
        graph.reshape(masks, &[Axis::Keep, Axis::Keep, count, sides, sides])
    }

    /// Two transposed convolutions of kernel and stride 2. Their pixels do not overlap, so each is a linear layer that
    /// gives a place's four pixels: `(batch, prompts, places x 4 x 4, width / 8)`.
    fn enlarge(&self, net: &mut Net<'_, '_>, places: Value) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let mut pixels = places;
        let mut count = self.side * self.side;
        for (number, from, to) in [
            (1, self.width, self.width / 4),
            (2, self.width / 4, self.width / 8),
        ] {
            let name = numbered("", names.enlargement, number);
            pixels = quadruple(net, pixels, &name, from, to)?;
            count *= 4;
            let flat = [Axis::Keep, Axis::Keep, Axis::Size(count), Axis::Size(to)];
            pixels = net.graph.reshape(pixels, &flat)?;
            if number == 1 {
                let epsilon = self.recipe.config.stage_norm_eps as f32;
                pixels = net.norm(pixels, names.enlargement_norm, to, epsilon)?;
            }
            pixels = Activation::Gelu.apply(net, pixels)?;
        }
        Ok(pixels)
    }
}

/// A place's four pixels, row by row: `(…, places, 4 x to)`.
fn quadruple(
    net: &mut Net<'_, '_>,
    x: Value,
    name: &str,
    from: u64,
    to: u64,
) -> Result<Value, ExportError> {
    let size = to as usize;
    let turned = move |tensors: &[Vec<f32>]| {
        let entry = |index: usize| {
            let (channel, rest) = (index / (4 * size), index % (4 * size));
            let (pixel, filter) = (rest / size, rest % size);
            tensors[0][(channel * size + filter) * 4 + pixel]
        };
        (0..tensors[0].len()).map(entry).collect()
    };
    let weight = format!("{name}.weight");
    let stored = vec![(weight.clone(), vec![from, to, 2, 2])];
    let label = format!("{weight}.by_pixel");
    let weight = net.computed(&label, vec![from, 4 * to], stored, Box::new(turned));
    let bias = format!("{name}.bias");
    let stored = vec![(bias.clone(), vec![to])];
    let label = format!("{bias}.by_pixel");
    let repeated = |tensors: &[Vec<f32>]| tensors[0].repeat(4);
    let bias = net.computed(&label, vec![4 * to], stored, Box::new(repeated));
    let product = net.graph.matmul(x, weight)?;
    net.graph.add(product, bias)
}

/// Linear layers with rectified units between: `proj_in`, `layers.0` …, `proj_out`.
fn layers(
    net: &mut Net<'_, '_>,
    x: Value,
    name: &str,
    (from, inner, to): (u64, u64, u64),
    depth: u64,
) -> Result<Value, ExportError> {
    let mut x = net.linear(x, Linear::new(&format!("{name}.proj_in"), from, inner))?;
    x = net.graph.relu(x)?;
    for layer in 0..depth - 2 {
        let layer = format!("{name}.layers.{layer}");
        x = net.linear(x, Linear::new(&layer, inner, inner))?;
        x = net.graph.relu(x)?;
    }
    net.linear(x, Linear::new(&format!("{name}.proj_out"), inner, to))
}
