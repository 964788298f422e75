//! Text generation under test: the likeliest tokens, and the scores of the first.

use super::{Exercise, generated};
use crate::contract::measure::{self, Measure};
use crate::contract::tolerance::Tolerance;
use crate::engine::Outlet;
use crate::error::Error;
use crate::generation::GenerationOptions;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{
    Generation, GenerationProcessor, Prompt, TextGeneration, TextItem, empty_memory,
};
use crate::tensor::Tensor;
use crate::verify::{self, Finding};

/// Enough to go through the cache several times.
const NEW_TOKENS: usize = 6;

impl Exercise for TextGeneration {
    fn examples() -> Vec<Prompt> {
        [
            "The keeper of the light",
            "In the morning",
            "A machine cuts wood, and the",
        ]
        .map(prompt)
        .to_vec()
    }

    fn empty() -> Vec<Prompt> {
        vec![Prompt::text(""), Prompt::chat(Vec::new())]
    }

    fn oversized() -> Vec<Prompt> {
        vec![prompt(&"wood and light ".repeat(20_000))]
    }

    fn malformed() -> Vec<Prompt> {
        let wrong = |options| Prompt::text("wood").with(options);
        vec![
            wrong(GenerationOptions::greedy().up_to(0)),
            wrong(GenerationOptions {
                temperature: Some(f32::NAN),
                ..GenerationOptions::default()
            }),
            wrong(GenerationOptions {
                top_p: Some(1.5),
                ..GenerationOptions::default()
            }),
        ]
    }

    fn truncates(processor: &GenerationProcessor) -> bool {
        processor.text().truncates()
    }

    fn values(output: &Generation) -> Vec<f32> {
        output.first_scores.clone().unwrap_or_default()
    }

    fn measures(expected: &Generation, got: &Generation, level: Tolerance) -> Vec<Measure> {
        let mut measures = measure::of_numbers(&Self::values(expected), &Self::values(got), level);
        measures.push(measure::of_tokens(&expected.tokens, &got.tokens));
        measures
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        super::vocabulary_size(session)
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<Prompt>>, Error> {
        let item = |item: TextItem| match item {
            TextItem::Single(text) => Some(prompt(&text)),
            TextItem::Pair(..) => None,
        };
        let Some(items) = reference.texts(case)? else {
            return Ok(None);
        };
        Ok(items.into_iter().map(item).collect())
    }

    fn unstored(input: &Outlet, batch: usize) -> Result<Option<Tensor>, Error> {
        empty_memory(input, batch)
    }

    fn reference_output() -> &'static str {
        "last_logits"
    }

    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = verify::from_raw_input(session, reference, case)?;
        let prompts = match reference.messages(case)? {
            Some(messages) => Some(vec![Prompt::chat(messages)]),
            None => Self::reference_items(session, reference, case)?,
        };
        findings.extend(generated::findings(case, |options| {
            let prompts = prompts.iter().flatten().cloned();
            let prompts: Vec<_> = prompts.map(|prompt| prompt.with(options.clone())).collect();
            Ok(session.run_batch(&prompts)?.output)
        })?);
        Ok(findings)
    }
}

fn prompt(text: &str) -> Prompt {
    let options = GenerationOptions::greedy().up_to(NEW_TOKENS);
    Prompt::text(text).with(options).keeping_scores()
}
