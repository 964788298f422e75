//! Language models that see pictures: LLaVA, LLaVA-NeXT, BLIP-2 and their like.

use serde_json::Value as Json;

use super::decoder::{self, Tokens};
use super::projector::Seer;
use super::query_transformer::Querier;
use super::vision_tower::Viewer;
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::recipe::{Bridge, Decoder, Language, Recipe, VisionLanguage};
use crate::weights::Weights;

/// Axis of pictures, or of their tiles.
pub(super) const PICTURES: &str = "image_batch_size";

/// Builds three graphs, by the names that hub exports use. `vision_encoder` turns `pixel_values`
/// `(pictures, channels, height, width)` into `image_features` `(pictures, vectors, hidden)`, and
/// gives `newline` `(pictures, 1, hidden)` where the family has one. `embed_tokens` turns
/// `input_ids` into `inputs_embeds` `(batch, sequence, hidden)`. `decoder_model_merged` is the
/// language model with a cache, which takes `inputs_embeds` in place of ids.
pub(super) fn build(
    recipe: &VisionLanguage,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let config = config.or_defaults(recipe.defaults)?;
    let (language, text) = language(recipe, &config)?;
    let width = text.size(language.config.hidden_size)?;
    let section = config.part(recipe.vision.section)?;
    let viewer = Viewer::new(&recipe.vision, &section, form.image_size)?;
    let vision = match &recipe.bridge {
        Bridge::Projector(projector) => {
            let seer = Seer::new(projector, viewer, &config, &section, width)?;
            seer.graph(form, weights)?
        }
        Bridge::Queries(querying) => {
            let querier = Querier::new(querying, viewer, &config, width)?;
            querier.graph(form, weights)?
        }
    };
    let embeddings = decoder::embeddings(language, &text, form, weights)?;
    let decoders = decoder::graphs(
        "decoder_model_merged",
        language,
        &text,
        form,
        weights,
        Tokens::Embedded,
    )?;
    let before = [("vision_encoder", vision), ("embed_tokens", embeddings)];
    Ok(before.into_iter().chain(decoders).collect())
}

/// The language model in the checkpoint, with its section of the configuration.
fn language<'a>(
    recipe: &'a VisionLanguage,
    config: &Config,
) -> Result<(&'a Decoder, Config), ExportError> {
    let section = config.section(recipe.section)?;
    let model_type = section.name("model_type")?;
    let is_of = |language: &&Language| language.model_type == model_type;
    let found = recipe.languages.iter().find(is_of);
    let found = found.map(|language| (language.defaults, &language.recipe));
    if let Some((defaults, Recipe::Decoder(decoder))) = found {
        return Ok((decoder, section.or_defaults(defaults)?));
    }
    let known = recipe.languages.iter().map(|language| language.model_type);
    let known: Vec<_> = known.collect();
    Err(section.unexpected("model_type", &Json::from(model_type), known.join(", ")))
}
