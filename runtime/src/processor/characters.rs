//! Turns texts into token ids letter by letter, as transformers' `VitsTokenizer` does.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::Path;

use ndarray::Array2;
use serde_json::Value;

use super::ProcessorError;
use super::settings::Settings;
use super::text::{MAX_TEXT_BYTES, special_token};

/// The token that stands between, before and after letters.
const BLANK: i64 = 0;

/// How many characters a message names at most.
const NAMED: usize = 60;

/// The letters that a checkpoint speaks, and how a text is prepared for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacterTokens {
    vocabulary: BTreeMap<String, i64>,
    /// Tokens that texts are split at, and which get no blanks.
    added: BTreeMap<String, i64>,
    unknown: Option<i64>,
    pad: Option<i64>,
    /// Whether letters are made small, and characters that are not in the vocabulary left out.
    is_normalised: bool,
    has_blanks: bool,
    is_romanised: bool,
    /// The language spoken, by its code of three letters.
    language: Option<String>,
}

/// A batch of texts, padded on the right; both are `(batch, length)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpelledBatch {
    /// Token ids.
    pub input_ids: Array2<i64>,
    /// 1 where there is a token, 0 where there is padding.
    pub attention_mask: Array2<i64>,
}

impl CharacterTokens {
    /// Reads `vocab.json`, `added_tokens.json` and `tokenizer_config.json` of a checkpoint folder.
    ///
    /// A checkpoint that reads phonemes is refused: eSpeak NG makes them, and nothing here does.
    pub fn load(dir: &Path) -> Result<Self, ProcessorError> {
        let vocabulary =
            Settings::load(dir, "vocab.json")?.ok_or_else(|| ProcessorError::Read {
                path: dir.join("vocab.json"),
                source: io::ErrorKind::NotFound.into(),
            })?;
        let tokens = entries(&vocabulary)?;
        let settings = Settings::load(dir, "tokenizer_config.json")?;
        let settings = settings.as_ref();
        let flag = |key: &str, default: bool| {
            let flag = settings.map(|settings| settings.flag(key)).transpose()?;
            Ok::<_, ProcessorError>(flag.flatten().unwrap_or(default))
        };
        if let (Some(settings), true) = (settings, flag("phonemize", true)?) {
            let found = settings.find("phonemize").unwrap_or(&Value::Bool(true));
            let expected = "false: a model of phonemes needs eSpeak NG, which is not part of this; \
                            take a checkpoint that reads letters";
            return Err(settings.refuse("phonemize", found, expected));
        }
        let named = |key: &str, default: &str| {
            let token = special_token(settings, key)?;
            Ok::<_, ProcessorError>(token.unwrap_or_else(|| default.to_owned()))
        };
        let (pad, unknown) = (named("pad_token", "<pad>")?, named("unk_token", "<unk>")?);
        let mut added = added(dir, settings)?;
        // Special tokens split texts even where they are letters.
        for special in [&pad, &unknown] {
            if let Some(&id) = tokens.get(special) {
                added.insert(special.clone(), id);
            }
        }
        let language = settings
            .map(|settings| settings.text("language"))
            .transpose()?;
        Ok(Self {
            unknown: tokens.get(&unknown).copied(),
            pad: added.get(&pad).copied(),
            vocabulary: tokens,
            added,
            is_normalised: flag("normalize", true)?,
            has_blanks: flag("add_blank", true)?,
            is_romanised: flag("is_uroman", false)?,
            language: language.flatten().map(str::to_owned),
        })
    }

    /// Number of letters.
    #[must_use]
    pub fn count(&self) -> usize {
        self.vocabulary.len()
    }

    /// The token ids of a text, which stands at `index` of its batch. A text without a letter that the model knows is
    /// refused.
    pub fn ids(&self, index: usize, text: &str) -> Result<Vec<i64>, ProcessorError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(ProcessorError::TooManyBytes {
                index,
                bytes: text.len(),
                limit: MAX_TEXT_BYTES,
            });
        }
        let text = self.prepared(index, text)?;
        let mut ids = Vec::with_capacity(2 * text.len() + 1);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            if let Some((token, id)) = longest(&self.added, rest) {
                ids.push(id);
                rest = &rest[token..];
                continue;
            }
            let end = rest
                .char_indices()
                .skip(1)
                .find_map(|(place, _)| longest(&self.added, &rest[place..]).map(|_| place));
            let (segment, after) = rest.split_at(end.unwrap_or(rest.len()));
            self.spell(index, segment, &mut ids)?;
            rest = after;
        }
        if ids.is_empty() {
            let known: String = self
                .vocabulary
                .keys()
                .flat_map(|token| token.chars())
                .take(NAMED)
                .collect();
            return Err(ProcessorError::Unspeakable { index, known });
        }
        Ok(ids)
    }

    /// A batch of token ids, padded to the longest.
    pub fn pad(&self, rows: &[Vec<i64>]) -> Result<SpelledBatch, ProcessorError> {
        let lengths = rows.iter().map(Vec::len);
        let longest = lengths.clone().max().ok_or(ProcessorError::EmptyBatch)?;
        let shortest = lengths.min().unwrap_or(longest);
        let pad = match self.pad {
            Some(pad) => pad,
            None if shortest == longest => BLANK,
            None => return Err(ProcessorError::NoPadding { shortest, longest }),
        };
        let mut input_ids = Array2::from_elem((rows.len(), longest), pad);
        let mut attention_mask = Array2::zeros((rows.len(), longest));
        for (row, ids) in rows.iter().enumerate() {
            for (place, &id) in ids.iter().enumerate() {
                input_ids[[row, place]] = id;
                attention_mask[[row, place]] = 1;
            }
        }
        Ok(SpelledBatch {
            input_ids,
            attention_mask,
        })
    }

    /// The text as the vocabulary spells it.
    fn prepared(&self, index: usize, text: &str) -> Result<String, ProcessorError> {
        let mut text = if self.is_normalised {
            self.small(text)
        } else {
            text.to_owned()
        };
        // Romanian is often written with a comma below where the vocabulary has a cedilla.
        if self.language.as_deref() == Some("ron") {
            text = text.replace('ț', "ţ");
        }
        if let (true, Some(character)) = (self.is_romanised, text.chars().find(|c| !c.is_ascii())) {
            return Err(ProcessorError::NotRomanised { index, character });
        }
        if !self.is_normalised {
            return Ok(text);
        }
        let mut buffer = [0; 4];
        text.retain(|letter| {
            self.vocabulary
                .contains_key(&*letter.encode_utf8(&mut buffer))
        });
        Ok(text.trim().to_owned())
    }

    /// Small letters, but for what the vocabulary has as it stands.
    fn small(&self, text: &str) -> String {
        let mut small = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let known = longest(&self.vocabulary, rest).or_else(|| longest(&self.added, rest));
            if let Some((token, _)) = known {
                small.push_str(&rest[..token]);
                rest = &rest[token..];
            } else {
                small.extend(letter.to_lowercase());
                rest = &rest[letter.len_utf8()..];
            }
        }
        small
    }

    /// Adds the ids of letters, with blanks around them where the model has them.
    fn spell(&self, index: usize, letters: &str, ids: &mut Vec<i64>) -> Result<(), ProcessorError> {
        let mut buffer = [0; 4];
        for letter in letters.chars() {
            let known = self.vocabulary.get(&*letter.encode_utf8(&mut buffer));
            let id = known.copied().or(self.unknown);
            let id = id.ok_or(ProcessorError::UnknownCharacter {
                index,
                character: letter,
            })?;
            if self.has_blanks {
                ids.push(BLANK);
            }
            ids.push(id);
        }
        if self.has_blanks {
            ids.push(BLANK);
        }
        Ok(())
    }
}

/// The longest token that a text begins with, by its bytes, and its id.
fn longest(tokens: &BTreeMap<String, i64>, text: &str) -> Option<(usize, i64)> {
    let first = &text[..text.chars().next()?.len_utf8()];
    let alike = tokens.range::<str, _>((Bound::Included(first), Bound::Unbounded));
    let alike = alike.take_while(|(token, _)| token.starts_with(first));
    let begun = alike.filter(|(token, _)| text.starts_with(token.as_str()));
    let (token, id) = begun.max_by_key(|(token, _)| token.len())?;
    Some((token.len(), *id))
}

/// Tokens beside the vocabulary. Those that take white space with them are refused: no checkpoint of the class has them.
fn added(dir: &Path, settings: Option<&Settings>) -> Result<BTreeMap<String, i64>, ProcessorError> {
    let mut tokens = match Settings::load(dir, "added_tokens.json")? {
        Some(added) => entries(&added)?,
        None => BTreeMap::new(),
    };
    let Some((settings, decoder)) =
        settings.and_then(|settings| Some((settings, settings.find("added_tokens_decoder")?)))
    else {
        return Ok(tokens);
    };
    for (id, token) in decoder.as_object().into_iter().flatten() {
        let key = format!("added_tokens_decoder.{id}");
        let is_set = |flag: &&str| token.get(*flag) == Some(&Value::Bool(true));
        if let Some(flag) = ["lstrip", "rstrip", "single_word"].into_iter().find(is_set) {
            return Err(settings.refuse(&format!("{key}.{flag}"), &true.into(), "false"));
        }
        let content = token.get("content").and_then(Value::as_str);
        match (id.parse(), content) {
            (Ok(id), Some(content)) => tokens.insert(content.to_owned(), id),
            _ => return Err(settings.refuse(&key, token, "an id with a `content`")),
        };
    }
    Ok(tokens)
}

fn entries(vocabulary: &Settings) -> Result<BTreeMap<String, i64>, ProcessorError> {
    let root = vocabulary.root();
    let expected = "an object of tokens with their ids, whole numbers";
    let tokens = root.as_object();
    let tokens = tokens.ok_or_else(|| vocabulary.refuse("", root, expected))?;
    let entry = |(token, id): (&String, &Value)| {
        let number = id.as_u64().and_then(|id| i64::try_from(id).ok());
        let number = number.ok_or_else(|| vocabulary.refuse(token, id, expected))?;
        Ok((token.clone(), number))
    };
    tokens.iter().map(entry).collect()
}

#[cfg(test)]
#[path = "characters/tests.rs"]
mod tests;
