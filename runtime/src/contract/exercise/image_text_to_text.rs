//! Answers about pictures under test: the likeliest tokens, and the scores of the first.

use super::{Exercise, generated, image};
use crate::error::Error;
use crate::generation::GenerationOptions;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{Generation, ImageInput, ImageTextToText, Prompt, VisualProcessor, VisualPrompt};
use crate::verify::{self, Finding};

/// Enough to go through the cache several times.
const NEW_TOKENS: usize = 4;

/// Questions of different length.
const QUESTIONS: [&str; 3] = [
    "What is shown in the picture?",
    "How many red shapes are there, and where do they stand?",
    "Why?",
];

impl Exercise for ImageTextToText {
    fn examples() -> Vec<VisualPrompt> {
        let asked = image::examples().into_iter().zip(QUESTIONS);
        asked
            .map(|(image, question)| ask(image, question))
            .collect()
    }

    fn empty() -> Vec<VisualPrompt> {
        let about = |image, prompt: Prompt| VisualPrompt::new([image], prompt);
        let images = image::examples().into_iter().take(1);
        let mut items: Vec<_> = images
            .flat_map(|image| {
                [
                    about(image.clone(), Prompt::text("")),
                    about(image, Prompt::chat(Vec::new())),
                ]
            })
            .collect();
        items.extend(image::empty().into_iter().map(|image| ask(image, "What?")));
        items
    }

    fn oversized() -> Vec<VisualPrompt> {
        let images = image::examples().into_iter().take(1);
        let mut items: Vec<_> = images
            .map(|image| ask(image, &"wood and light ".repeat(400_000)))
            .collect();
        items.extend(
            image::oversized()
                .into_iter()
                .map(|image| ask(image, "What?")),
        );
        items
    }

    fn malformed() -> Vec<VisualPrompt> {
        let images = image::malformed().into_iter();
        images.map(|image| ask(image, "What?")).collect()
    }

    fn truncates(_processor: &VisualProcessor) -> bool {
        // A text beyond what a tokenizer reads at all is refused, whatever a checkpoint truncates to.
        false
    }

    fn values(output: &Generation) -> Vec<f32> {
        output.first_scores.clone().unwrap_or_default()
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        let config = session.checkpoint().json("config.json")?;
        let size = config.as_ref().and_then(|config| {
            let text = config.get("text_config")?;
            text.get("vocab_size")?.as_u64()
        });
        size.map(|size| size as usize)
            .ok_or_else(|| Error::InvalidCheckpoint {
                file: "config.json".to_owned(),
                reason: "`text_config.vocab_size` is no number".to_owned(),
            })
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<VisualPrompt>>, Error> {
        let Some((images, prompts)) = reference.illustrated_prompts(case)? else {
            return Ok(None);
        };
        let items = images.into_iter().zip(prompts);
        Ok(Some(
            items
                .map(|(image, text)| VisualPrompt::new([image], likeliest(Prompt::text(text))))
                .collect(),
        ))
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
        let items = Self::reference_items(session, reference, case)?;
        findings.extend(generated::findings(case, |options| {
            let mut items: Vec<_> = items.iter().flatten().cloned().collect();
            for item in &mut items {
                item.prompt.options = options.clone();
            }
            Ok(session.run_batch(&items)?.output)
        })?);
        Ok(findings)
    }
}

fn ask(image: ImageInput, question: &str) -> VisualPrompt {
    VisualPrompt::new([image], likeliest(Prompt::turn(question, None)))
}

fn likeliest(prompt: Prompt) -> Prompt {
    let options = GenerationOptions::greedy().up_to(NEW_TOKENS);
    prompt.with(options).keeping_scores()
}
