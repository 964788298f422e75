//! `tokenizer.json` and `tokenizer_config.json` from the metadata of a GGUF file.

use std::collections::BTreeMap;

use export::gguf::{Entry, Gguf};
use serde_json::{Map, Value, json};

use super::split::{KNOWN, Split};

/// llama.cpp's types of tokens that stand for no text: for what is not in the vocabulary, and for the rest.
const UNKNOWN: u64 = 2;
const CONTROL: u64 = 3;
/// Those that stand for text and are never cut.
const USER_DEFINED: u64 = 4;
/// What stands for a blank in vocabularies of `SentencePiece`.
const BLANK: &str = "\u{2581}";

/// The tokens of a file.
pub(super) struct Vocabulary<'g> {
    tokens: Vec<&'g str>,
    kinds: Vec<u64>,
}

impl<'g> Vocabulary<'g> {
    /// Reads the list of tokens; the error is a reason in words.
    pub(super) fn read(gguf: &'g Gguf) -> Result<Self, String> {
        let list = |key: &str| gguf.find(key).and_then(Entry::as_list);
        let tokens: Option<Vec<&str>> = list("tokenizer.ggml.tokens")
            .and_then(|tokens| tokens.iter().map(Entry::as_text).collect());
        let tokens = tokens.ok_or("it has no list of texts `tokenizer.ggml.tokens`")?;
        let kinds = list("tokenizer.ggml.token_type").unwrap_or_default();
        let kinds = kinds.iter().map(|kind| kind.as_count().unwrap_or(0));
        Ok(Self {
            tokens,
            kinds: kinds.collect(),
        })
    }

    /// Number of tokens.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The token whose id the metadata hold.
    fn named(&self, gguf: &Gguf, key: &str) -> Option<(&'g str, u64)> {
        let id = gguf.find(&format!("tokenizer.ggml.{key}"))?.as_count()?;
        let token = self.tokens.get(usize::try_from(id).ok()?)?;
        Some((token, id))
    }

    fn json(&self) -> Value {
        let entry = |(id, token): (usize, &&str)| ((*token).to_owned(), id.into());
        let entries: Map<String, Value> = self.tokens.iter().enumerate().map(entry).collect();
        entries.into()
    }

    /// Tokens that are never cut, special or not.
    fn added(&self) -> Value {
        let added = |(id, (token, &kind)): (usize, (&&str, &u64))| {
            matches!(kind, UNKNOWN | CONTROL | USER_DEFINED).then(|| {
                json!({
                    "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": kind != USER_DEFINED,
                })
            })
        };
        let tokens = self.tokens.iter().zip(&self.kinds);
        tokens.enumerate().filter_map(added).collect()
    }
}

/// `tokenizer.json`; the error is a reason in words.
pub(super) fn tokenizer(gguf: &Gguf, vocabulary: &Vocabulary<'_>) -> Result<Value, String> {
    let kind = text(gguf, "tokenizer.ggml.model");
    let mut parts = match kind {
        "gpt2" => byte_level(gguf, vocabulary)?,
        "llama" => sentence_piece(gguf, vocabulary)?,
        other => return Err(format!("its tokenizer is `{other}`; read are gpt2, llama")),
    };
    parts["version"] = "1.0".into();
    parts["truncation"] = Value::Null;
    parts["padding"] = Value::Null;
    parts["added_tokens"] = vocabulary.added();
    parts["post_processor"] = first_token(gguf, vocabulary, kind == "llama");
    Ok(parts)
}

/// Pairs of bytes, merged in the order of a list (Sennrich et al., 2016, arXiv:1508.07909).
fn byte_level(gguf: &Gguf, vocabulary: &Vocabulary<'_>) -> Result<Value, String> {
    let name = text(gguf, "tokenizer.ggml.pre");
    let split = Split::of(name)
        .ok_or_else(|| format!("its texts are cut in the way `{name}`; known are {KNOWN}"))?;
    let merges = gguf.find("tokenizer.ggml.merges").and_then(Entry::as_list);
    let merges: Option<Vec<&str>> =
        merges.and_then(|merges| merges.iter().map(Entry::as_text).collect());
    let merges = merges.ok_or("it has no list of texts `tokenizer.ggml.merges`")?;
    Ok(json!({
        "normalizer": split.normalizer,
        "pre_tokenizer": split.pre_tokenizer,
        "decoder": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
        "model": {
            "type": "BPE", "unk_token": null, "fuse_unk": false, "byte_fallback": false,
            "ignore_merges": split.ignores_merges, "vocab": vocabulary.json(), "merges": merges,
        },
    }))
}

/// Pieces merged by their scores, as `SentencePiece` does (Kudo and Richardson, 2018, arXiv:1808.06226).
fn sentence_piece(gguf: &Gguf, vocabulary: &Vocabulary<'_>) -> Result<Value, String> {
    let scores = gguf.find("tokenizer.ggml.scores").and_then(Entry::as_list);
    let scores: Option<Vec<f64>> =
        scores.and_then(|scores| scores.iter().map(Entry::as_number).collect());
    let scores = scores
        .filter(|scores| scores.len() == vocabulary.len())
        .ok_or("it has no number in `tokenizer.ggml.scores` for each token")?;
    let prefixed = gguf
        .find("tokenizer.ggml.add_space_prefix")
        .and_then(Entry::as_flag);
    let blanks = json!({ "type": "Replace", "pattern": { "String": " " }, "content": BLANK });
    let has_prefix = prefixed.unwrap_or(true);
    let prepend = json!({ "type": "Prepend", "prepend": BLANK });
    let normalizers: Vec<Value> = [has_prefix.then_some(prepend), Some(blanks)]
        .into_iter()
        .flatten()
        .collect();
    let mut decoders = vec![
        json!({ "type": "Replace", "pattern": { "String": BLANK }, "content": " " }),
        json!({ "type": "ByteFallback" }),
        json!({ "type": "Fuse" }),
    ];
    if has_prefix {
        decoders.push(json!({ "type": "Strip", "content": " ", "start": 1, "stop": 0 }));
    }
    let unknown = vocabulary.named(gguf, "unknown_token_id");
    Ok(json!({
        "normalizer": { "type": "Sequence", "normalizers": normalizers },
        "pre_tokenizer": null,
        "decoder": { "type": "Sequence", "decoders": decoders },
        "model": {
            "type": "BPE", "unk_token": unknown.map(|(token, _)| token), "fuse_unk": true, "byte_fallback": true,
            "ignore_merges": false, "vocab": vocabulary.json(), "merges": merges(vocabulary, &scores),
        },
    }))
}

/// The merges that scores imply: each way to make a token of two others, the best tokens first, as the extractor of
/// transformers orders them.
fn merges(vocabulary: &Vocabulary<'_>, scores: &[f64]) -> Vec<[String; 2]> {
    let ids: BTreeMap<&str, usize> = (vocabulary.tokens.iter().copied()).zip(0..).collect();
    let mut merges = Vec::new();
    for (token, &score) in vocabulary.tokens.iter().zip(scores) {
        let mut ways: Vec<_> = token
            .char_indices()
            .skip(1)
            .map(|(place, _)| token.split_at(place))
            .filter_map(|(left, right)| Some(((ids.get(left)?, ids.get(right)?), left, right)))
            .collect();
        ways.sort_unstable_by_key(|(ids, ..)| *ids);
        merges.extend(
            ways.into_iter()
                .map(|(_, left, right)| (score, left, right)),
        );
    }
    let length = |text: &str| text.chars().count();
    merges.sort_by(|a, b| {
        let by_score = b.0.total_cmp(&a.0);
        by_score
            .then_with(|| length(b.1).cmp(&length(a.1)))
            .then_with(|| length(b.2).cmp(&length(a.2)))
    });
    let pair = |(_, left, right): (f64, &str, &str)| [left.to_owned(), right.to_owned()];
    merges.into_iter().map(pair).collect()
}

/// The token that begins every text, where the file asks for one; `default` is what holds where it is silent.
fn first_token(gguf: &Gguf, vocabulary: &Vocabulary<'_>, default: bool) -> Value {
    let adds = gguf
        .find("tokenizer.ggml.add_bos_token")
        .and_then(Entry::as_flag);
    let Some((token, id)) = vocabulary
        .named(gguf, "bos_token_id")
        .filter(|_| adds.unwrap_or(default))
    else {
        return Value::Null;
    };
    let special = json!({ "SpecialToken": { "id": token, "type_id": 0 } });
    let sequence = |id: &str, type_id: u32| json!({ "Sequence": { "id": id, "type_id": type_id } });
    json!({
        "type": "TemplateProcessing",
        "single": [special, sequence("A", 0)],
        "pair": [special, sequence("A", 0), sequence("B", 1)],
        "special_tokens": { token: { "id": token, "ids": [id], "tokens": [token] } },
    })
}

/// `tokenizer_config.json`: special tokens and the template for chats.
pub(super) fn settings(gguf: &Gguf, vocabulary: &Vocabulary<'_>) -> Value {
    let mut settings = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": false,
    });
    for (key, own) in [
        ("bos_token", "bos_token_id"),
        ("eos_token", "eos_token_id"),
        ("unk_token", "unknown_token_id"),
        ("pad_token", "padding_token_id"),
    ] {
        if let Some((token, _)) = vocabulary.named(gguf, own) {
            settings[key] = token.into();
        }
    }
    if let Some(template) = gguf
        .find("tokenizer.chat_template")
        .and_then(Entry::as_text)
    {
        settings["chat_template"] = template.into();
    }
    settings
}

fn text<'g>(gguf: &'g Gguf, key: &str) -> &'g str {
    gguf.find(key).and_then(Entry::as_text).unwrap_or_default()
}
