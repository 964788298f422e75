//! The tokens a decoder of speech starts from: language, task, and whether there are timestamps, as transformers'
//! `WhisperGenerationMixin` puts them together from `generation_config.json`.

use serde_json::Value;

use super::options::{SpeechOptions, SpeechTask};
use crate::error::Error;
use crate::generation::GenerationValues;

/// The beginning of a prompt, and what is left to be heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    /// Tokens; the second is missing where the language is to be heard.
    pub(super) tokens: Vec<i64>,
    /// Whether the language is to be heard.
    pub(super) is_language_open: bool,
}

/// The prompt for what is asked.
pub(super) fn prompt(config: &GenerationValues, options: &SpeechOptions) -> Result<Prompt, Error> {
    let mut tokens = vec![Some(config.start()?)];
    if options.language.is_none() && options.task.is_none() {
        tokens.extend(forced(config)?);
    }
    match &options.language {
        Some(code) => {
            tokens.push(Some(language(config, code)?));
        }
        // Where neither the caller nor the checkpoint names a language, there is a gap for it.
        None if tokens.len() == 1 && config.find("lang_to_id").is_some() => tokens.push(None),
        None => {}
    }
    let is_language_open = tokens.get(1) == Some(&None) && config.find("lang_to_id").is_some();
    if let Some(task) = options.task {
        tokens.push(Some(task_token(config, task)?));
    } else if options.language.is_some() && config.find("task_to_id").is_some() {
        tokens.push(Some(task_token(config, SpeechTask::Transcribe)?));
    }
    if let Some(none) = config.token("no_timestamps_token_id")? {
        let says_none = tokens.last() == Some(&Some(none));
        if options.has_timestamps && says_none {
            tokens.pop();
        } else if !options.has_timestamps && !says_none {
            tokens.push(Some(none));
        }
    } else if options.has_timestamps {
        return Err(Error::InvalidInput(
            "the checkpoint has no timestamps: `no_timestamps_token_id` is absent".to_owned(),
        ));
    }
    Ok(Prompt {
        tokens: tokens.into_iter().flatten().collect(),
        is_language_open,
    })
}

/// Codes of languages with their tokens.
pub(super) fn languages(config: &GenerationValues) -> Result<Vec<(String, i64)>, Error> {
    let Some(languages) = config.find("lang_to_id") else {
        return Ok(Vec::new());
    };
    let entries = languages.as_object().into_iter().flatten();
    let language = |(token, id): (&String, &Value)| {
        let code = token.trim_start_matches("<|").trim_end_matches("|>");
        Some((code.to_owned(), id.as_i64()?))
    };
    let languages: Vec<_> = entries.filter_map(language).collect();
    if languages.is_empty() {
        return Err(config.wrong("lang_to_id", "an object from languages to token ids"));
    }
    Ok(languages)
}

fn language(config: &GenerationValues, code: &str) -> Result<i64, Error> {
    let languages = languages(config)?;
    let wanted = code.to_lowercase();
    let wanted = wanted.trim_start_matches("<|").trim_end_matches("|>");
    let found = languages.iter().find(|(known, _)| known == wanted);
    found.map(|(_, id)| *id).ok_or_else(|| {
        let known: Vec<_> = languages.iter().map(|(known, _)| known.as_str()).collect();
        Error::InvalidInput(if known.is_empty() {
            format!("language `{code}`: the checkpoint does not distinguish languages")
        } else {
            format!(
                "language `{code}` is not known; one of: {}",
                known.join(", ")
            )
        })
    })
}

fn task_token(config: &GenerationValues, task: SpeechTask) -> Result<i64, Error> {
    let tasks = config.find("task_to_id");
    let token = tasks.and_then(|tasks| tasks.get(task.name())?.as_i64());
    token.ok_or_else(|| {
        Error::InvalidInput(format!(
            "speech task `{task}`: the checkpoint has no token for it"
        ))
    })
}

/// The tokens that older checkpoints force by their places from 1 on; a place may be open.
fn forced(config: &GenerationValues) -> Result<Vec<Option<i64>>, Error> {
    const KEY: &str = "forced_decoder_ids";
    let Some(forced) = config.find_anywhere(KEY) else {
        return Ok(Vec::new());
    };
    let wrong = || {
        config.wrong(
            KEY,
            "a list of places from 1 on, each with a token id or null",
        )
    };
    let pairs = forced.as_array().ok_or_else(wrong)?;
    let token = |(index, pair): (usize, &Value)| {
        let pair = pair.as_array().filter(|pair| pair.len() == 2);
        let [place, token] = pair
            .map(Vec::as_slice)
            .and_then(|pair| pair.first_chunk())
            .ok_or_else(wrong)?;
        match (place.as_u64(), token) {
            (Some(place), token) if place == index as u64 + 1 => match token {
                Value::Null => Ok(None),
                token => token.as_i64().map(Some).ok_or_else(wrong),
            },
            _ => Err(wrong()),
        }
    };
    pairs.iter().enumerate().map(token).collect()
}
