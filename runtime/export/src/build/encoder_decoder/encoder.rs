//! The encoder: `input_ids` and `attention_mask`, or `input_features`, to `last_hidden_state`.

use super::attention::Attention;
use super::sizes::{Model, Places};
use super::{BATCH, SOURCE};
use crate::build::activation::Activation;
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Stride, Value};
use crate::recipe::{FeatureStem, Source};

/// Kernel and padding of the convolutions before an encoder of audio.
const STEM_KERNEL: u64 = 3;
const STEM_PADDING: u64 = 1;

pub(super) fn fill(model: &Model<'_>, net: &mut Net<'_, '_>) -> Result<(), ExportError> {
    let (embedded, bias) = match model.recipe.source {
        Source::Tokens => tokens(model, net)?,
        Source::Features(stem) => (net.scope("stem", |net| frames(model, net, &stem))?, None),
    };
    let hidden = net.scope("encoder", |net| blocks(model, net, embedded, bias))?;
    net.output("last_hidden_state", hidden);
    Ok(())
}

/// Embeddings of token ids, and what is added to the scores.
fn tokens(model: &Model<'_>, net: &mut Net<'_, '_>) -> Result<(Value, Option<Value>), ExportError> {
    let shape = || vec![BATCH, SOURCE];
    let ids = net.graph.input("input_ids", model.form.ids, shape());
    let mask = net.graph.input("attention_mask", model.form.ids, shape());
    let bias = net.scope("mask", |net| {
        let padding = model.padding_bias(net, mask)?;
        match model.encoder.places {
            Places::Table { .. } => Ok(padding),
            Places::Buckets { .. } => {
                let distances = model.encoder_distances(net, ids)?;
                net.graph.add(distances, padding)
            }
        }
    })?;
    let embedded = net.scope("embeddings", |net| {
        let embedded = model.embed(net, ids)?;
        let embedded = match model.encoder.places {
            Places::Buckets { .. } => embedded,
            Places::Table { rows, .. } => {
                let table = model.position_table(net, &model.encoder)?;
                debug_assert_eq!(net.graph.shape(table)[0], Dim::Fixed(rows));
                let rows = net.graph.beginning(table, 0, (ids, 1))?;
                net.graph.add(embedded, rows)?
            }
        };
        model.norm_embeddings(net, &model.encoder, embedded)
    })?;
    Ok((embedded, Some(bias)))
}

/// Frames of audio features through the convolutions, `(batch, frames, width)`.
fn frames(
    model: &Model<'_>,
    net: &mut Net<'_, '_>,
    stem: &FeatureStem,
) -> Result<Value, ExportError> {
    let Places::Table { rows, .. } = model.encoder.places else {
        return Err(ExportError::Recipe {
            part: "audio features",
            field: "positions.table",
        });
    };
    let stride: u64 = stem
        .convolutions
        .iter()
        .map(|c| u64::from(c.stride))
        .product();
    let channels = model.channels.unwrap_or_default();
    let shape = vec![BATCH, Dim::Fixed(channels), Dim::Fixed(rows * stride)];
    let mut x = net.graph.input("input_features", Element::Float32, shape);
    x = net.graph.cast(x, net.graph.float());
    let mut depth = channels;
    for convolution in stem.convolutions {
        let name = format!("{}{}", model.prefix, convolution.name);
        let weight = net.tensor(
            &format!("{name}.weight"),
            &[model.width, depth, STEM_KERNEL],
        );
        let bias = net.tensor(&format!("{name}.bias"), &[model.width]);
        let stride = Stride::padded(&[convolution.stride.into()], &[STEM_PADDING]);
        x = net
            .graph
            .convolution(x, weight, Some(bias), &stride, BATCH)?;
        x = Activation::Gelu.apply(net, x)?;
        depth = model.width;
    }
    x = net.graph.transpose(x, &[0, 2, 1])?;
    let table = model.position_table(net, &model.encoder)?;
    x = net.graph.add(x, table)?;
    model.norm_embeddings(net, &model.encoder, x)
}

fn blocks(
    model: &Model<'_>,
    net: &mut Net<'_, '_>,
    embedded: Value,
    bias: Option<Value>,
) -> Result<Value, ExportError> {
    let stack = &model.encoder;
    let mut hidden = embedded;
    for layer in 0..stack.layers {
        let attention = Attention {
            model,
            stack,
            names: &model.recipe.stack.attention,
            layer,
        };
        let norm = stack.numbered(model.prefix, model.recipe.stack.attention.norm, layer);
        hidden = net.scope(&format!("layer.{layer}"), |net| {
            let (attended, ()) = net.scope("attention", |net| {
                model.residual(net, hidden, &norm, |net, x| {
                    let memory = attention.memory(net, x)?;
                    Ok((attention.attend(net, x, memory, bias)?, ()))
                })
            })?;
            model.feed_forward(net, stack, layer, attended)
        })?;
    }
    model.norm_last(net, stack, hidden)
}
