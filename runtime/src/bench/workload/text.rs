//! Texts of a wanted number of tokens.

use super::{Lengths, Takes, Workload, generation};
use crate::catalog::Model;
use crate::error::Error;
use crate::processor::text::{TextInput, TextProcessor};
use crate::task::{
    Comparand, FeatureExtraction, FeatureProcessor, FillMask, GenerationProcessor, Prompt,
    SentenceSimilarity, SpeakingProcessor, SpokenText, Text2TextGeneration, Text2TextInput,
    Text2TextProcessor, TextGeneration, TextItem, TextToAudio,
};

const WORDS: [&str; 12] = [
    "boats", "follow", "the", "light", "home", "while", "a", "keeper", "reads", "of", "old", "wood",
];

const TEXT: Takes = Takes {
    text: true,
    new_tokens: false,
    image: false,
    sound: false,
};

const WRITTEN: Takes = Takes {
    new_tokens: true,
    ..TEXT
};

/// So many words.
fn words(count: usize, index: usize) -> String {
    let chosen = (0..count).map(|place| WORDS[(place + index) % WORDS.len()]);
    chosen.collect::<Vec<_>>().join(" ")
}

/// A text of so many tokens, special ones included, after a beginning; where no text has just as many, the longest that has
/// fewer.
///
/// # Errors
/// A number of tokens that the model does not take.
pub(super) fn text(
    processor: &TextProcessor,
    lengths: &Lengths,
    index: usize,
    beginning: &str,
) -> Result<String, Error> {
    let wanted = lengths.tokens.unwrap_or(1) as usize;
    let count = |text: &str| -> Result<usize, Error> {
        Ok(processor.encode(&[TextInput::Single(text)])?.length())
    };
    let too_long = |most: Option<usize>| {
        let most = most.map_or_else(String::new, |most| format!(": it reads {most} at most"));
        Error::InvalidInput(format!("the model takes no text of {wanted} tokens{most}"))
    };
    if let Some(most) = processor.max_length()
        && wanted > most
    {
        return Err(too_long(Some(most)));
    }
    let of = |number: usize| format!("{beginning}{}", words(number, index));
    if count(&of(1))? > wanted {
        return Err(Error::InvalidInput(format!(
            "no text is as short as {wanted} tokens, special ones included; try more"
        )));
    }
    // Every word is at least a token, so no more words than tokens are needed.
    let (mut fits, mut exceeds) = (1, wanted + 1);
    while exceeds - fits > 1 {
        let middle = usize::midpoint(fits, exceeds);
        // A text that is refused is too long.
        match count(&of(middle)) {
            Ok(tokens) if tokens <= wanted => fits = middle,
            _ => exceeds = middle,
        }
    }
    let mut text = of(fits);
    for letter in ["a", "b", "c", "d", "e", "f", "g", "h"]
        .iter()
        .cycle()
        .take(4 * 8)
    {
        for longer in [format!("{text} {letter}"), format!("{text}{letter}")] {
            if count(&text)? < wanted && count(&longer).is_ok_and(|tokens| tokens <= wanted) {
                text = longer;
            }
        }
    }
    Ok(text)
}

impl Workload for FeatureExtraction {
    fn takes(_model: &Model) -> Takes {
        TEXT
    }

    fn item(
        processor: &FeatureProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<TextItem, Error> {
        text(processor.text(), lengths, index, "").map(TextItem::from)
    }
}

impl Workload for SentenceSimilarity {
    fn takes(_model: &Model) -> Takes {
        TEXT
    }

    /// A source and one sentence, each of the wanted length.
    fn item(
        processor: &FeatureProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<Comparand, Error> {
        Ok(Comparand {
            source: text(processor.text(), lengths, index, "")?,
            sentences: vec![text(processor.text(), lengths, index + 1, "")?],
        })
    }
}

impl Workload for FillMask {
    fn takes(_model: &Model) -> Takes {
        TEXT
    }

    fn item(processor: &TextProcessor, lengths: &Lengths, index: usize) -> Result<TextItem, Error> {
        // Texts spell the mask as BERT does, whatever the checkpoint calls it.
        text(processor, lengths, index, "[MASK] ").map(TextItem::from)
    }
}

impl Workload for TextGeneration {
    fn takes(_model: &Model) -> Takes {
        WRITTEN
    }

    fn item(
        processor: &GenerationProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<Prompt, Error> {
        let text = text(processor.text(), lengths, index, "")?;
        Ok(Prompt::text(text).with(generation(lengths)))
    }
}

impl Workload for Text2TextGeneration {
    fn takes(_model: &Model) -> Takes {
        WRITTEN
    }

    fn item(
        processor: &Text2TextProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<Text2TextInput, Error> {
        Ok(Text2TextInput {
            text: text(processor.text(), lengths, index, "")?,
            options: generation(lengths),
        })
    }
}

impl Workload for TextToAudio {
    fn takes(_model: &Model) -> Takes {
        TEXT
    }

    /// Its tokens are letters, most with a blank between them: so many letters stand for the wanted tokens.
    fn item(
        _processor: &SpeakingProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<SpokenText, Error> {
        let letters = (lengths.tokens.unwrap_or(1) as usize).div_ceil(2);
        let text: String = words(letters, index).chars().take(letters).collect();
        Ok(SpokenText::from(text.trim_end().to_owned()))
    }
}
