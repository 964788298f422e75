//! The decoder, in two graphs: one that begins, from the encoder's states, and one that goes on,
//! from the caches that the first one gave.

use super::attention::{Attention, Memory};
use super::places::Targets;
use super::sizes::{Model, Places};
use super::{BATCH, LONGEST_BY_DISTANCE, PAST, SOURCE, TARGET, TOTAL};
use crate::build::fixed_cache::{self, Slot};
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Layout, Value};
use crate::options::KvCache;
use crate::recipe::Source;

/// Where keys and values come from.
enum Origin {
    /// The encoder's states, `(batch, source, width)`.
    States(Value),
    /// Caches of every layer: those of the decoder and those of the encoder. The decoder's grow, unless there is a position
    /// and its slot in them.
    Caches(Vec<(Memory, Memory)>, Option<(Value, Slot)>),
}

/// `encoder_attention_mask` (for token ids), `input_ids` and `encoder_hidden_states` to `logits` and
/// all caches.
pub(super) fn fill_first(model: &Model<'_>, net: &mut Net<'_, '_>) -> Result<(), ExportError> {
    let padding = padding(model, net)?;
    let ids = net
        .graph
        .input("input_ids", model.form.ids, vec![BATCH, TARGET]);
    let shape = vec![BATCH, source(model), Dim::Fixed(model.width)];
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
    let (target, past) = match model.form.cache {
        KvCache::Fixed(places) => (Dim::Fixed(1), Dim::Fixed(places)),
        KvCache::Growing | KvCache::None => (TARGET, PAST),
    };
    let ids = net
        .graph
        .input("input_ids", model.form.ids, vec![BATCH, target]);
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
        caches.push((cache("decoder", past), cache("encoder", source(model))));
    }
    let slot = match model.form.cache {
        KvCache::Growing | KvCache::None => None,
        KvCache::Fixed(places) => {
            let one = vec![Dim::Fixed(1)];
            let position = net.graph.input("cache_position", model.form.ids, one);
            let slot = |net: &mut Net<'_, '_>| Slot::new(net, position, places);
            Some((position, net.scope("cache", slot)?))
        }
    };
    fill(model, net, ids, padding, &Origin::Caches(caches, slot))
}

/// How many states the encoder gives.
fn source(model: &Model<'_>) -> Dim {
    match (model.recipe.source, model.encoder.places) {
        (Source::Features(_), Places::Table { rows, .. }) if model.form.is_static => {
            Dim::Fixed(rows)
        }
        _ => SOURCE,
    }
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
    if let KvCache::Fixed(places) = model.form.cache {
        let positions = match model.decoder.places {
            Places::Table { rows, .. } => rows,
            Places::Buckets { .. } => LONGEST_BY_DISTANCE,
        };
        fixed_cache::check(places, positions)?;
    }
    let places = net.scope("positions", |net| match origin {
        Origin::States(_) => Targets::new(net, ids, None),
        Origin::Caches(_, Some((position, slot))) => Ok(Targets::At(*position, *slot)),
        Origin::Caches(caches, None) => {
            Targets::new(net, ids, caches.first().map(|(own, _)| own.key))
        }
    })?;
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
    if model.form.cache == KvCache::None {
        return Ok(());
    }
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
            let own = to_self.memory(net, x)?;
            let (memory, kept) = match origin {
                Origin::States(_) => (own, begun(net, model.form.cache, own)?),
                Origin::Caches(caches, slot) => {
                    let past = caches[layer as usize].0;
                    let all = match slot {
                        None => extended(net, past, own)?,
                        Some((_, slot)) => written(net, *slot, past, own)?,
                    };
                    (all, all)
                }
            };
            Ok((to_self.attend(net, x, memory, causal)?, kept))
        })
    })?;
    let (x, of_encoder) = net.scope("cross_attention", |net| {
        model.residual(net, x, &norm(&to_encoder), |net, x| {
            let memory = match origin {
                Origin::States(states) => to_encoder.memory(net, *states)?,
                Origin::Caches(caches, _) => caches[layer as usize].1,
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

/// What is kept of the first keys and values.
fn begun(net: &mut Net<'_, '_>, cache: KvCache, own: Memory) -> Result<Memory, ExportError> {
    let KvCache::Fixed(places) = cache else {
        return Ok(own);
    };
    Ok(Memory {
        key: fixed_cache::begin(net, own.key, places)?,
        value: fixed_cache::begin(net, own.value, places)?,
    })
}

/// Keys and values of the past with those of a token in their place.
fn written(
    net: &mut Net<'_, '_>,
    slot: Slot,
    past: Memory,
    own: Memory,
) -> Result<Memory, ExportError> {
    Ok(Memory {
        key: slot.write(net, past.key, own.key)?,
        value: slot.write(net, past.value, own.value)?,
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
