//! Sentence similarity under test.

use super::Exercise;
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{Comparand, FeatureProcessor, SentenceSimilarity, TextItem};

/// How many sentences each example compares.
const SENTENCES: usize = 3;

fn compare(source: &str, sentences: [&str; SENTENCES]) -> Comparand {
    Comparand {
        source: source.to_owned(),
        sentences: sentences.map(str::to_owned).to_vec(),
    }
}

impl Exercise for SentenceSimilarity {
    fn examples() -> Vec<Comparand> {
        let boats = "Fishing boats follow the light home.";
        let chair = "A machine cuts wood, and the carpenter builds a chair.";
        vec![
            compare("The keeper lights the lamp.", [boats, chair, "What?"]),
            compare("What is it?", [chair, "It is wood.", boats]),
            compare(chair, [boats, "A chair.", "The light."]),
        ]
    }

    fn empty() -> Vec<Comparand> {
        let without_sentences = Comparand {
            source: "What is it?".to_owned(),
            sentences: Vec::new(),
        };
        vec![without_sentences, compare("", ["", "", ""])]
    }

    fn oversized() -> Vec<Comparand> {
        let long = "wood and light ".repeat(20_000);
        vec![compare(&long, ["A chair.", "The light.", "What is it?"])]
    }

    fn malformed() -> Vec<Comparand> {
        // Any text is well formed: Rust's strings are valid Unicode.
        Vec::new()
    }

    fn truncates(processor: &FeatureProcessor) -> bool {
        processor.text().truncates()
    }

    fn values(output: &Vec<f32>) -> Vec<f32> {
        output.clone()
    }

    fn promised(_session: &Session<Self>) -> Result<usize, Error> {
        Ok(SENTENCES)
    }

    fn reference_items(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<Comparand>>, Error> {
        let is_cut_otherwise = case.max_length().is_some()
            && case.max_length() != session.processor().text().max_length();
        let Some(items) = reference.texts(case)?.filter(|_| !is_cut_otherwise) else {
            return Ok(None);
        };
        let texts: Option<Vec<String>> = items
            .into_iter()
            .map(|item| match item {
                TextItem::Single(text) => Some(text),
                TextItem::Pair(..) => None,
            })
            .collect();
        // Row by row, the stored table compares every text with all of them.
        Ok(texts.map(|texts| {
            let row = |source: &String| Comparand {
                source: source.clone(),
                sentences: texts.clone(),
            };
            texts.iter().map(row).collect()
        }))
    }

    fn reference_output() -> &'static str {
        "cosine_similarity"
    }
}
