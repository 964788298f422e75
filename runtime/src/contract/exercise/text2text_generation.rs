//! Text-to-text generation under test.

use super::Exercise;
use super::generated::{self, Written};
use crate::contract::measure::{self, Measure};
use crate::contract::tolerance::Tolerance;
use crate::error::Error;
use crate::generation::GenerationOptions;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{
    GeneratedText, Text2TextGeneration, Text2TextInput, Text2TextProcessor, TextItem,
};
use crate::verify::Finding;

/// Steps whose raw scores a reference stores.
const STORED_STEPS: usize = 4;

impl Exercise for Text2TextGeneration {
    fn examples() -> Vec<Text2TextInput> {
        [
            "The boat is ready.",
            "Why is the winter cold?",
            "There are red apples, and the keeper walks to the village.",
        ]
        .map(Text2TextInput::from)
        .to_vec()
    }

    fn empty() -> Vec<Text2TextInput> {
        vec![Text2TextInput::from("")]
    }

    fn oversized() -> Vec<Text2TextInput> {
        vec![Text2TextInput::from("wood and light ".repeat(20_000))]
    }

    fn malformed() -> Vec<Text2TextInput> {
        // Any text is well formed; what can be wrong is what is asked of the generation.
        let wrong = [
            GenerationOptions {
                beams: Some(0),
                ..GenerationOptions::default()
            },
            GenerationOptions {
                max_new_tokens: Some(0),
                ..GenerationOptions::default()
            },
        ];
        let item = |options| Text2TextInput {
            text: "The boat is ready.".to_owned(),
            options,
        };
        wrong.map(item).to_vec()
    }

    fn truncates(processor: &Text2TextProcessor) -> bool {
        processor.text().truncates()
    }

    fn values(output: &GeneratedText) -> Vec<f32> {
        output.scores.concat()
    }

    fn measures(expected: &GeneratedText, got: &GeneratedText, level: Tolerance) -> Vec<Measure> {
        let mut measures = measure::of_numbers(&Self::values(expected), &Self::values(got), level);
        measures.push(measure::of_tokens(&expected.tokens, &got.tokens));
        measures
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        super::vocabulary_size(session)
    }

    fn reference_items(
        _session: &Session<Self>,
        _reference: &Reference,
        _case: &Case,
    ) -> Result<Option<Vec<Text2TextInput>>, Error> {
        Ok(None)
    }

    fn reference_output() -> &'static str {
        ""
    }

    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        for (name, expected) in generated::of(case)? {
            let options = GenerationOptions {
                max_new_tokens: expected.call.max_new_tokens,
                beams: expected.call.num_beams,
                kept_scores: Some(STORED_STEPS),
                ..GenerationOptions::default()
            };
            let items: Vec<_> = reference
                .texts(case)?
                .into_iter()
                .flatten()
                .filter_map(|item| match item {
                    TextItem::Single(text) => Some(text),
                    TextItem::Pair(..) => None,
                })
                .map(|text| Text2TextInput {
                    text,
                    options: options.clone(),
                })
                .collect();
            let outputs = session.run_batch(&items)?.output;
            let written = outputs.iter().map(|output| Written {
                tokens: &output.tokens,
                text: &output.text,
                is_finished: output.is_finished,
                scores: &output.scores,
            });
            let written: Vec<_> = written.collect();
            findings.extend(expected.findings(reference, case, &name, &written)?);
        }
        Ok(findings)
    }
}
