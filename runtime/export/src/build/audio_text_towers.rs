//! Models that compare sounds with texts: CLAP (Wu et al., 2023, arXiv:2211.06687) and its like.

use super::activation::Activation;
use super::net::Net;
use super::spectrogram_tower::Tower;
use super::{Form, NamedGraph, text_encoder};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Reduction, Value};
use crate::options::Head;
use crate::recipe::{AudioTextTowers, Projection};
use crate::weights::Weights;

/// Builds the graph: `input_ids` and `attention_mask` `(texts, sequence)`, `input_features` `(sounds, channels, time, mel)`
/// and, where the checkpoint fuses, `is_longer` `(sounds, 1)`; returns `logits_per_audio` `(sounds, texts)` and
/// `logits_per_text`, the normalised `text_embeds` and `audio_embeds`, and what the towers give before their projections.
pub(super) fn build(
    recipe: &AudioTextTowers,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    if !matches!(form.head, Head::Auto | Head::Base) {
        return Err(ExportError::Head {
            head: form.head.name(),
            reason: "towers over sounds and texts have none".to_owned(),
        });
    }
    let config = config.or_defaults(recipe.defaults)?;
    let text_config = config.section(recipe.text_config)?;
    let audio_config = config.section(recipe.audio_config)?;
    let mut net = Net::new(form.float, weights);
    fill(&mut net, recipe, &text_config, &audio_config, form)?;
    Ok(vec![("model", net.finish())])
}

fn fill(
    net: &mut Net<'_, '_>,
    recipe: &AudioTextTowers,
    text_config: &Config,
    audio_config: &Config,
    form: Form,
) -> Result<(), ExportError> {
    let shape = || {
        vec![
            Dim::Symbol("text_batch_size"),
            Dim::Symbol("sequence_length"),
        ]
    };
    let ids = net.graph.input("input_ids", form.ids, shape());
    let mask = net.graph.input("attention_mask", form.ids, shape());
    let read = net.scope("text", |net| {
        text_encoder::pooled(net, &recipe.text, text_config, (ids, mask))
    })?;
    let tower = Tower::new(&recipe.audio, audio_config)?;
    let heard = tower.build(net)?;

    let activation = recipe.projection_activation;
    let width = text_config.size(recipe.text.config.hidden_size)?;
    let text = net.scope("text_projection", |net| {
        project(
            net,
            read,
            &recipe.text_projection,
            width,
            text_config,
            activation,
        )
    })?;
    let width = tower.output_width();
    let audio = net.scope("audio_projection", |net| {
        project(
            net,
            heard.pooled,
            &recipe.audio_projection,
            width,
            audio_config,
            activation,
        )
    })?;
    let turned = net.graph.transpose(audio, &[1, 0])?;
    let similarity = net.graph.matmul(text, turned)?;
    let of_audio = net.graph.transpose(similarity, &[1, 0])?;
    let per_audio = scaled(net, of_audio, recipe.audio_scale)?;
    let per_text = scaled(net, similarity, recipe.text_scale)?;
    net.output("logits_per_audio", per_audio);
    net.output("logits_per_text", per_text);
    net.output("text_embeds", text);
    net.output("audio_embeds", audio);
    net.output("text_pooler_output", read);
    net.output("audio_pooler_output", heard.pooled);
    net.output("audio_last_hidden_state", heard.hidden);
    Ok(())
}

/// Two linear layers and the division by the length of the vector: `(batch, projection)`.
fn project(
    net: &mut Net<'_, '_>,
    x: Value,
    projection: &Projection,
    width: u64,
    config: &Config,
    activation: &str,
) -> Result<Value, ExportError> {
    let to = config.size("projection_dim")?;
    let activation = Activation::of(config, activation)?;
    let inner = net.rows(x, projection.first, width, to)?;
    let inner = activation.apply(net, inner)?;
    let outer = net.rows(inner, projection.second, to, to)?;
    let length = net.graph.reduce(Reduction::Norm, outer, 1, true)?;
    net.graph.div(outer, length)
}

/// Similarities times the exponential of a stored number.
fn scaled(net: &mut Net<'_, '_>, x: Value, name: &str) -> Result<Value, ExportError> {
    let exponential = |tensors: &[Vec<f32>]| tensors[0].iter().map(|number| number.exp()).collect();
    let from = vec![(name.to_owned(), vec![])];
    let scale = net.computed(&format!("{name}.exp"), vec![], from, Box::new(exponential));
    net.graph.mul(x, scale)
}
