//! Reads text off the scores of connectionist temporal classification (Graves et al., 2006), as transformers'
//! `Wav2Vec2CTCTokenizer` does.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;

use super::ProcessorError;
use super::settings::Settings;

/// The tokens of a checkpoint whose scores are read frame by frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CtcTokens {
    tokens: BTreeMap<usize, String>,
    /// Stands for no sound, and between two equal sounds.
    blank: String,
    unknown: String,
    /// Stands between words.
    delimiter: String,
    /// What is written for it.
    space: String,
    is_lower_case: bool,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CtcText {
    /// The whole text.
    pub text: String,
    /// Its words, each with the frames that it was read from.
    pub words: Vec<(String, Range<usize>)>,
}

impl CtcTokens {
    /// Reads `vocab.json`, `added_tokens.json` and `tokenizer_config.json` of a checkpoint folder.
    pub fn load(dir: &Path) -> Result<Self, ProcessorError> {
        let settings = Settings::load(dir, "tokenizer_config.json")?;
        let map = Settings::load(dir, "special_tokens_map.json")?;
        let vocabulary =
            Settings::load(dir, "vocab.json")?.ok_or_else(|| ProcessorError::Read {
                path: dir.join("vocab.json"),
                source: io::ErrorKind::NotFound.into(),
            })?;
        let mut tokens = entries(&vocabulary, language(settings.as_ref())?)?;
        if let Some(added) = Settings::load(dir, "added_tokens.json")? {
            tokens.extend(entries(&added, None)?);
        }
        let added = settings.as_ref().and_then(|settings| {
            let added = settings.find("added_tokens_decoder")?.as_object()?;
            Some(added.iter().filter_map(|(id, token)| {
                let content = token.get("content")?.as_str()?;
                Some((id.parse().ok()?, content.to_owned()))
            }))
        });
        tokens.extend(added.into_iter().flatten());
        let named = |key: &str, default: &str| {
            let of = |settings: &Option<Settings>| match settings.as_ref()?.find(key)? {
                Value::Object(token) => Some(token.get("content")?.as_str()?.to_owned()),
                other => Some(other.as_str()?.to_owned()),
            };
            of(&settings)
                .or_else(|| of(&map))
                .unwrap_or_else(|| default.to_owned())
        };
        let is_lower_case = match &settings {
            Some(settings) => settings.flag("do_lower_case")?.unwrap_or(false),
            None => false,
        };
        Ok(Self {
            blank: named("pad_token", "<pad>"),
            unknown: named("unk_token", "<unk>"),
            delimiter: named("word_delimiter_token", "|"),
            space: named("replace_word_delimiter_char", " "),
            tokens,
            is_lower_case,
        })
    }

    /// Number of tokens.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tokens.len()
    }

    /// Reads the likeliest token of every frame: repetitions count once, blanks not at all.
    #[must_use]
    pub fn read(&self, frames: &[usize]) -> CtcText {
        let mut read = CtcText::default();
        let mut is_in_word = false;
        let mut frame = 0;
        // Ids that mean the same token, unknown ones above all, repeat each other.
        for run in frames.chunk_by(|one, other| self.token(*one) == self.token(*other)) {
            let (token, place) = (self.token(run[0]), frame..frame + run.len());
            frame = place.end;
            if token == self.blank {
                continue;
            }
            if token == self.delimiter {
                read.text.push_str(&self.space);
                is_in_word = false;
                continue;
            }
            let token = self.cased(token);
            read.text.push_str(&token);
            match read.words.last_mut().filter(|_| is_in_word) {
                Some((word, frames)) => {
                    word.push_str(&token);
                    frames.end = place.end;
                }
                None => read.words.push((token, place)),
            }
            is_in_word = true;
        }
        read.text = read.text.trim().to_owned();
        read
    }

    fn token(&self, id: usize) -> &str {
        self.tokens.get(&id).unwrap_or(&self.unknown)
    }

    fn cased(&self, token: &str) -> String {
        if self.is_lower_case {
            token.to_lowercase()
        } else {
            token.to_owned()
        }
    }
}

/// The language whose part of a vocabulary of several is to be taken.
fn language(settings: Option<&Settings>) -> Result<Option<&str>, ProcessorError> {
    match settings {
        Some(settings) => settings.text("target_lang"),
        None => Ok(None),
    }
}

/// Tokens by their ids; a vocabulary of several languages has a part for each.
fn entries(
    vocabulary: &Settings,
    language: Option<&str>,
) -> Result<BTreeMap<usize, String>, ProcessorError> {
    let root = vocabulary.root();
    let part = match language {
        Some(language) if root.get(language).is_some_and(Value::is_object) => &root[language],
        _ => root,
    };
    let key = language.unwrap_or_default();
    let refuse = |key: &str, found: &Value| {
        vocabulary.refuse(
            key,
            found,
            "a token's id, a whole number; or `target_lang` in tokenizer_config.json",
        )
    };
    let Some(tokens) = part.as_object() else {
        return Err(vocabulary.refuse(key, part, "an object of tokens"));
    };
    tokens
        .iter()
        .map(|(token, id)| {
            let number = id.as_u64().ok_or_else(|| refuse(token, id))?;
            Ok((number as usize, token.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &[(&str, &str)]) -> Result<CtcTokens, ProcessorError> {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(dir.path().join(name), content).unwrap();
        }
        CtcTokens::load(dir.path())
    }

    const VOCABULARY: (&str, &str) = (
        "vocab.json",
        r#"{"<pad>": 0, "<s>": 1, "<unk>": 2, "|": 3, "A": 4, "B": 5}"#,
    );

    #[test]
    fn repetitions_count_once_and_blanks_not_at_all() {
        let tokens = load(&[VOCABULARY]).unwrap();
        let check = |frames: &[usize], text: &str, words: &[(&str, Range<usize>)]| {
            let words = words
                .iter()
                .map(|(word, at)| ((*word).to_owned(), at.clone()));
            let expected = CtcText {
                text: text.to_owned(),
                words: words.collect(),
            };
            assert_eq!(tokens.read(frames), expected);
        };
        check(&[], "", &[]);
        check(&[0, 0, 3, 3, 0], "", &[]);
        check(&[4, 4, 0, 4, 5], "AAB", &[("AAB", 0..5)]);
        check(
            &[3, 0, 4, 5, 5, 3, 3, 0, 3, 5, 0, 4],
            "AB  BA",
            &[("AB", 2..5), ("BA", 9..12)],
        );
        check(&[9, 10, 4], "<unk>A", &[("<unk>A", 0..3)]);
    }

    #[test]
    fn settings_say_how_it_is_written() {
        let settings = r#"{"do_lower_case": true, "word_delimiter_token": "<s>", "pad_token": {"content": "|"},
            "added_tokens_decoder": {"6": {"content": "C"}}}"#;
        let tokens = load(&[VOCABULARY, ("tokenizer_config.json", settings)]).unwrap();
        assert_eq!(tokens.read(&[3, 6, 3, 6, 1, 4]).text, "cc a");
        assert_eq!(tokens.count(), 7);
    }

    #[test]
    fn a_vocabulary_of_several_languages_wants_one_named() {
        let several = ("vocab.json", r#"{"eng": {"A": 1}, "fra": {"B": 1}}"#);
        assert!(load(&[several]).is_err());
        let french = ("tokenizer_config.json", r#"{"target_lang": "fra"}"#);
        assert_eq!(load(&[several, french]).unwrap().read(&[1]).text, "B");
        assert!(load(&[]).is_err());
        assert!(load(&[("vocab.json", "[]")]).is_err());
    }
}
