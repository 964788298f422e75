//! Decoders: prompts and chats, scores and memory, for every case of every family.

use std::sync::Mutex;

use ndarray::{Array2, Array3, Axis, Ix3, concatenate, s};
use runtime::processor::chat::ChatOptions;
use runtime::reference::{Case, Reference};
use runtime::session::{GraphSource, Session};
use runtime::task::{Prompt, TextGeneration};
use runtime::tensor::{NamedTensors, Tensor};
use serde_json::Value;
use workspace_tests::{DECODER_FAMILIES, reference};

use super::{floats, holds, open, sources};

/// Runs a check on every case of every family, and on every graph there is for it.
pub(crate) fn each(check: impl Fn(&Session<TextGeneration>, &Reference, &Case)) {
    for family in DECODER_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        for source in sources(&reference) {
            let session = open(TextGeneration, reference.dir(), source);
            for case in reference.cases() {
                check(&session, &reference, case);
            }
        }
    }
}

/// The prompts of a case.
pub(crate) fn prompts(reference: &Reference, case: &Case) -> Vec<Prompt> {
    if let Some(messages) = reference.messages(case).unwrap() {
        return vec![Prompt::chat(messages)];
    }
    let texts = reference.texts(case).unwrap().unwrap();
    let text = |item: runtime::task::TextItem| match item {
        runtime::task::TextItem::Single(text) => Prompt::text(text),
        runtime::task::TextItem::Pair(..) => panic!("a prompt is one text"),
    };
    texts.into_iter().map(text).collect()
}

fn has(reference: &Reference, case: &Case, name: &str) -> bool {
    reference.stored(case).any(|(stored, _)| stored == name)
}

fn integers(reference: &Reference, case: &Case, name: &str) -> Array2<i64> {
    let tensor = reference.tensor(case, name).unwrap();
    let integers = tensor.as_i64().unwrap().to_owned();
    integers.into_dimensionality().unwrap()
}

#[test]
fn chats_are_rendered_and_prompts_tokenised_alike() {
    let mut rendered = 0;
    let mut tokenised = 0;
    for family in DECODER_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        let session = open(TextGeneration, reference.dir(), GraphSource::Own);
        let processor = session.processor();
        for case in reference.cases() {
            for (name, options) in CHATS {
                let Some(expected) = case.results().get(name).and_then(Value::as_str) else {
                    continue;
                };
                let messages = reference.messages(case).unwrap().unwrap();
                let template = processor.chat().unwrap();
                let got = template.render(&messages, &options()).unwrap();
                assert_eq!(got, expected, "{family} {} {name}", case.name());
                rendered += 1;
            }
            if !has(&reference, case, "input_ids") {
                continue;
            }
            let (ids, mask) = (
                integers(&reference, case, "input_ids"),
                integers(&reference, case, "attention_mask"),
            );
            for ((prompt, ids), mask) in prompts(&reference, case)
                .iter()
                .zip(ids.rows())
                .zip(mask.rows())
            {
                let expected: Vec<i64> = ids
                    .iter()
                    .zip(mask)
                    .filter(|(_, mask)| **mask == 1)
                    .map(|(id, _)| *id)
                    .collect();
                assert_eq!(
                    processor.encode(prompt).unwrap(),
                    expected,
                    "{family} {}",
                    case.name()
                );
                tokenised += 1;
            }
        }
    }
    assert_eq!((rendered, tokenised), (18, 42));
}

type Options = fn() -> ChatOptions;

/// Results of chat templates with the options that gave them.
const CHATS: [(&str, Options); 3] = [
    ("rendered", ChatOptions::default),
    ("rendered_without_generation_prompt", || ChatOptions {
        add_generation_prompt: false,
        ..ChatOptions::default()
    }),
    ("rendered_enable_thinking_false", || {
        let mut options = ChatOptions::default();
        options
            .variables
            .insert("enable_thinking".to_owned(), false.into());
        options
    }),
];

#[test]
fn scores_and_memory_are_equal_at_first_and_in_later_steps() {
    let compared = Mutex::new(0);
    each(|session, reference, case| {
        if !has(reference, case, "input_ids") {
            return;
        }
        let mut steps = Steps::new(session, &integers(reference, case, "attention_mask"));
        let first = steps.feed(&integers(reference, case, "input_ids"));
        let compare = |name: &str, got: &Tensor| {
            if has(reference, case, name) {
                holds(reference, case, name, got);
                *compared.lock().unwrap() += 1;
            }
        };
        let positions = steps.latest("position_ids").clone();
        compare("position_ids", &positions);
        for (name, tensor) in first.iter() {
            compare(name, tensor);
        }
        let scores: Array3<f32> = floats(&first, "logits")
            .into_dimensionality::<Ix3>()
            .unwrap();
        let mut last = scores.slice(s![.., -1.., ..]).to_owned();
        let squeezed = last.clone().remove_axis(Axis(1));
        compare("last_logits", &Tensor::from(squeezed));
        if !has(reference, case, "greedy.step_logits") {
            return;
        }
        let stored = reference.tensor(case, "greedy.step_logits").unwrap();
        let tokens = &case.generated()["greedy"]["sequences"];
        for step in 0..stored.shape()[1] - 1 {
            let token = |sequence: &Value| sequence["token_ids"][step].as_i64().unwrap();
            let tokens: Vec<i64> = tokens.as_array().unwrap().iter().map(token).collect();
            let tokens = Array2::from_shape_vec((tokens.len(), 1), tokens).unwrap();
            let scores = floats(&steps.feed(&tokens), "logits");
            let scores = scores.into_dimensionality::<Ix3>().unwrap();
            last = concatenate(Axis(1), &[last.view(), scores.view()]).unwrap();
        }
        compare("greedy.step_logits", &Tensor::from(last));
    });
    // Positions, logits, four of memory and steps of one prompt, positions and last logits of a batch: four families with
    // two graphs, three with one, and one more without the memory.
    assert_eq!(*compared.lock().unwrap(), (4 * 2 + 3) * 9 + 5);
}

/// A graph fed step by step with tensors on the host.
struct Steps<'s> {
    session: &'s Session<TextGeneration>,
    mask: Array2<i64>,
    memory: NamedTensors,
    feeds: NamedTensors,
}

impl<'s> Steps<'s> {
    fn new(session: &'s Session<TextGeneration>, mask: &Array2<i64>) -> Self {
        let mut memory = NamedTensors::new();
        for input in session.graphs().find("model").unwrap().inputs() {
            if input.name.starts_with("past_key_values.") {
                let shape = (
                    mask.nrows(),
                    input.shape[1].unwrap(),
                    0,
                    input.shape[3].unwrap(),
                );
                memory.insert(input.name.clone(), ndarray::Array4::<f32>::zeros(shape));
            }
        }
        Self {
            session,
            mask: mask.clone(),
            memory,
            feeds: NamedTensors::new(),
        }
    }

    /// Feeds tokens; the mask covers the first ones already.
    fn feed(&mut self, tokens: &Array2<i64>) -> NamedTensors {
        if !self.feeds.is_empty() {
            let one = Array2::ones(tokens.dim());
            self.mask = concatenate(Axis(1), &[self.mask.view(), one.view()]).unwrap();
        }
        let mut positions = self.mask.clone();
        for mut row in positions.rows_mut() {
            let mut count = 0;
            for place in &mut row {
                count += *place;
                *place = if *place == 0 { 1 } else { count - 1 };
            }
        }
        let start = positions.ncols() - tokens.ncols();
        let mut feeds = NamedTensors::new()
            .with("input_ids", tokens.clone())
            .with("attention_mask", self.mask.clone())
            .with("position_ids", positions.slice(s![.., start..]).to_owned());
        for (name, tensor) in self.memory.iter() {
            feeds.insert(name.to_owned(), tensor.clone());
        }
        let outputs = self
            .session
            .graphs()
            .find("model")
            .unwrap()
            .forward(&feeds)
            .unwrap();
        for (name, tensor) in outputs.iter() {
            if let Some(layer) = name.strip_prefix("present.") {
                self.memory
                    .insert(format!("past_key_values.{layer}"), tensor.clone());
            }
        }
        self.feeds = feeds;
        outputs
    }

    /// What was fed last under a name.
    fn latest(&self, name: &str) -> &Tensor {
        self.feeds.find(name).unwrap()
    }
}
