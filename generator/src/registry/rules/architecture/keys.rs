//! The keys of config.json that recipes read, by the names of the recipes' fields.

use serde::Serialize;
use serde_json::Value;

use crate::registry::recipe::{
    AudioEncoder, AudioTextTowers, Decoder, EncoderDecoder, FeedForward, NormEps,
    PromptableSegmenter, StackPositions, TextEncoder, VisionTransformer,
};

/// Keys of config.json with the names of the recipe's fields that hold them.
pub(super) type Keys = Vec<(String, String)>;

/// Fields of a segmenter's recipe that name sections; its other keys stand inside of them.
const SEGMENTER_SECTIONS: [&str; 3] = ["vision", "prompt", "decoder"];

fn owned(keys: Vec<(&str, String)>) -> Keys {
    let own = |(field, key): (&str, String)| (field.to_owned(), key);
    keys.into_iter().map(own).collect()
}

/// The keys of config.json that a text encoder reads, by the names of the recipe's fields.
pub(super) fn text(recipe: TextEncoder) -> Keys {
    let config = recipe.config;
    let mut keys = vec![
        ("hidden_size", config.hidden_size),
        ("layers", config.layers),
        ("heads", config.heads),
        ("intermediate_size", config.intermediate_size),
        ("activation", config.activation),
    ];
    keys.extend(epsilon(config.norm_eps));
    owned(keys)
}

/// As [`text`], of a vision transformer.
pub(super) fn vision(recipe: VisionTransformer) -> Keys {
    let config = recipe.config;
    let (FeedForward::Width(feed_forward) | FeedForward::Ratio(feed_forward)) = config.feed_forward;
    let mut keys = vec![
        ("hidden_size", config.hidden_size),
        ("layers", config.layers),
        ("heads", config.heads),
        ("feed_forward", feed_forward),
        ("activation", config.activation),
        ("image_size", config.image_size),
        ("patch_size", config.patch_size),
        ("channels", config.channels),
    ];
    keys.extend(epsilon(config.norm_eps));
    owned(keys)
}

/// As [`text`], of an encoder of waveforms.
pub(super) fn audio(recipe: AudioEncoder) -> Keys {
    let config = recipe.config;
    let mut keys = vec![
        ("hidden_size", config.hidden_size),
        ("layers", config.layers),
        ("heads", config.heads),
        ("intermediate_size", config.intermediate_size),
        ("activation", config.activation),
    ];
    keys.extend(epsilon(config.norm_eps));
    if let Some(bias) = recipe.gated_bias {
        keys.push(("gated_bias.buckets", bias.buckets));
        keys.push(("gated_bias.max_distance", bias.max_distance));
    }
    owned(keys)
}

/// As [`text`], of towers over sounds and texts.
pub(super) fn audio_text(recipe: AudioTextTowers) -> Keys {
    owned(vec![
        ("text_config", recipe.text_config),
        ("audio_config", recipe.audio_config),
    ])
}

/// As [`text`], of a decoder; keys that may be absent are not among them.
pub(super) fn decoder(recipe: Decoder) -> Keys {
    let config = recipe.config;
    let mut keys = vec![
        ("hidden_size", config.hidden_size),
        ("layers", config.layers),
        ("heads", config.heads),
        ("intermediate_size", config.intermediate_size),
        ("activation", config.activation),
        ("positions", config.positions),
    ];
    keys.extend(epsilon(config.norm_eps));
    owned(keys)
}

/// As [`text`], of an encoder–decoder; keys that may be absent are not among them.
pub(super) fn sequence(recipe: EncoderDecoder) -> Keys {
    let config = recipe.config;
    let mut keys = vec![
        ("width", config.width),
        ("encoder_layers", config.encoder_layers),
        ("encoder_heads", config.encoder_heads),
        ("decoder_heads", config.decoder_heads),
        ("encoder_intermediate", config.encoder_intermediate),
        ("decoder_intermediate", config.decoder_intermediate),
    ];
    keys.extend(config.head_width.map(|key| ("head_width", key)));
    keys.extend(recipe.features.map(|stem| ("channels", stem.channels)));
    match recipe.positions {
        StackPositions::Buckets(keys_of) => keys.push(("buckets", keys_of.buckets)),
        StackPositions::Table(table) => {
            keys.extend([("encoder", table.encoder), ("decoder", table.decoder)]);
        }
    }
    keys.extend(epsilon(config.norm_eps));
    owned(keys)
}

fn epsilon(norm_eps: NormEps) -> Option<(&'static str, String)> {
    match norm_eps {
        NormEps::Key(key) => Some(("norm_eps", key)),
        NormEps::Constant(_) => None,
    }
}

/// As [`text`], of a segmenter that prompts ask.
pub(super) fn segmenter(recipe: &PromptableSegmenter) -> Keys {
    let mut keys = all(&recipe.config);
    keys.retain(|(field, _)| SEGMENTER_SECTIONS.contains(&field.as_str()));
    keys
}

/// The fields that hold a key rather than a constant.
pub(super) fn all(config: &impl Serialize) -> Keys {
    let Ok(Value::Object(fields)) = serde_json::to_value(config) else {
        return Vec::new();
    };
    let key = |(field, value): (String, Value)| match value {
        Value::String(key) => Some((field, key)),
        _ => None,
    };
    fields.into_iter().filter_map(key).collect()
}
