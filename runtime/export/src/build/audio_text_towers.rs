//! Models that compare sounds with texts: CLAP (Wu et al., 2023, arXiv:2211.06687) and its like.

use super::activation::Activation;
use super::net::Net;
use super::spectrogram_tower::Tower;
use super::{Form, NamedGraph, text_encoder};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Reduction, Value};
use crate::options::Head;
use crate::recipe::{AudioTextTowers, Projection};
use crate::weights::Weights;

/// Builds the joint graph `model`: `input_ids` and `attention_mask` `(texts, sequence)`, `input_features` `(sounds,
/// channels, time, mel)` and, where the checkpoint fuses, `is_longer` `(sounds, 1)`; it returns `logits_per_audio`
/// `(sounds, texts)` and `logits_per_text`, the normalised `text_embeds` and `audio_embeds`, and what the towers give before
/// their projections.
///
/// Without a head, the towers alone: `text_model` gives `text_embeds` and `text_pooler_output`, `audio_model` gives
/// `audio_embeds`, `audio_pooler_output` and `audio_last_hidden_state`, all as in the joint graph.
pub(super) fn build(
    recipe: &AudioTextTowers,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let config = config.or_defaults(recipe.defaults)?;
    let towers = Towers {
        recipe,
        text_config: config.section(recipe.text_config)?,
        audio_config: config.section(recipe.audio_config)?,
    };
    match form.head {
        Head::Auto => {
            let mut net = Net::new(form, weights);
            towers.join(&mut net, form.ids)?;
            Ok(vec![("model", net.finish())])
        }
        Head::Base => {
            let mut text = Net::new(form, weights);
            let read = towers.read(&mut text, form.ids)?;
            text.output("text_embeds", read.vectors);
            text.output("text_pooler_output", read.pooled);
            let text = text.finish();
            let mut audio = Net::new(form, weights);
            let heard = towers.hear(&mut audio)?;
            audio.output("audio_embeds", heard.vectors);
            audio.output("audio_pooler_output", heard.pooled);
            audio.output("audio_last_hidden_state", heard.states);
            Ok(vec![("text_model", text), ("audio_model", audio.finish())])
        }
        head => Err(ExportError::Head {
            head: head.name(),
            reason: "towers over sounds and texts have none".to_owned(),
        }),
    }
}

struct Towers<'a> {
    recipe: &'a AudioTextTowers,
    text_config: Config,
    audio_config: Config,
}

/// What a tower of texts gives.
struct Read {
    vectors: Value,
    pooled: Value,
}

/// What a tower of sounds gives.
struct Heard {
    vectors: Value,
    pooled: Value,
    states: Value,
}

impl Towers<'_> {
    fn join(&self, net: &mut Net<'_, '_>, ids: Element) -> Result<(), ExportError> {
        let read = self.read(net, ids)?;
        let heard = self.hear(net)?;
        let turned = net.graph.transpose(heard.vectors, &[1, 0])?;
        let similarity = net.graph.matmul(read.vectors, turned)?;
        let of_audio = net.graph.transpose(similarity, &[1, 0])?;
        let per_audio = scaled(net, of_audio, self.recipe.audio_scale)?;
        let per_text = scaled(net, similarity, self.recipe.text_scale)?;
        net.output("logits_per_audio", per_audio);
        net.output("logits_per_text", per_text);
        net.output("text_embeds", read.vectors);
        net.output("audio_embeds", heard.vectors);
        net.output("text_pooler_output", read.pooled);
        net.output("audio_pooler_output", heard.pooled);
        net.output("audio_last_hidden_state", heard.states);
        Ok(())
    }

    fn read(&self, net: &mut Net<'_, '_>, ids: Element) -> Result<Read, ExportError> {
        let (recipe, config) = (self.recipe, &self.text_config);
        let shape = || {
            vec![
                Dim::Symbol("text_batch_size"),
                Dim::Symbol("sequence_length"),
            ]
        };
        let tokens = net.graph.input("input_ids", ids, shape());
        let mask = net.graph.input("attention_mask", ids, shape());
        let pooled = net.scope("text", |net| {
            text_encoder::pooled(net, &recipe.text, config, (tokens, mask))
        })?;
        let width = config.size(recipe.text.config.hidden_size)?;
        let names = (&recipe.text_projection, recipe.projection_activation);
        let vectors = net.scope("text_projection", |net| {
            project(net, pooled, names, width, config)
        })?;
        Ok(Read { vectors, pooled })
    }

    fn hear(&self, net: &mut Net<'_, '_>) -> Result<Heard, ExportError> {
        let (recipe, config) = (self.recipe, &self.audio_config);
        let tower = Tower::new(&recipe.audio, config)?;
        let heard = tower.build(net)?;
        let names = (&recipe.audio_projection, recipe.projection_activation);
        let vectors = net.scope("audio_projection", |net| {
            project(net, heard.pooled, names, tower.output_width(), config)
        })?;
        Ok(Heard {
            vectors,
            pooled: heard.pooled,
            states: heard.hidden,
        })
    }
}

/// Two linear layers and the division by the length of the vector: `(batch, projection)`.
fn project(
    net: &mut Net<'_, '_>,
    x: Value,
    (projection, activation): (&Projection, &str),
    width: u64,
    config: &Config,
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
