//! The tokenizer of a synthetic checkpoint: one token per byte, the special tokens of a text encoder, and numbers for all
//! other ids.

use std::collections::BTreeMap;

use export::recipe::{Positions, Recipe};
use serde_json::{Value, json};
use tokenizers::models::bpe::BPE;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

use super::{CheckpointError, Origin};

/// The special tokens, each with the key of `tokenizer_config.json` that names it, and those of `config.json` that may fix
/// its id.
const SPECIAL: [(&str, &str, &[&str]); 5] = [
    ("[PAD]", "pad_token", &["pad_token_id"]),
    ("[UNK]", "unk_token", &["unk_token_id"]),
    ("[CLS]", "cls_token", &["cls_token_id", "bos_token_id"]),
    ("[SEP]", "sep_token", &["sep_token_id", "eos_token_id"]),
    ("[MASK]", "mask_token", &["mask_token_id"]),
];

/// The places in [`SPECIAL`] in the order in which ids are given out. Where two want the same id, as padding and end often
/// do, the first has it and stands for both.
const FIRST: [usize; 5] = [3, 2, 0, 1, 4];

/// The token that stands for a picture, where config.json names its id.
const PICTURE: (&str, &str) = ("<image>", "image_token_index");

/// Which token has which id.
struct Vocabulary {
    /// The ids of all tokens.
    ids: BTreeMap<String, u32>,
    /// The tokens that stand in the places of [`SPECIAL`].
    special: [&'static str; 5],
}

/// The texts of `tokenizer.json` and `tokenizer_config.json`.
pub(super) struct Built {
    pub(super) tokenizer: String,
    pub(super) config: String,
}

/// Builds the tokenizer that fits a configuration.
pub(super) fn build(
    origin: Origin,
    recipe: &Recipe,
    config: &Value,
) -> Result<Built, CheckpointError> {
    let config = &text_config(recipe, config);
    let vocabulary = vocabulary(origin, config)?;
    let wrong = |source| origin.wrong(source);
    let tokenizer = tokenizer(&vocabulary, second_type(config)).map_err(wrong)?;
    let mut settings = json!({ "tokenizer_class": "PreTrainedTokenizerFast" });
    for ((_, key, _), token) in SPECIAL.into_iter().zip(vocabulary.special) {
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
fn vocabulary(origin: Origin, config: &Value) -> Result<Vocabulary, CheckpointError> {
    let mut ids = BTreeMap::new();
    // The ids that are taken, with the tokens that have them.
    let mut taken: BTreeMap<u64, &'static str> = BTreeMap::new();
    let mut special = SPECIAL.map(|(token, _, _)| token);
    for place in FIRST {
        let (token, _, keys) = SPECIAL[place];
        let Some(id) = keys.iter().find_map(|key| config.get(key)?.as_u64()) else {
            continue;
        };
        let owner = *taken.entry(id).or_insert(token);
        special[place] = owner;
        ids.insert(owner.to_owned(), id as u32);
    }
    let picture = config.get(PICTURE.1).and_then(Value::as_u64);
    if let Some(id) = picture.filter(|id| !taken.contains_key(id)) {
        ids.insert(PICTURE.0.to_owned(), id as u32);
        taken.insert(id, PICTURE.0);
    }
    let mut bytes: Vec<String> = ByteLevel::alphabet()
        .into_iter()
        .map(String::from)
        .collect();
    bytes.sort();
    let mut free = (0..).filter(|id| !taken.contains_key(id));
    // The id after the last one that was free.
    let mut next = 0;
    for token in special.map(str::to_owned).into_iter().chain(bytes) {
        if ids.contains_key(&token) {
            continue;
        }
        if let Some(id) = free.next() {
            ids.insert(token, id as u32);
            next = id + 1;
        }
    }
    let found = config
        .get("vocab_size")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let fixed = taken.last_key_value().map_or(0, |(last, _)| last + 1);
    let needed = fixed.max(next);
    if found < needed {
        return Err(CheckpointError::Vocabulary {
            of: origin.name,
            key: origin.key,
            found,
            needed,
        });
    }
    // Whatever a model chooses has a text, and the vocabulary has no holes.
    let rest = (next..found).filter(|id| !taken.contains_key(id));
    ids.extend(rest.map(|id| (format!("<{id}>"), id as u32)));
    Ok(Vocabulary { ids, special })
}

fn tokenizer(vocabulary: &Vocabulary, second_type: u32) -> tokenizers::Result<Tokenizer> {
    let Vocabulary { ids, special } = vocabulary;
    let [_, unknown, begin, end, _] = *special;
    let all = ids.iter().map(|(token, id)| (token.clone(), *id));
    let model = BPE::builder()
        .vocab_and_merges(all.collect::<tokenizers::models::bpe::Vocab>(), Vec::new())
        .unk_token(unknown.to_owned())
        .build()?;
    let template = TemplateProcessing::builder()
        .try_single(format!("{begin} $A {end}"))?
        .try_pair(format!(
            "{begin} $A {end} $B:{second_type} {end}:{second_type}"
        ))?
        .special_tokens(vec![(begin, ids[begin]), (end, ids[end])])
        .build()?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer
        .with_pre_tokenizer(Some(ByteLevel::new(false, false, false)))
        .with_post_processor(Some(template))
        .with_decoder(Some(ByteLevel::new(false, false, false)));
    let all = special.iter().copied().chain([PICTURE.0]);
    let special: Vec<_> = all
        .filter(|token| ids.contains_key(*token))
        .map(|token| AddedToken::from(token, true))
        .collect();
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

    const ORIGIN: Origin = Origin {
        name: "a",
        key: "synthetic",
    };

    #[test]
    fn every_text_survives_and_every_id_fits() {
        for config in [
            json!({ "vocab_size": 261 }),
            json!({ "vocab_size": 320, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2 }),
            json!({ "vocab_size": 301, "pad_token_id": 300, "type_vocab_size": 2 }),
            json!({ "vocab_size": 49_152, "pad_token_id": 2, "bos_token_id": 1, "eos_token_id": 2 }),
            json!({ "vocab_size": 151_936, "bos_token_id": 151_643, "eos_token_id": 151_645 }),
            json!({ "vocab_size": 259, "pad_token_id": 256, "bos_token_id": 256, "eos_token_id": 256 }),
        ] {
            let vocabulary = vocabulary(ORIGIN, &config).unwrap();
            let tokenizer = tokenizer(&vocabulary, second_type(&config)).unwrap();
            let text = "Grüße, 世界\u{0}\t[MASK] 🦀";
            let encoding = tokenizer.encode(text, true).unwrap();
            assert_eq!(
                tokenizer.decode(encoding.get_ids(), true).unwrap(),
                text.replace("[MASK]", "")
            );
            let size = config["vocab_size"].as_u64().unwrap();
            let largest = *encoding.get_ids().iter().max().unwrap();
            assert!(u64::from(largest) < size);
            let Vocabulary { ids, special } = vocabulary;
            let [pad, _, begin, end, mask] = special;
            let (first, last) = (encoding.get_ids()[0], *encoding.get_ids().last().unwrap());
            assert_eq!((first, last), (ids[begin], ids[end]));
            assert!(encoding.get_ids().contains(&ids[mask]));
            for (key, token) in [
                ("pad_token_id", pad),
                ("bos_token_id", begin),
                ("eos_token_id", end),
            ] {
                if let Some(id) = config[key].as_u64() {
                    assert_eq!(u64::from(ids[token]), id, "{key} of {config}");
                }
            }
            let mut all: Vec<u32> = ids.values().copied().collect();
            all.sort_unstable();
            assert!(all.iter().copied().map(u64::from).eq(0..size), "{config}");
            assert!(tokenizer.id_to_token(size as u32 - 1).is_some());
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
            (
                json!({ "vocab_size": 258, "pad_token_id": 5, "bos_token_id": 5, "eos_token_id": 5 }),
                259,
            ),
            (json!({}), 261),
        ] {
            let error = vocabulary(ORIGIN, &config).err().unwrap();
            assert!(
                matches!(error, CheckpointError::Vocabulary { needed, .. } if needed == expected),
                "{error}"
            );
        }
    }
}
