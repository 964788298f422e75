//! Feature extraction under test.

use super::Exercise;
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{Embedding, FeatureExtraction, FeatureProcessor, TextItem};

impl Exercise for FeatureExtraction {
    fn examples() -> Vec<TextItem> {
        [
            "Fishing boats follow the light home.",
            "What is it?",
            "A machine cuts wood, and the carpenter builds a chair.",
        ]
        .map(TextItem::from)
        .to_vec()
    }

    fn empty() -> Vec<TextItem> {
        vec![TextItem::from("")]
    }

    fn oversized() -> Vec<TextItem> {
        vec![TextItem::from("wood and light ".repeat(20_000))]
    }

    fn malformed() -> Vec<TextItem> {
        // Any text is well formed: Rust's strings are valid Unicode.
        Vec::new()
    }

    fn truncates(processor: &FeatureProcessor) -> bool {
        processor.text().truncates()
    }

    fn values(output: &Embedding) -> Vec<f32> {
        output.vector.clone()
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        let width = super::hidden_size(session)?;
        Ok(session.processor().pooling().width(width))
    }

    fn reference_items(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<TextItem>>, Error> {
        let is_cut_otherwise = case.max_length().is_some()
            && case.max_length() != session.processor().text().max_length();
        if is_cut_otherwise {
            return Ok(None);
        }
        Ok(reference.texts(case)?)
    }

    fn reference_output() -> &'static str {
        "sentence_embedding"
    }
}
