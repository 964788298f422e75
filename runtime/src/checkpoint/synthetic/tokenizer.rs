//! The tokenizer of a synthetic checkpoint: one token per byte, and the special tokens of a text encoder.

use std::collections::{BTreeMap, BTreeSet};

use export::recipe::{Positions, Recipe};
use serde_json::{Value, json};
use tokenizers::models::bpe::BPE;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

use super::CheckpointError;

/// The special tokens, each with the keys of config.json that may fix its id.
const SPECIAL: [(&str, &[&str]); 5] = [
    ("[PAD]", &["pad_token_id"]),
    ("[UNK]", &["unk_token_id"]),
    ("[CLS]", &["cls_token_id", "bos_token_id"]),
    ("[SEP]", &["sep_token_id", "eos_token_id"]),
    ("[MASK]", &["mask_token_id"]),
];

/// The token that stands for a picture, where config.json names its id.
const PICTURE: (&str, &str) = ("<image>", "image_token_index");

/// The texts of `tokenizer.json` and `tokenizer_config.json`.
pub(super) struct Built {
    pub(super) tokenizer: String,
    pub(super) config: String,
}

/// Builds the tokenizer that fits a configuration.
pub(super) fn build(
    architecture: &'static str,
    recipe: &Recipe,
    config: &Value,
) -> Result<Built, CheckpointError> {
    let config = &text_config(recipe, config);
    let ids = vocabulary(architecture, config)?;
    let wrong = |source| CheckpointError::SyntheticConfig {
        architecture,
        source,
    };
    let tokenizer = tokenizer(&ids, second_type(config)).map_err(wrong)?;
    let mut settings = json!({ "tokenizer_class": "PreTrainedTokenizerFast" });
    for (key, (token, _)) in [
        "pad_token",
        "unk_token",
        "cls_token",
        "sep_token",
        "mask_token",
    ]
    .into_iter()
    .zip(SPECIAL)
    {
        settings[key] = token.into();
    }
    if let Some(length) = longest(recipe, config) {
        settings["model_max_length"] = length.into();
    }
    Ok(Built {
        tokenizer: tokenizer.to_string(true).map_err(wrong)?,
        config: settings.to_string(),
    })
}

/// The configuration of what reads texts, with the ids that the whole one names.
fn text_config(recipe: &Recipe, config: &Value) -> Value {
    let section = match recipe {
        Recipe::AudioTextTowers(towers) => towers.text_config,
        Recipe::DualTower(towers) => match towers.text.section {
            Some(section) => section,
            None => return config.clone(),
        },
        Recipe::VisionLanguage(seeing) => seeing.section,
        _ => return config.clone(),
    };
    let mut text = config.get(section).unwrap_or(config).clone();
    for key in ["pad_token_id", PICTURE.1] {
        if let Some(id) = config.get(key) {
            text[key] = id.clone();
        }
    }
    text
}

/// The ids: special tokens where the configuration wants them, everything else in the lowest free places.
fn vocabulary(
    architecture: &'static str,
    config: &Value,
) -> Result<BTreeMap<String, u32>, CheckpointError> {
    let mut ids = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let picture = [(PICTURE.0, &[PICTURE.1][..])];
    let picture = picture
        .into_iter()
        .filter(|_| config.get(PICTURE.1).is_some());
    for (token, keys) in SPECIAL.into_iter().chain(picture) {
        let fixed = keys.iter().find_map(|key| config.get(key)?.as_u64());
        if let Some(id) = fixed.filter(|id| !taken.contains(id)) {
            ids.insert(token.to_owned(), id as u32);
            taken.insert(id);
        }
    }
    let mut bytes: Vec<String> = ByteLevel::alphabet()
        .into_iter()
        .map(String::from)
        .collect();
    bytes.sort();
    let special = SPECIAL.map(|(token, _)| token.to_owned()).into_iter();
    let mut next = 0;
    for token in special.chain(bytes) {
        if ids.contains_key(&token) {
            continue;
        }
        while taken.contains(&next) {
            next += 1;
        }
        ids.insert(token, next as u32);
        taken.insert(next);
    }
    let found = config
        .get("vocab_size")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let needed = taken.last().map_or(0, |last| last + 1);
    if found < needed {
        return Err(CheckpointError::Vocabulary {
            architecture,
            found,
            needed,
        });
    }
    Ok(ids)
}

fn tokenizer(ids: &BTreeMap<String, u32>, second_type: u32) -> tokenizers::Result<Tokenizer> {
    let vocabulary: Vec<(String, u32)> =
        ids.iter().map(|(token, id)| (token.clone(), *id)).collect();
    let model = BPE::builder()
        .vocab_and_merges(
            vocabulary
                .into_iter()
                .collect::<tokenizers::models::bpe::Vocab>(),
            Vec::new(),
        )
        .unk_token("[UNK]".to_owned())
        .build()?;
    let template = TemplateProcessing::builder()
        .try_single("[CLS] $A [SEP]")?
        .try_pair(format!(
            "[CLS] $A [SEP] $B:{second_type} [SEP]:{second_type}"
        ))?
        .special_tokens(vec![("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])])
        .build()?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer
        .with_pre_tokenizer(Some(ByteLevel::new(false, false, false)))
        .with_post_processor(Some(template))
        .with_decoder(Some(ByteLevel::new(false, false, false)));
    let special = SPECIAL.map(|(token, _)| token).into_iter();
    let special = special.chain(
        [PICTURE.0]
            .into_iter()
            .filter(|token| ids.contains_key(*token)),
    );
    let special: Vec<_> = special.map(|token| AddedToken::from(token, true)).collect();
    tokenizer.add_special_tokens(&special);
    Ok(tokenizer)
}

/// The type of a pair's second text.
fn second_type(config: &Value) -> u32 {
    let types = config.get("type_vocab_size").and_then(Value::as_u64);
    u32::from(types.unwrap_or_default() > 1)
}

/// The most tokens that have a position.
fn longest(recipe: &Recipe, config: &Value) -> Option<u64> {
    let positions = config.get("max_position_embeddings")?.as_u64()?;
    let Recipe::TextEncoder(encoder) = recipe else {
        return Some(positions);
    };
    match encoder.positions {
        Positions::Index => Some(positions),
        Positions::AfterPadding => {
            let padding = config
                .get("pad_token_id")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            positions.checked_sub(padding + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_survives_and_every_id_fits() {
        for config in [
            json!({ "vocab_size": 261 }),
            json!({ "vocab_size": 320, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2 }),
            json!({ "vocab_size": 301, "pad_token_id": 300, "type_vocab_size": 2 }),
        ] {
            let ids = vocabulary("a", &config).unwrap();
            let tokenizer = tokenizer(&ids, second_type(&config)).unwrap();
            let text = "Grüße, 世界\u{0}\t[MASK] 🦀";
            let encoding = tokenizer.encode(text, true).unwrap();
            assert_eq!(
                tokenizer.decode(encoding.get_ids(), true).unwrap(),
                text.replace("[MASK]", "")
            );
            let largest = *encoding.get_ids().iter().max().unwrap();
            assert!(u64::from(largest) < config["vocab_size"].as_u64().unwrap());
            assert_eq!(encoding.get_ids()[0], ids["[CLS]"]);
            assert!(encoding.get_ids().contains(&ids["[MASK]"]));
            for (key, token) in [
                ("pad_token_id", "[PAD]"),
                ("bos_token_id", "[CLS]"),
                ("eos_token_id", "[SEP]"),
            ] {
                if let Some(id) = config[key].as_u64() {
                    assert_eq!(u64::from(ids[token]), id);
                }
            }
            let pair = tokenizer.encode(("a", "b"), true).unwrap();
            assert_eq!(pair.get_ids().len(), 5);
            assert_eq!(pair.get_type_ids()[3], second_type(&config));
        }
    }

    #[test]
    fn a_vocabulary_that_is_too_small_is_refused() {
        for (config, expected) in [
            (json!({ "vocab_size": 260 }), 261),
            (json!({ "vocab_size": 300, "pad_token_id": 300 }), 301),
            (json!({}), 261),
        ] {
            let error = vocabulary("a", &config).unwrap_err();
            assert!(
                matches!(error, CheckpointError::Vocabulary { needed, .. } if needed == expected),
                "{error}"
            );
        }
    }
}
