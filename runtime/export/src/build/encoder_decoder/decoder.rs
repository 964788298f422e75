//! The decoder, in two graphs: one that begins, from the encoder's states, and one that goes on,
//! from the caches that the first one gave.

use super::attention::{Attention, Memory};
use super::places::Targets;
use super::sizes::{Model, Places};
use super::{BATCH, PAST, SOURCE, TARGET, TOTAL};
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Layout, Value};
use crate::recipe::Source;

/// Where keys and values come from.
enum Origin {
    /// The encoder's states, `(batch, source, width)`.
    States(Value),
    /// Caches of every layer: those of the decoder, which grow, and those of the encoder.
    Caches(Vec<(Memory, Memory)>),
}

/// `encoder_attention_mask` (for token ids), `input_ids` and `encoder_hidden_states` to `logits` and
/// all caches.
pub(super) fn fill_first(model: &Model<'_>, net: &mut Net<'_, '_>) -> Result<(), ExportError> {
    let padding = padding(model, net)?;
    let ids = net
        .graph
        .input("input_ids", model.form.ids, vec![BATCH, TARGET]);
    let shape = vec![BATCH, SOURCE, Dim::Fixed(model.width)];
    let states = net
        .graph
        .input("encoder_hidden_states", Element::Float32, shape);
    let states = net.graph.cast(states, net.graph.float());
    fill(model, net, ids, padding, &Origin::States(states))
}

/// `encoder_attention_mask` (for token ids), `input_ids` and all caches to `logits` and the
/// decoder's caches.
pub(super) fn fill_next(model: &Model<'_>, net: &mut Net<'_, '_>) -> Result<(), ExportError> {
    let padding = padding(model, net)?;
    let ids = net
        .graph
        .input("input_ids", model.form.ids, vec![BATCH, TARGET]);
    let mut caches = Vec::new();
    for layer in 0..model.decoder.layers {
        let mut cache = |of: &str, length| {
            let mut input = |part: &str| {
                let (heads, width) = (model.decoder.heads, model.decoder.head_width);
                let shape = vec![BATCH, Dim::Fixed(heads), length, Dim::Fixed(width)];
                let name = format!("past_key_values.{layer}.{of}.{part}");
                let float = net.graph.float();
                net.graph.input(&name, float, shape)
            };
            Memory {
                key: input("key"),
                value: input("value"),
            }
        };
        caches.push((cache("decoder", PAST), cache("encoder", SOURCE)));
    }
    fill(model, net, ids, padding, &Origin::Caches(caches))
}

fn padding(model: &Model<'_>, net: &mut Net<'_, '_>) -> Result<Option<Value>, ExportError> {
    if model.recipe.source != Source::Tokens {
        return Ok(None);
    }
    let shape = vec![BATCH, SOURCE];
    let mask = net
        .graph
        .input("encoder_attention_mask", model.form.ids, shape);
    let bias = net.scope("mask", |net| model.padding_bias(net, mask))?;
    Ok(Some(bias))
}

fn fill(
    model: &Model<'_>,
    net: &mut Net<'_, '_>,
    ids: Value,
    padding: Option<Value>,
    origin: &Origin,
) -> Result<(), ExportError> {
    let past = match origin {
        Origin::States(_) => None,
        Origin::Caches(caches) => caches.first().map(|(own, _)| own.key),
    };
    let places = net.scope("positions", |net| Targets::new(net, ids, past))?;
    let bias = net.scope("mask", |net| model.causal_bias(net, &places))?;
    let mut hidden = net.scope("embeddings", |net| {
        let mut embedded = model.embed(net, ids)?;
        if let Places::Table { .. } = model.decoder.places {
            let table = model.position_table(net, &model.decoder)?;
            let rows = places.rows(net, table)?;
            embedded = net.graph.add(embedded, rows)?;
        }
        model.norm_embeddings(net, &model.decoder, embedded)
    })?;
    let mut kept = Vec::new();
    for layer in 0..model.decoder.layers {
        let scope = format!("decoder/layer.{layer}");
        let (next, caches) = net.scope(&scope, |net| {
            block(model, net, layer, hidden, origin, [Some(bias), padding])
        })?;
        hidden = next;
        kept.push(caches);
    }
    hidden = net.scope("decoder", |net| {
        model.norm_last(net, &model.decoder, hidden)
    })?;
    let logits = net.scope("head", |net| logits(model, net, hidden))?;
    net.output("logits", logits);
    let mut keep = |layer: usize, of: &str, memory: Memory| {
        net.graph
            .output(&format!("present.{layer}.{of}.key"), memory.key);
        net.graph
            .output(&format!("present.{layer}.{of}.value"), memory.value);
    };
    for (layer, (own, of_encoder)) in kept.into_iter().enumerate() {
        keep(layer, "decoder", own);
        if matches!(origin, Origin::States(_)) {
            keep(layer, "encoder", of_encoder);
        }
    }
    Ok(())
}

/// A block, and its keys and values: of the decoder and of the encoder.
fn block(
    model: &Model<'_>,
    net: &mut Net<'_, '_>,
    layer: u64,
    x: Value,
    origin: &Origin,
    [causal, padding]: [Option<Value>; 2],
) -> Result<(Value, (Memory, Memory)), ExportError> {
    let stack = &model.decoder;
    let attention = |names| Attention {
        model,
        stack,
        names,
        layer,
    };
    let (to_self, to_encoder) = (
        attention(&model.recipe.stack.attention),
        attention(&model.recipe.cross),
    );
    let norm =
        |attention: &Attention<'_>| stack.numbered(model.prefix, attention.names.norm, layer);
    let (x, own) = net.scope("attention", |net| {
        model.residual(net, x, &norm(&to_self), |net, x| {
            let mut memory = to_self.memory(net, x)?;
            if let Origin::Caches(caches) = origin {
                memory = extended(net, caches[layer as usize].0, memory)?;
            }
            Ok((to_self.attend(net, x, memory, causal)?, memory))
        })
    })?;
    let (x, of_encoder) = net.scope("cross_attention", |net| {
        model.residual(net, x, &norm(&to_encoder), |net, x| {
            let memory = match origin {
                Origin::States(states) => to_encoder.memory(net, *states)?,
                Origin::Caches(caches) => caches[layer as usize].1,
            };
            Ok((to_encoder.attend(net, x, memory, padding)?, memory))
        })
    })?;
    let x = model.feed_forward(net, stack, layer, x)?;
    Ok((x, (own, of_encoder)))
}

/// Keys and values of the past and the new ones.
fn extended(net: &mut Net<'_, '_>, past: Memory, new: Memory) -> Result<Memory, ExportError> {
    let graph = &mut net.graph;
    Ok(Memory {
        key: graph.concat(&[past.key, new.key], 2, TOTAL)?,
        value: graph.concat(&[past.value, new.value], 2, TOTAL)?,
    })
}

/// Scores of the vocabulary, `(batch, target, vocabulary)`.
fn logits(model: &Model<'_>, net: &mut Net<'_, '_>, hidden: Value) -> Result<Value, ExportError> {
    let head = &model.recipe.head;
    let mut hidden = hidden;
    if model.is_tied && head.scales_when_tied {
        let factor = net.graph.scalar((model.width as f64).powf(-0.5));
        hidden = net.graph.mul(hidden, factor)?;
    }
    let shape = [model.vocabulary, model.width];
    let matrix = if model.is_tied {
        let words = net.tensor(&model.tokens(), &shape);
        net.graph.transpose(words, &[1, 0])?
    } else {
        net.weights.require(head.matrix, &shape);
        net.graph.tensor(head.matrix, &shape, Layout::Transposed)
    };
    let logits = net.graph.matmul(hidden, matrix)?;
    match model.logits_bias {
        None => Ok(logits),
        Some(bias) => {
            let bias = net.tensor(bias, &[1, model.vocabulary]);
            net.graph.add(logits, bias)
        }
    }
}
