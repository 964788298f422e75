//! Fill-mask under test.

use super::Exercise;
use crate::error::Error;
use crate::processor::text::TextProcessor;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{FillMask, Mask, TextItem};
use crate::verify::Finding;

/// Largest difference of two probabilities that count as equal; the reference stores them without a tolerance.
const SCORE_TOLERANCE: f64 = 1e-5;

impl Exercise for FillMask {
    fn examples() -> Vec<TextItem> {
        [
            "Fishing boats [MASK] the light home.",
            "What [MASK] it?",
            "A machine cuts [MASK], and the carpenter builds a chair.",
        ]
        .map(TextItem::from)
        .to_vec()
    }

    fn empty() -> Vec<TextItem> {
        vec![TextItem::from("")]
    }

    fn oversized() -> Vec<TextItem> {
        vec![TextItem::from("[MASK] and light ".repeat(20_000))]
    }

    fn malformed() -> Vec<TextItem> {
        vec![TextItem::from("There is no mask in this text.")]
    }

    fn truncates(processor: &TextProcessor) -> bool {
        processor.truncates()
    }

    fn values(output: &Vec<Mask>) -> Vec<f32> {
        let tokens = output.iter().flat_map(|mask| &mask.tokens);
        tokens.map(|token| token.score).collect()
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        // Each example has one mask, and a mask is given a hundred tokens at most.
        Ok(session.processor().vocabulary_size().min(100))
    }

    fn reference_items(
        _session: &Session<Self>,
        _reference: &Reference,
        _case: &Case,
    ) -> Result<Option<Vec<TextItem>>, Error> {
        Ok(None)
    }

    fn reference_output() -> &'static str {
        "logits"
    }

    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        let Some(stored) = case
            .results()
            .get("masks")
            .and_then(|masks| masks.as_array())
        else {
            return Ok(Vec::new());
        };
        let texts = reference.texts(case)?.unwrap_or_default();
        let outputs = session.run_batch(&texts)?.output;
        let masks: Vec<(usize, &Mask)> = outputs
            .iter()
            .enumerate()
            .flat_map(|(text, masks)| masks.iter().map(move |mask| (text, mask)))
            .collect();
        let places = masks.iter().map(|(text, mask)| (*text, mask.position));
        let expected = stored.iter().map(|mask| {
            let number = |key: &str| mask[key].as_u64().unwrap_or(u64::MAX) as usize;
            (number("text_index"), number("position"))
        });
        let mut findings = vec![Finding::Equality {
            name: format!("{}.masks", case.name()),
            expected: format!("{:?}", expected.collect::<Vec<_>>()),
            got: format!("{:?}", places.collect::<Vec<_>>()),
        }];
        for (stored, (text, mask)) in stored.iter().zip(&masks) {
            let top = stored["top_5"].as_array().map_or(&[][..], Vec::as_slice);
            let expected = top.iter().map(|token| {
                let score = token["score"].as_f64().unwrap_or(f64::NAN);
                (token["id"].as_i64(), token["label"].as_str(), score)
            });
            let expected: Vec<_> = expected.collect();
            let got = mask.tokens.iter().take(top.len());
            let got = got.zip(&expected).map(|(token, (_, _, expected))| {
                let score = f64::from(token.score);
                let is_near = (score - expected).abs() <= SCORE_TOLERANCE;
                let score = if is_near { *expected } else { score };
                (Some(token.id), Some(token.token.as_str()), score)
            });
            findings.push(Finding::Equality {
                name: format!("{}.text {text}.token {}", case.name(), mask.position),
                got: format!("{:?}", got.collect::<Vec<_>>()),
                expected: format!("{expected:?}"),
            });
        }
        Ok(findings)
    }
}
