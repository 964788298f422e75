//! Numbers of parameters computed from a configuration's sizes.
//!
//! A linear layer has a matrix and a bias, a normalisation a scale and a shift; the rest follows from the
//! architectures: Devlin et al. 2018 (arXiv:1810.04805), Dosovitskiy et al. 2020 (arXiv:2010.11929).

use serde_json::{Map, Value};

use super::config::{Config, size};
use crate::registry::constraint::PARAMETERS;
use crate::registry::recipe::{
    AudioEncoder, Bias, Decoder, DecoderNorm, DecoderPositions, EncoderDecoder, FeedForward,
    HeadNormOver, Recipe, TextEncoder, VisionTransformer,
};

/// Labels of a classifier whose configuration names none, as transformers has it.
const LABELS: u64 = 2;

/// The count by a recipe, of the class without a pre-training head; `None` where a size is missing.
pub(super) fn by_recipe(recipe: Recipe<'_>, config: &Config) -> Option<u64> {
    let count = match recipe {
        Recipe::AudioEncoder(recipe) => audio_encoder(recipe, config)?,
        Recipe::Decoder(recipe) => decoder(recipe, config)?,
        Recipe::EncoderDecoder(recipe) => encoder_decoder(recipe, config)?,
        Recipe::TextEncoder(recipe) => text_encoder(recipe, config)?,
        Recipe::VisionTransformer(recipe) => vision_transformer(recipe, config)?,
        // Stages and parts differ in width; what a user's configuration says of its sizes serves as an estimate.
        Recipe::HierarchicalVision(_)
        | Recipe::Convolutional(_)
        | Recipe::Detector(_)
        | Recipe::PromptableSegmenter(_)
        | Recipe::MixTransformer(_)
        | Recipe::SpeechSynthesizer(_) => return None,
        // Nested configurations leave sizes out, which only an estimate can do without.
        Recipe::AudioTextTowers(_) | Recipe::DualTower(_) | Recipe::VisionLanguage(_) => {
            return None;
        }
    };
    credible(count)
}

/// Weights of blocks, embeddings and heads: the vectors, below a thousandth, are left to the rounding of estimates.
fn encoder_decoder(recipe: &EncoderDecoder, config: &Config) -> Option<u128> {
    let size = |key: &str| config.size(key).map(u128::from);
    let keys = &recipe.config;
    let width = size(&keys.width)?;
    let inner = |heads: &str| match &keys.head_width {
        Some(key) => Some(size(heads)? * size(key)?),
        None => Some(width),
    };
    let gates = config.content.get(&keys.activation).and_then(Value::as_str);
    let matrices = if gates.is_some_and(|name| name.starts_with("gated-")) {
        3
    } else {
        2
    };
    let encoder_layers = size(&keys.encoder_layers)?;
    let decoder_layers = size(&keys.decoder_layers).unwrap_or(encoder_layers);
    let encoder = 4 * width * inner(&keys.encoder_heads)?
        + matrices * width * size(&keys.encoder_intermediate)?;
    let decoder = 8 * width * inner(&keys.decoder_heads)?
        + matrices * width * size(&keys.decoder_intermediate)?;
    let is_tied = config
        .content
        .get("tie_word_embeddings")
        .and_then(Value::as_bool);
    let tables = if is_tied.unwrap_or(recipe.head.is_tied_by_default) {
        1
    } else {
        2
    };
    let words = tables * size("vocab_size")? * width;
    Some(words + encoder_layers * encoder + decoder_layers * decoder)
}

fn text_encoder(recipe: &TextEncoder, config: &Config) -> Option<u128> {
    let size = |key: &str| config.size(key).map(u128::from);
    let keys = &recipe.config;
    let (hidden, layers) = (size(&keys.hidden_size)?, size(&keys.layers)?);
    let rows = size("vocab_size")? + size("max_position_embeddings")?;
    let types = match recipe.weights.token_type_embeddings {
        Some(_) => size("type_vocab_size").unwrap_or(2),
        None => 0,
    };
    let bias = match &recipe.relative_bias {
        Some(bias) => u128::from(bias.buckets) * size(&keys.heads)?,
        None => 0,
    };
    let pooler = if recipe.weights.pooler.is_some() {
        linear(hidden, hidden)
    } else {
        0
    };
    let block = block(hidden, size(&keys.intermediate_size)?);
    Some((rows + types) * hidden + norm(hidden) + layers * block + bias + pooler)
}

fn vision_transformer(recipe: &VisionTransformer, config: &Config) -> Option<u128> {
    let size = |key: &str| config.size(key).map(u128::from);
    let keys = &recipe.config;
    let (hidden, layers) = (size(&keys.hidden_size)?, size(&keys.layers)?);
    let width = match &keys.feed_forward {
        FeedForward::Width(key) => size(key)?,
        FeedForward::Ratio(key) => hidden * size(key)?,
    };
    let patch = size(&keys.patch_size)?;
    let patches = (size(&keys.image_size)? / patch).pow(2);
    let projection = linear(size(&keys.channels)? * patch * patch, hidden);
    let leading = recipe.weights.leading_tokens.len() as u128;
    let scales = [
        &recipe.weights.attention_scale,
        &recipe.weights.output_scale,
    ];
    let scales = scales.into_iter().flatten().count() as u128 * hidden;
    let heads = recipe
        .classifier
        .as_ref()
        .filter(|_| config.class().contains("ForImageClassification"));
    let labels = u128::from(
        config
            .size("num_labels")
            .or_else(|| labels(config))
            .unwrap_or(LABELS),
    );
    let classifier = heads.map_or(0, |classifier| {
        classifier.heads.len() as u128 * linear(hidden, labels)
    });
    let tokens = (2 * leading + patches) * hidden;
    Some(projection + tokens + layers * (block(hidden, width) + scales) + norm(hidden) + classifier)
}

fn audio_encoder(recipe: &AudioEncoder, config: &Config) -> Option<u128> {
    let size = |key: &str| config.size(key).map(u128::from);
    let sizes = |key: &str| -> Option<Vec<u128>> {
        let list = config.content.get(key)?.as_array()?;
        list.iter()
            .map(|size| size.as_u64().map(u128::from))
            .collect()
    };
    let is = |key: &str| config.content.get(key) == Some(&Value::Bool(true));
    let keys = &recipe.config;
    let (hidden, layers) = (size(&keys.hidden_size)?, size(&keys.layers)?);
    let (channels, kernels) = (sizes("conv_dim")?, sizes("conv_kernel")?);
    let depths = std::iter::once(&1).chain(&channels);
    let convolutions = channels.iter().zip(&kernels).zip(depths);
    let bias = u128::from(is("conv_bias"));
    let count = |((channels, kernel), depth): ((&u128, &u128), &u128)| {
        channels * kernel * depth + bias * channels
    };
    let convolved: u128 = convolutions.map(count).sum();
    let is_grouped = config.content.get("feat_extract_norm")?.as_str()? == "group";
    let normed = channels
        .iter()
        .take(if is_grouped { 1 } else { usize::MAX });
    let norms: u128 = normed.map(|channels| norm(*channels)).sum();
    let width = *channels.last()?;
    let (reach, groups) = (
        size("num_conv_pos_embeddings")?,
        size("num_conv_pos_embedding_groups")?,
    );
    let positions = hidden * (hidden / groups) * reach + reach + hidden;
    // The embedding of masked frames is stored with every checkpoint.
    let projected = norm(width) + linear(width, hidden) + hidden;
    let head = match recipe.ctc_head {
        Some(_) if config.class().ends_with("ForCTC") => linear(hidden, size("vocab_size")?),
        _ => 0,
    };
    let block = block(hidden, size(&keys.intermediate_size)?);
    let gates = match &recipe.gated_bias {
        Some(bias) => {
            let heads = size(&keys.heads)?;
            size(&bias.buckets)? * heads + layers * (linear(hidden / heads, 8) + heads)
        }
        None => 0,
    };
    let encoder = positions + norm(hidden) + layers * block + gates;
    Some(convolved + norms + projected + encoder + head)
}

fn decoder(recipe: &Decoder, config: &Config) -> Option<u128> {
    let size = |key: &str| config.size(key).map(u128::from);
    let optional = |key: &Option<String>| key.as_deref().and_then(size);
    let flag = |key: &str| config.content.get(key).and_then(Value::as_bool);
    let has = |bias: &Bias| match bias {
        Bias::Fixed(has) => *has,
        Bias::Key(key) => flag(key).unwrap_or(false),
    };
    let linear = |inputs: u128, outputs: u128, bias: &Bias| {
        inputs * outputs + if has(bias) { outputs } else { 0 }
    };
    let norm = |width: u128| match recipe.norm {
        DecoderNorm::RootMeanSquare | DecoderNorm::RootMeanSquarePlusOne => width,
        DecoderNorm::Layer => 2 * width,
        DecoderNorm::PlainLayer => 0,
    };
    let keys = &recipe.config;
    let (hidden, heads) = (size(&keys.hidden_size)?, size(&keys.heads)?);
    let head = optional(&keys.head_width).unwrap_or(hidden / heads);
    let (wide, narrow) = (
        heads * head,
        optional(&keys.key_value_heads).unwrap_or(heads) * head,
    );
    let inner = size(&keys.intermediate_size).unwrap_or(4 * hidden);
    let ways = if recipe.weights.gate.is_some() { 2 } else { 1 };
    let head_norms = match &recipe.weights.head_norm {
        None => 0,
        Some(norms) => match norms.over {
            HeadNormOver::Head => 2 * norm(head),
            HeadNormOver::Token => norm(wide) + norm(narrow),
        },
    };
    let block = linear(hidden, wide, &keys.qkv_bias)
        + 2 * linear(hidden, narrow, &keys.qkv_bias)
        + linear(wide, hidden, &keys.output_bias)
        + ways * linear(hidden, inner, &keys.feed_forward_bias)
        + linear(inner, hidden, &keys.feed_forward_bias)
        + 2 * norm(hidden)
        + head_norms;
    let places = match recipe.positions {
        DecoderPositions::Rotary => 0,
        DecoderPositions::Learned(_) => size(&keys.positions)?,
        DecoderPositions::LearnedAfter { skipped, .. } => {
            size(&keys.positions)? + u128::from(skipped)
        }
    };
    let is_tied = flag("tie_word_embeddings").unwrap_or(keys.is_tied);
    let tables = if is_tied { 1 } else { 2 };
    let vocabulary = size("vocab_size")?;
    Some((tables * vocabulary + places) * hidden + size(&keys.layers)? * block + norm(hidden))
}

fn labels(config: &Config) -> Option<u64> {
    config
        .content
        .get("id2label")?
        .as_object()
        .map(|labels| labels.len() as u64)
        .filter(|count| *count > 0)
}

/// Attention, feed-forward part and two normalisations.
fn block(hidden: u128, width: u128) -> u128 {
    4 * linear(hidden, hidden) + linear(hidden, width) + linear(width, hidden) + 2 * norm(hidden)
}

fn linear(inputs: u128, outputs: u128) -> u128 {
    inputs * outputs + outputs
}

fn norm(hidden: u128) -> u128 {
    2 * hidden
}

/// A rough count for any transformer, nested configurations included; `None` where no sizes are given.
pub(super) fn by_sizes(config: &Config) -> Option<u64> {
    let parts = config.content.values().filter_map(Value::as_object);
    let parts = parts.chain([&config.content]);
    credible(parts.filter_map(rough).sum())
}

fn rough(part: &Map<String, Value>) -> Option<u128> {
    let first = |keys: &[&str]| keys.iter().find_map(|key| size(part, key)).map(u128::from);
    let hidden = first(&["hidden_size", "d_model", "n_embd", "dim", "embed_dim"])?;
    let layers = first(&[
        "num_hidden_layers",
        "n_layer",
        "n_layers",
        "num_layers",
        "encoder_layers",
    ])?;
    let decoders = first(&["num_decoder_layers", "decoder_layers"]).unwrap_or(0);
    let width = first(&[
        "intermediate_size",
        "d_ff",
        "ffn_dim",
        "encoder_ffn_dim",
        "hidden_dim",
    ])
    .unwrap_or(4 * hidden);
    let words = first(&["vocab_size"]).unwrap_or(0) * hidden;
    // Grouped queries share keys and values; a gate is a third matrix; a decoder attends to the encoder too.
    let heads = first(&["num_attention_heads"]).unwrap_or(1);
    let shared = first(&["num_key_value_heads"]).unwrap_or(heads).min(heads);
    let attention = 2 * hidden * hidden + 2 * hidden * hidden * shared / heads;
    let is_gated = part.get("hidden_act").and_then(Value::as_str) == Some("silu");
    let feed_forward = if is_gated { 3 } else { 2 } * hidden * width;
    Some(words + layers * (attention + feed_forward) + decoders * (2 * attention + feed_forward))
}

fn credible(count: u128) -> Option<u64> {
    u64::try_from(count)
        .ok()
        .filter(|count| (1..=PARAMETERS).contains(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published counts: `BertModel` of google-bert/bert-base-uncased, and google/vit-base-patch16-224.
    #[test]
    fn published_models_have_their_published_counts() {
        let config = |json: &str| Config::parse(json).unwrap();
        let bert = config(
            r#"{"model_type": "bert", "architectures": ["BertForMaskedLM"], "hidden_size": 768, "num_hidden_layers": 12,
            "num_attention_heads": 12, "intermediate_size": 3072, "vocab_size": 30522, "max_position_embeddings": 512,
            "type_vocab_size": 2}"#,
        );
        assert_eq!(
            by_recipe(Recipe::TextEncoder(&TextEncoder::default()), &bert),
            Some(109_482_240)
        );
        let labels: Vec<String> = (0..1000)
            .map(|label| format!("\"{label}\": \"a\""))
            .collect();
        let vit = config(&format!(
            r#"{{"model_type": "vit", "architectures": ["ViTForImageClassification"], "hidden_size": 768,
            "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072, "image_size": 224,
            "patch_size": 16, "num_channels": 3, "id2label": {{{}}}}}"#,
            labels.join(",")
        ));
        assert_eq!(
            by_recipe(
                Recipe::VisionTransformer(&VisionTransformer::default()),
                &vit
            ),
            Some(86_567_656)
        );
    }

    /// Published counts: `Wav2Vec2ForCTC` of facebook/wav2vec2-base-960h and facebook/wav2vec2-large-960h-lv60-self.
    #[test]
    fn encoders_of_waveforms_have_their_published_counts() {
        let check = |sizes: &str, expected: u64| {
            let config = Config::parse(&format!(
                r#"{{"model_type": "wav2vec2", "architectures": ["Wav2Vec2ForCTC"], "vocab_size": 32,
                "conv_dim": [512, 512, 512, 512, 512, 512, 512], "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
                "num_conv_pos_embeddings": 128, "num_conv_pos_embedding_groups": 16, {sizes}}}"#
            ));
            let recipe = AudioEncoder::default();
            let count = by_recipe(Recipe::AudioEncoder(&recipe), &config.unwrap());
            assert_eq!(count, Some(expected));
        };
        check(
            r#""hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072,
            "feat_extract_norm": "group", "conv_bias": false"#,
            94_396_320,
        );
        check(
            r#""hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096,
            "feat_extract_norm": "layer", "conv_bias": true"#,
            315_471_520,
        );
    }

    #[test]
    fn absurd_sizes_are_no_sizes() {
        for hidden in ["0", "-1", "1e3", "18446744073709551615", "\"768\""] {
            let json = format!(
                r#"{{"model_type": "x", "hidden_size": {hidden}, "num_hidden_layers": 12}}"#
            );
            assert_eq!(by_sizes(&Config::parse(&json).unwrap()), None, "{hidden}");
        }
        let largest =
            r#"{"model_type": "x", "hidden_size": 4294967296, "num_hidden_layers": 4294967296}"#;
        assert_eq!(by_sizes(&Config::parse(largest).unwrap()), None);
    }
}
