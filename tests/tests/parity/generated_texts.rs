//! Generated tokens and texts, for every case of every decoder.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use generated::mbart_large_50_many_to_many_mmt as mbart;
use runtime::checkpoint::CheckpointSpec;
use runtime::generation::{GenerationOptions, Listener};
use runtime::reference::Reference;
use runtime::session::{GraphSource, LoadOptions};
use runtime::task::{Ending, Prompt, Text2TextInput, TextGeneration};
use serde_json::Value;
use workspace_tests::reference;

use super::decoders::{each, prompts};
use super::open;

#[test]
fn prompts_read_in_pieces_give_the_same_tokens() {
    each(|session, reference, case| {
        let sequences = &case.generated()["greedy"]["sequences"];
        let Some(sequences) = sequences.as_array() else {
            return;
        };
        for tokens in [1, 5, 26] {
            let piece = NonZeroUsize::new(tokens).unwrap();
            let prompt = |prompt: Prompt| {
                let options = GenerationOptions {
                    repetition_penalty: Some(1.0),
                    ..GenerationOptions::greedy().up_to(4)
                };
                prompt.with(options).in_pieces_of(piece)
            };
            let prompts: Vec<Prompt> = prompts(reference, case).into_iter().map(prompt).collect();
            let outputs = session.run_batch(&prompts).unwrap().output;
            for (output, expected) in outputs.iter().zip(sequences) {
                let expected: Vec<i64> =
                    serde_json::from_value(expected["token_ids"].clone()).unwrap();
                assert_eq!(
                    output.tokens,
                    expected[..4],
                    "{} in pieces of {tokens}",
                    case.name()
                );
            }
        }
    });
}

#[test]
fn a_text_ends_with_the_positions_of_its_model() {
    let reference = Reference::load(&reference("gpt2")).unwrap();
    let session = open(TextGeneration, reference.dir(), GraphSource::Own);
    let options = GenerationOptions {
        // Nothing but the positions ends it.
        min_new_tokens: Some(1000),
        ..GenerationOptions::greedy().up_to(1000)
    };
    let prompt = |text: &str| Prompt::text(text).with(options.clone());
    let positions = session.processor().positions().unwrap();
    let alone = session.run(prompt("The old lighthouse")).unwrap().output;
    assert_eq!(alone.ending, Ending::Context);
    // The last position gives one more token.
    assert_eq!(alone.prompt_tokens + alone.tokens.len(), positions + 1);
    let full = "wood ".repeat(positions);
    let error = session.run(prompt(&full)).unwrap_err();
    assert!(error.is_bad_input(), "{error}");
}

#[test]
fn what_is_asked_of_a_decoder_that_an_encoder_feeds_comes_before_its_checkpoint() {
    // Its decoder begins with the token that ends a text, and made-up weights like to repeat it.
    let options = LoadOptions {
        checkpoint: CheckpointSpec::synthetic(),
        ..LoadOptions::default()
    };
    let session = mbart::cpu::SKILL.load(&options).unwrap();
    let asked = |options| Text2TextInput {
        options,
        ..Text2TextInput::from("The old lighthouse")
    };
    let run = |options| session.run(asked(options));
    for tokens in [1, 9] {
        let exactly = GenerationOptions {
            min_new_tokens: Some(tokens),
            ..GenerationOptions::greedy().up_to(tokens)
        };
        assert_eq!(run(exactly).unwrap().output.tokens.len(), tokens);
    }
    let once = GenerationOptions {
        min_new_tokens: Some(9),
        no_repeat_ngram: Some(1),
        ..GenerationOptions::greedy().up_to(9)
    };
    let mut found = run(once).unwrap().output.tokens;
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 9, "{found:?}");
    let drawn = GenerationOptions {
        is_sampled: Some(true),
        ..GenerationOptions::default()
    };
    let refused = run(drawn).map(drop).unwrap_err();
    assert!(refused.is_bad_input(), "{refused}");
}

#[test]
fn generated_tokens_and_texts_are_equal() {
    let generated = Mutex::new(0);
    each(|session, reference, case| {
        let Some(calls) = case.generated().as_object() else {
            return;
        };
        for (name, generation) in calls {
            let options = options(&generation["call"]);
            let heard = Arc::new(Mutex::new(String::new()));
            let ear = Arc::clone(&heard);
            let listener = Listener::new(move |piece| ear.lock().unwrap().push_str(piece));
            let mut prompts = prompts(reference, case);
            for prompt in &mut prompts {
                prompt.options = options.clone();
            }
            // One row of a batch is heard.
            prompts[0].listener = Some(listener);
            let outputs = session.run_batch(&prompts).unwrap().output;
            assert_eq!(*heard.lock().unwrap(), outputs[0].text);
            let sequences = generation["sequences"].as_array().unwrap();
            assert_eq!(outputs.len(), sequences.len());
            for (output, expected) in outputs.iter().zip(sequences) {
                let context = format!("{} {} {name}", reference.dir().display(), case.name());
                let tokens: Vec<i64> =
                    serde_json::from_value(expected["token_ids"].clone()).unwrap();
                assert_eq!(output.tokens, tokens, "{context}");
                assert_eq!(output.text, expected["text"], "{context}");
                let whole = session
                    .processor()
                    .text()
                    .decode(&output.tokens, false)
                    .unwrap();
                assert_eq!(whole, expected["text_with_special_tokens"], "{context}");
                let has_ended = output.ending == Ending::EndToken;
                assert_eq!(has_ended, expected["stopped_by_eos"], "{context}");
                *generated.lock().unwrap() += 1;
            }
        }
    });
    assert_eq!(
        *generated.lock().unwrap(),
        66,
        "sequences of all cases and graphs"
    );
}

/// The choices that a call of `generate` made.
fn options(call: &Value) -> GenerationOptions {
    let known = [
        "do_sample",
        "num_beams",
        "max_new_tokens",
        "repetition_penalty",
    ];
    let unknown = call
        .as_object()
        .unwrap()
        .keys()
        .find(|key| !known.contains(&key.as_str()));
    assert_eq!(unknown, None);
    GenerationOptions {
        max_new_tokens: call["max_new_tokens"].as_u64().map(|most| most as usize),
        is_sampled: call["do_sample"].as_bool(),
        repetition_penalty: call["repetition_penalty"]
            .as_f64()
            .map(|penalty| penalty as f32),
        ..GenerationOptions::default()
    }
}
