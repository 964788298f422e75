//! What stands for a picture: the class token, or what a trained query finds.

use super::cross_attention::attend;
use super::net::{Linear, Net};
use super::vision_tower::Viewer;
use crate::error::ExportError;
use crate::graph::Value;
use crate::recipe::{ImagePooling, ProbeHead};

/// What a tower of pictures gives.
pub(super) struct Pictures {
    /// `(pictures, tokens, hidden)`: before the normalisation where the class token alone is
    /// normalised, after it otherwise.
    pub(super) states: Value,
    /// `(pictures, hidden)`.
    pub(super) pooled: Value,
}

impl Viewer<'_> {
    /// Pools the states of the last block.
    pub(super) fn pool(
        &self,
        net: &mut Net<'_, '_>,
        states: Value,
    ) -> Result<Pictures, ExportError> {
        let (hidden, epsilon) = (self.layers.hidden, self.layers.epsilon);
        let norm = self.recipe.norm_after;
        match &self.recipe.pooling {
            ImagePooling::ClassToken => {
                let token = net.scope("pooler", |net| net.graph.pick(states, 1, 0))?;
                let pooled = net.norm(token, norm, hidden, epsilon)?;
                Ok(Pictures { states, pooled })
            }
            ImagePooling::Probe(head) => {
                let states = net.norm(states, norm, hidden, epsilon)?;
                let pooled = net.scope("pooler", |net| self.probe(net, head, states))?;
                Ok(Pictures { states, pooled })
            }
        }
    }

    fn probe(
        &self,
        net: &mut Net<'_, '_>,
        head: &ProbeHead,
        states: Value,
    ) -> Result<Value, ExportError> {
        let hidden = self.layers.hidden;
        let probe = net.tensor(head.probe, &[1, 1, hidden]);
        let queries = self.part(net, head, 0, probe)?;
        let keys = self.part(net, head, 1, states)?;
        let values = self.part(net, head, 2, states)?;
        let found = attend(net, [queries, keys, values], hidden, self.layers.heads())?;
        let found = net.linear(found, Linear::new(head.attention_output, hidden, hidden))?;
        let normed = net.norm(found, head.norm, hidden, self.layers.epsilon)?;
        let (widen, narrow) = (head.intermediate, head.output);
        let change = self.layers.widen_and_narrow(net, normed, widen, narrow)?;
        let sum = net.graph.add(change, found)?;
        net.graph.pick(sum, 1, 0)
    }

    /// One of the three projections that the checkpoint stores as one matrix: query, key, value.
    fn part(
        &self,
        net: &mut Net<'_, '_>,
        head: &ProbeHead,
        part: u64,
        x: Value,
    ) -> Result<Value, ExportError> {
        let width = self.layers.hidden;
        let size = width as usize;
        let start = part as usize * size;
        let matrix = net.computed(
            &format!("{}.{part}.transposed", head.projections),
            vec![width, width],
            vec![(head.projections.to_owned(), vec![3 * width, width])],
            Box::new(move |tensors: &[Vec<f32>]| {
                let element = |place: usize| {
                    let (from, to) = (place / size, place % size);
                    tensors[0][(start + to) * size + from]
                };
                (0..size * size).map(element).collect()
            }),
        );
        let bias = net.computed(
            &format!("{}.{part}", head.biases),
            vec![width],
            vec![(head.biases.to_owned(), vec![3 * width])],
            Box::new(move |tensors: &[Vec<f32>]| tensors[0][start..start + size].to_vec()),
        );
        let product = net.graph.matmul(x, matrix)?;
        net.graph.add(product, bias)
    }
}
