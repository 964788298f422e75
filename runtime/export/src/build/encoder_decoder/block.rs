//! What blocks of both stacks are made of besides attention: normalisation, residual sums, the
//! feed-forward part.

use super::sizes::{FeedForward, Model, Stack};
use crate::build::net::{Linear, Net};
use crate::error::ExportError;
use crate::graph::Value;
use crate::recipe::{NormPlace, StackBiases, StackNorm};

impl Model<'_> {
    /// Normalisation over the last dimension.
    pub(super) fn norm(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        name: &str,
    ) -> Result<Value, ExportError> {
        match self.recipe.norm {
            StackNorm::Layer => net.norm(x, name, self.width, self.epsilon),
            StackNorm::RootMeanSquare => {
                let weight = net.tensor(&format!("{name}.weight"), &[self.width]);
                net.graph.rms_norm(x, weight, self.epsilon)
            }
        }
    }

    /// A part of a block with the sum and the normalisation around it.
    pub(super) fn residual<'n, 'w, M>(
        &self,
        net: &mut Net<'n, 'w>,
        x: Value,
        norm: &str,
        part: impl FnOnce(&mut Net<'n, 'w>, Value) -> Result<(Value, M), ExportError>,
    ) -> Result<(Value, M), ExportError> {
        match self.recipe.norm_place {
            NormPlace::Pre => {
                let normed = self.norm(net, x, norm)?;
                let (change, made) = part(net, normed)?;
                Ok((net.graph.add(x, change)?, made))
            }
            NormPlace::Post => {
                let (change, made) = part(net, x)?;
                let sum = net.graph.add(x, change)?;
                Ok((self.norm(net, sum, norm)?, made))
            }
        }
    }

    /// The feed-forward part of a block with its residual sum.
    pub(super) fn feed_forward(
        &self,
        net: &mut Net<'_, '_>,
        stack: &Stack,
        layer: u64,
        x: Value,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.stack;
        let named = |name| stack.numbered(self.prefix, name, layer);
        let has_bias = self.recipe.biases != StackBiases::Absent;
        let linear = |net: &mut Net<'_, '_>, x, name: &str, from, to| {
            let layer = Linear {
                name,
                from,
                to,
                has_bias,
            };
            net.linear(x, layer)
        };
        let (width, inner) = (self.width, stack.intermediate);
        let (sum, ()) = net.scope("feed_forward", |net| {
            self.residual(net, x, &named(names.output_norm), |net, x| {
                let active = match self.feed_forward {
                    FeedForward::Plain(activation) => {
                        let wide = linear(net, x, &named(names.intermediate), width, inner)?;
                        activation.apply(net, wide)?
                    }
                    FeedForward::Gated(activation, [gate, plain]) => {
                        let gate = linear(net, x, &named(gate), width, inner)?;
                        let gate = activation.apply(net, gate)?;
                        let plain = linear(net, x, &named(plain), width, inner)?;
                        net.graph.mul(gate, plain)?
                    }
                };
                let narrow = linear(net, active, &named(names.output), inner, width)?;
                Ok((narrow, ()))
            })
        })?;
        Ok(sum)
    }
}
