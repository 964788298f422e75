//! Causal attention over a cache, with heads of keys and values shared by groups of queries (Ainslie et al., 2023,
//! arXiv:2305.13245).

use super::mask::Mask;
use super::{Block, Memory};
use crate::build::fixed_cache;
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Value};
use crate::recipe::{HeadNorm, HeadNormOver, Projections};

/// Keys and values that are attended to, and those that are kept.
type Remembered = ((Value, Value), Option<(Value, Value)>);

impl Block<'_> {
    /// Attends `(batch, sequence, hidden)` to the past and itself; returns the change and the cache, where there is one.
    pub(super) fn attend(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        memory: &Memory,
        mask: &Mask,
    ) -> Result<(Value, Option<(Value, Value)>), ExportError> {
        let sizes = self.sizes;
        let (query, key, value) = self.project(net, x)?;
        let names = self.names.head_norm;
        let by_token = names.filter(|norm| norm.over == HeadNormOver::Token);
        let by_head = names.filter(|norm| norm.over == HeadNormOver::Head);
        let (query, key) = self.normed_heads(net, query, key, by_token)?;
        let split = |net: &mut Net<'_, '_>, x, heads| {
            let axes = [
                Axis::Keep,
                Axis::Keep,
                Axis::Size(heads),
                Axis::Size(sizes.head_width),
            ];
            net.graph.reshape(x, &axes)
        };
        let query = split(net, query, sizes.heads)?;
        let key = split(net, key, sizes.key_value_heads)?;
        let value = split(net, value, sizes.key_value_heads)?;
        let (query, key) = self.normed_heads(net, query, key, by_head)?;
        let mut query = net.graph.transpose(query, &[0, 2, 1, 3])?;
        let mut key = net.graph.transpose(key, &[0, 2, 1, 3])?;
        let value = net.graph.transpose(value, &[0, 2, 1, 3])?;
        if let Some(rotation) = self.rotation {
            query = net.scope("query", |net| rotation.apply(net, query))?;
            key = net.scope("key", |net| rotation.apply(net, key))?;
        }
        let ((key, value), present) = self.remember(net, memory, (key, value))?;
        let context = self.mix(
            net,
            query,
            (key, value),
            mask.of(sizes.window_of(self.layer)),
        )?;
        let change = net.scope("output", |net| {
            let layer = (
                self.named(self.names.attention_output),
                sizes.biases.in_output,
            );
            self.linear(
                net,
                context,
                &layer.0,
                (sizes.query_width(), sizes.hidden),
                layer.1,
            )
        })?;
        Ok((change, present))
    }

    /// The keys and values that the tokens attend to, and those that are kept.
    fn remember(
        &self,
        net: &mut Net<'_, '_>,
        memory: &Memory,
        (key, value): (Value, Value),
    ) -> Result<Remembered, ExportError> {
        let of_layer = |past: &[(Value, Value)]| past[self.layer as usize];
        match memory {
            Memory::Absent { .. } => Ok(((key, value), None)),
            Memory::Begun { places } => {
                let kept = (
                    fixed_cache::begin(net, key, *places)?,
                    fixed_cache::begin(net, value, *places)?,
                );
                Ok(((key, value), Some(kept)))
            }
            Memory::Growing { past, .. } => {
                let past = of_layer(past);
                let total = Dim::Symbol(super::TOTAL);
                let all = (
                    net.graph.concat(&[past.0, key], 2, total)?,
                    net.graph.concat(&[past.1, value], 2, total)?,
                );
                Ok((all, Some(all)))
            }
            Memory::Written { slot, past } => {
                let past = of_layer(past);
                let all = (
                    slot.write(net, past.0, key)?,
                    slot.write(net, past.1, value)?,
                );
                Ok((all, Some(all)))
            }
        }
    }

    /// Queries, keys and values, each `(batch, sequence, width)`.
    fn project(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
    ) -> Result<(Value, Value, Value), ExportError> {
        let sizes = self.sizes;
        let (wide, narrow) = (sizes.query_width(), sizes.key_width());
        let has_bias = sizes.biases.in_projections;
        match self.names.projections {
            Projections::Separate { query, key, value } => {
                let mut one = |part: &str, name: &str, width| {
                    net.scope(part, |net| {
                        self.linear(net, x, &self.named(name), (sizes.hidden, width), has_bias)
                    })
                };
                Ok((
                    one("query", query, wide)?,
                    one("key", key, narrow)?,
                    one("value", value, narrow)?,
                ))
            }
            Projections::Fused(name) => {
                let all = (sizes.hidden, wide + 2 * narrow);
                let all = self.linear(net, x, &self.named(name), all, has_bias)?;
                let graph = &mut net.graph;
                Ok((
                    graph.cut(all, 2, 0, wide)?,
                    graph.cut(all, 2, wide, wide + narrow)?,
                    graph.cut(all, 2, wide + narrow, wide + 2 * narrow)?,
                ))
            }
        }
    }

    /// Queries and keys normalised over the last dimension, where there are names for it.
    fn normed_heads(
        &self,
        net: &mut Net<'_, '_>,
        query: Value,
        key: Value,
        names: Option<HeadNorm>,
    ) -> Result<(Value, Value), ExportError> {
        let Some(names) = names else {
            return Ok((query, key));
        };
        let sizes = self.sizes;
        let (of_query, of_key) = match names.over {
            HeadNormOver::Head => (sizes.head_width, sizes.head_width),
            HeadNormOver::Token => (sizes.query_width(), sizes.key_width()),
        };
        let query = net.scope("query", |net| {
            self.norm
                .apply(net, query, &self.named(names.query), of_query)
        })?;
        let key = net.scope("key", |net| {
            self.norm.apply(net, key, &self.named(names.key), of_key)
        })?;
        Ok((query, key))
    }

    /// Scores, shares and the mix of values: `(batch, sequence, width of all heads)`. A group's queries meet their
    /// shared head in one broadcast product, so that keys and values are never repeated.
    fn mix(
        &self,
        net: &mut Net<'_, '_>,
        query: Value,
        (key, value): (Value, Value),
        mask: Value,
    ) -> Result<Value, ExportError> {
        let sizes = self.sizes;
        let graph = &mut net.graph;
        let scale = graph.scalar(1.0 / (sizes.head_width as f64).sqrt());
        let all = [Axis::Keep, Axis::Keep, Axis::Size(sizes.query_width())];
        if sizes.group() == 1 {
            let key = graph.transpose(key, &[0, 1, 3, 2])?;
            let scores = graph.matmul(query, key)?;
            let scores = graph.mul(scores, scale)?;
            let scores = graph.add(scores, mask)?;
            let shares = graph.softmax(scores)?;
            let context = graph.matmul(shares, value)?;
            let context = graph.transpose(context, &[0, 2, 1, 3])?;
            return graph.reshape(context, &all);
        }
        let query = graph.split_heads(query, sizes.key_value_heads, sizes.group())?;
        let key = graph.unsqueeze(key, &[2])?;
        let key = graph.transpose(key, &[0, 1, 2, 4, 3])?;
        let value = graph.unsqueeze(value, &[2])?;
        let scores = graph.matmul(query, key)?;
        let scores = graph.mul(scores, scale)?;
        let scores = graph.add(scores, mask)?;
        let shares = graph.softmax(scores)?;
        let context = graph.matmul(shares, value)?;
        let context = graph.transpose(context, &[0, 3, 1, 2, 4])?;
        graph.reshape(context, &all)
    }
}
