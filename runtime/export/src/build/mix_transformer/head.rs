//! The head that labels pixels: all stages in the first one's size, mixed by pointwise layers.

use super::Sequence;
use crate::build::map::{Conv, staged};
use crate::build::net::{Linear, Net};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Sliding, Value};
use crate::recipe::MixTransformer;

/// The sizes of the head.
pub(super) struct Head<'a> {
    recipe: &'a MixTransformer,
    widths: Vec<u64>,
    width: u64,
    labels: u64,
    epsilon: f32,
}

impl<'a> Head<'a> {
    pub(super) fn new(
        recipe: &'a MixTransformer,
        config: &Config,
        epsilon: f32,
    ) -> Result<Self, ExportError> {
        Ok(Self {
            recipe,
            widths: config.sizes(recipe.config.widths, None)?,
            width: config.size(recipe.config.head_width)?,
            labels: config.labels()?,
            epsilon,
        })
    }

    /// The labels' scores of every place of the first stage's map.
    pub(super) fn apply(
        &self,
        net: &mut Net<'_, '_>,
        maps: &[Sequence],
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let mut parts = Vec::with_capacity(maps.len());
        for (stage, (sequence, &width)) in maps.iter().zip(&self.widths).enumerate() {
            let projection = staged("", names.head_projection, stage, 0);
            let layer = Linear::new(&projection, width, self.width);
            let projected = net.linear(sequence.states, layer)?;
            let map = net.map(projected, sequence.grid)?;
            parts.push(enlarge(net, map, sequence.grid, maps[0].grid)?);
        }
        // The last stage comes first.
        parts.reverse();
        let joined = self.width * maps.len() as u64;
        let joined_map = net.graph.concat(&parts, 1, Dim::Fixed(joined))?;
        let fusion = Conv {
            has_bias: false,
            ..Conv::new(names.head_fusion, joined, self.width, Sliding::tiles(1))
        };
        let fused = net.normed_conv(joined_map, fusion, names.head_norm, self.epsilon)?;
        let fused = net.graph.relu(fused)?;
        let classifier = Conv::new(names.classifier, self.width, self.labels, Sliding::tiles(1));
        net.conv(fused, classifier)
    }
}

/// A map in another size: bilinear, corners not aligned, no antialiasing, as `torch.nn.functional.interpolate` does. Rows
/// and columns are mixed by a constant matrix each.
fn enlarge(
    net: &mut Net<'_, '_>,
    map: Value,
    from: (u64, u64),
    to: (u64, u64),
) -> Result<Value, ExportError> {
    let mut map = map;
    if from.0 != to.0 {
        let label = format!("constant/rows/{}_{}", from.0, to.0);
        let mix = net.table(&label, vec![to.0, from.0], mixing(from.0, to.0));
        map = net.graph.matmul(mix, map)?;
    }
    if from.1 != to.1 {
        let rows = mixing(from.1, to.1);
        let turned = |index: u64| rows[(index % to.1 * from.1 + index / to.1) as usize];
        let columns = (0..from.1 * to.1).map(turned).collect();
        let label = format!("constant/columns/{}_{}", from.1, to.1);
        let mix = net.table(&label, vec![from.1, to.1], columns);
        map = net.graph.matmul(map, mix)?;
    }
    Ok(map)
}

/// For each place of the result a row with the shares of the source's places.
fn mixing(from: u64, to: u64) -> Vec<f32> {
    let scale = from as f32 / to as f32;
    let mut matrix = vec![0.0; (from * to) as usize];
    for (place, row) in matrix.chunks_mut(from as usize).enumerate() {
        let source = ((place as f32 + 0.5) * scale - 0.5).max(0.0);
        let first = (source as usize).min(from as usize - 1);
        let second = (first + 1).min(from as usize - 1);
        let share = source - first as f32;
        row[first] += 1.0 - share;
        row[second] += share;
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::mixing;

    #[test]
    fn places_are_mixed_as_torch_does() {
        // interpolate(mode="bilinear", align_corners=False) of two places to four.
        let expected = [1.0, 0.0, 0.75, 0.25, 0.25, 0.75, 0.0, 1.0];
        assert_eq!(mixing(2, 4), expected);
        assert_eq!(mixing(1, 3), [1.0; 3]);
        for row in mixing(5, 7).chunks(5) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }
}
