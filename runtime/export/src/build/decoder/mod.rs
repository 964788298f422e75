//! Decoder-only language models with a cache: LLaMA, Qwen, GPT-2, Gemma, `OLMo` and their like.

mod attention;
mod inputs;
mod mask;
mod norm;
mod rope_scaling;
mod rotary;
mod sizes;

use super::fixed_cache;
use super::net::{Linear, Net, numbered};
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Graph, Layout, Value};
use crate::options::KvCache;
use crate::recipe::{
    Decoder, DecoderNormPlace, DecoderPositions, DecoderWeights, EmbeddingScale, MatrixStorage,
};
use crate::weights::Weights;
use inputs::{Inputs, Memory, Stage};
use mask::Mask;
use norm::Norm;
use rotary::{Frequencies, Rotation};
use sizes::Sizes;

/// Axes as hub exports name them.
const BATCH: &str = "batch_size";
const SEQUENCE: &str = "sequence_length";
const PAST: &str = "past_sequence_length";
const TOTAL: &str = "past_sequence_length + sequence_length";

/// One block and what all blocks share.
struct Block<'a> {
    sizes: &'a Sizes,
    names: &'a DecoderWeights,
    prefix: &'a str,
    norm: Norm,
    rotation: Option<&'a Rotation>,
    layer: u64,
}

/// Builds the graph: `input_ids` and `position_ids` `(batch, sequence)`, `attention_mask` `(batch, past + sequence)` and
/// `past_key_values.N.key` and `.value` `(batch, key-value heads, past, head width)`, of which the past may have the
/// length 0; returns `logits` `(batch, sequence, vocabulary)` and `present.N.key` and `.value`, the past with the
/// sequence's own behind it.
///
/// Without a cache, past and present are left out. With one of a fixed number of places there are two graphs instead.
/// `decoder_model` takes `input_ids` and `position_ids` `(batch, sequence)` with rows padded at their end, and returns
/// `logits` and `present.N.key` and `.value` `(batch, key-value heads, places, head width)`. `decoder_with_past_model`
/// takes one token a row and the past, and looks at the places up to the token's position.
pub(super) fn build(
    recipe: &Decoder,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    graphs("model", recipe, config, form, weights, Tokens::Ids)
}

/// The graphs of [`build`]; `name` is that of the one that serves alone.
pub(super) fn graphs(
    name: &'static str,
    recipe: &Decoder,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
    tokens: Tokens,
) -> Result<Vec<NamedGraph>, ExportError> {
    let stages = match form.cache {
        KvCache::Growing => vec![(name, Stage::Growing)],
        KvCache::None => vec![(name, Stage::Absent)],
        KvCache::Fixed(places) => vec![
            ("decoder_model", Stage::Begun(places)),
            ("decoder_with_past_model", Stage::Written(places)),
        ],
    };
    let mut built = Vec::with_capacity(stages.len());
    for (name, stage) in stages {
        let graph = graph(recipe, config, form, weights, (tokens, stage))?;
        built.push((name, graph));
    }
    Ok(built)
}

/// What a decoder's graph takes for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tokens {
    /// `input_ids`.
    Ids,
    /// `inputs_embeds` `(batch, sequence, hidden)`, as [`embeddings`] makes them of ids.
    Embedded,
}

/// The table of embeddings as a graph: `input_ids` `(batch, sequence)` to `inputs_embeds` `(batch, sequence, hidden)`,
/// scaled where the recipe says so, without positions.
pub(super) fn embeddings(
    recipe: &Decoder,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Graph, ExportError> {
    let sizes = Sizes::read(recipe, config)?;
    let mut net = Net::new(form, weights);
    let shape = vec![Dim::Symbol(BATCH), Dim::Symbol(SEQUENCE)];
    let ids = net.graph.input("input_ids", form.ids, shape);
    let embedded = look_up(&mut net, recipe, &sizes, recipe.prefix, ids)?;
    net.output("inputs_embeds", embedded);
    Ok(net.finish())
}

/// A graph of [`build`], from ids or from their embeddings.
fn graph(
    recipe: &Decoder,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
    (tokens, stage): (Tokens, Stage),
) -> Result<Graph, ExportError> {
    let sizes = Sizes::read(recipe, config)?;
    if let KvCache::Fixed(places) = form.cache {
        fixed_cache::check(places, sizes.positions)?;
    }
    let names = &recipe.weights;
    // A checkpoint may have been saved from the class without the head, whose names have no prefix.
    let is_bare = weights.contains(names.embeddings);
    let prefix = if is_bare { "" } else { recipe.prefix };
    let mut net = Net::new(form, weights);
    let inputs = Inputs::declare(&mut net, form, &sizes, (tokens, stage))?;

    let mask = net.scope("mask", |net| Mask::build(net, &sizes, &inputs))?;
    let mut hidden = net.scope("embeddings", |net| {
        let x = match tokens {
            Tokens::Ids => look_up(net, recipe, &sizes, prefix, inputs.tokens)?,
            Tokens::Embedded => net.graph.cast(inputs.tokens, net.graph.float()),
        };
        place(net, recipe, &sizes, prefix, (x, inputs.position_ids))
    })?;
    let rotation = match recipe.positions {
        DecoderPositions::Learned(_) | DecoderPositions::LearnedAfter { .. } => None,
        DecoderPositions::Rotary => {
            let frequencies = Frequencies::read(config, sizes.head_width, sizes.positions)?;
            let look_up =
                |net: &mut Net<'_, '_>| frequencies.at(net, sizes.positions, inputs.position_ids);
            Some(net.scope("rotary", look_up)?)
        }
    };
    let norm = Norm {
        kind: recipe.norm,
        epsilon: sizes.epsilon,
    };
    let mut cache = Vec::new();
    for layer in 0..sizes.layers {
        let block = Block {
            sizes: &sizes,
            names,
            prefix,
            norm,
            rotation: rotation.as_ref(),
            layer,
        };
        let apply = |net: &mut Net<'_, '_>| {
            block.apply(net, recipe.norm_place, hidden, &inputs.memory, &mask)
        };
        let (after, present) = net.scope(&format!("layer.{layer}"), apply)?;
        hidden = after;
        cache.extend(present);
    }
    let logits = net.scope("head", |net| {
        let hidden = norm.apply(
            net,
            hidden,
            &format!("{prefix}{}", names.norm),
            sizes.hidden,
        )?;
        predict(net, names, &sizes, prefix, hidden)
    })?;
    net.output("logits", logits);
    for (layer, (key, value)) in cache.into_iter().enumerate() {
        net.graph.output(&format!("present.{layer}.key"), key);
        net.graph.output(&format!("present.{layer}.value"), value);
    }
    Ok(net.finish())
}

/// Token embeddings, scaled where the recipe says so.
fn look_up(
    net: &mut Net<'_, '_>,
    recipe: &Decoder,
    sizes: &Sizes,
    prefix: &str,
    ids: Value,
) -> Result<Value, ExportError> {
    let table = format!("{prefix}{}", recipe.weights.embeddings);
    let table = net.tensor(&table, &[sizes.vocabulary, sizes.hidden]);
    let mut x = net.graph.gather(table, ids)?;
    if recipe.embedding_scale == EmbeddingScale::RootOfWidth {
        let root = net.graph.scalar((sizes.hidden as f64).sqrt());
        x = net.graph.mul(x, root)?;
    }
    Ok(x)
}

/// Embeddings with their positions, where those are learned.
fn place(
    net: &mut Net<'_, '_>,
    recipe: &Decoder,
    sizes: &Sizes,
    prefix: &str,
    (x, position_ids): (Value, Value),
) -> Result<Value, ExportError> {
    let (positions, hidden) = (sizes.positions, sizes.hidden);
    let table = match recipe.positions {
        DecoderPositions::Rotary => return Ok(x),
        DecoderPositions::Learned(name) => {
            net.tensor(&format!("{prefix}{name}"), &[positions, hidden])
        }
        DecoderPositions::LearnedAfter { table, skipped } => {
            let name = format!("{prefix}{table}");
            let first = (skipped * hidden) as usize;
            net.computed(
                &format!("{name}.taken"),
                vec![positions, hidden],
                vec![(name, vec![skipped + positions, hidden])],
                Box::new(move |tensors: &[Vec<f32>]| tensors[0][first..].to_vec()),
            )
        }
    };
    let places = net.graph.gather(table, position_ids)?;
    net.graph.add(x, places)
}

/// Logits of the vocabulary; a tied head is the table of embeddings itself.
fn predict(
    net: &mut Net<'_, '_>,
    names: &DecoderWeights,
    sizes: &Sizes,
    prefix: &str,
    hidden: Value,
) -> Result<Value, ExportError> {
    if sizes.is_tied {
        let table = format!("{prefix}{}", names.embeddings);
        let table = net.tensor(&table, &[sizes.vocabulary, sizes.hidden]);
        let table = net.graph.transpose(table, &[1, 0])?;
        return net.graph.matmul(hidden, table);
    }
    let head = Linear {
        name: names.head,
        from: sizes.hidden,
        to: sizes.vocabulary,
        has_bias: false,
    };
    net.linear(hidden, head)
}

impl Block<'_> {
    fn apply(
        &self,
        net: &mut Net<'_, '_>,
        place: DecoderNormPlace,
        x: Value,
        memory: &Memory,
        mask: &Mask,
    ) -> Result<(Value, Option<(Value, Value)>), ExportError> {
        let (before, after) = match place {
            DecoderNormPlace::Before => (true, false),
            DecoderNormPlace::After => (false, true),
        };
        let normed = |net: &mut Net<'_, '_>, x, name: &str, applies: bool| {
            if !applies {
                return Ok(x);
            }
            let width = self.sizes.hidden;
            self.norm.apply(net, x, &self.named(name), width)
        };
        let (x, present) = net.scope("attention", |net| {
            let inner = normed(net, x, self.names.attention_norm, before)?;
            let (change, present) = self.attend(net, inner, memory, mask)?;
            let change = normed(net, change, self.names.attention_norm, after)?;
            Ok((net.graph.add(x, change)?, present))
        })?;
        let x = net.scope("feed_forward", |net| {
            let inner = normed(net, x, self.names.feed_forward_norm, before)?;
            let change = self.feed_forward(net, inner)?;
            let change = normed(net, change, self.names.feed_forward_norm, after)?;
            net.graph.add(x, change)
        })?;
        Ok((x, present))
    }

    fn feed_forward(&self, net: &mut Net<'_, '_>, x: Value) -> Result<Value, ExportError> {
        let sizes = self.sizes;
        let has_bias = sizes.biases.in_feed_forward;
        let wider = (sizes.hidden, sizes.intermediate);
        let mut inner = match self.names.gate {
            Some(gate) => self.linear(net, x, &self.named(gate), wider, has_bias)?,
            None => self.linear(net, x, &self.named(self.names.up), wider, has_bias)?,
        };
        inner = sizes.activation.apply(net, inner)?;
        if self.names.gate.is_some() {
            let up = self.linear(net, x, &self.named(self.names.up), wider, has_bias)?;
            inner = net.graph.mul(inner, up)?;
        }
        let narrower = (sizes.intermediate, sizes.hidden);
        self.linear(net, inner, &self.named(self.names.down), narrower, has_bias)
    }

    /// A linear layer of the block, whichever way its matrix is stored.
    fn linear(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        name: &str,
        (from, to): (u64, u64),
        has_bias: bool,
    ) -> Result<Value, ExportError> {
        if self.sizes.storage == MatrixStorage::OutIn {
            let layer = Linear {
                name,
                from,
                to,
                has_bias,
            };
            return net.linear(x, layer);
        }
        let matrix = format!("{name}.weight");
        net.weights.require(&matrix, &[from, to]);
        let matrix = net.graph.tensor(&matrix, &[from, to], Layout::AsStored);
        let product = net.graph.matmul(x, matrix)?;
        if !has_bias {
            return Ok(product);
        }
        let bias = net.tensor(&format!("{name}.bias"), &[to]);
        net.graph.add(product, bias)
    }

    fn named(&self, name: &str) -> String {
        numbered(self.prefix, name, self.layer)
    }
}
