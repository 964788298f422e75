//! Graphs of every form give what those of hub exports give: the reference's tensors within its tolerances, and the same
//! tokens. Forms of platforms that this machine lacks are computed on the CPU: the graph is the one that runs there.

use std::fs;

use generated::CATALOG;
use runtime::Error;
use runtime::catalog::{GraphForm, IdWidth, KvCache, Lengths, Platform, Precision};
use runtime::checkpoint::CheckpointSpec;
use runtime::engine::Settings;
use runtime::generation::GenerationOptions;
use runtime::session::{LoadOptions, Session};
use runtime::skill::Skill;
use runtime::task::{
    AutomaticSpeechRecognition, FeatureExtraction, Prompt, SpeechInput, Task, Text2TextGeneration,
    Text2TextInput, TextGeneration, TextItem,
};
use runtime::verify::model_of;
use workspace_tests::{
    DECODER_FAMILIES, FAMILIES, JOINT_FAMILIES, SCENE_FAMILIES, SEEING_FAMILIES, SEQUENCE_FAMILIES,
    SOUND_FAMILIES, TOWER_FAMILIES, reference,
};

/// What web platforms take.
const WEB: GraphForm = fitted(KvCache::Fixed(256), 1, 128);
/// A batch that most input does not fill.
const WIDE: GraphForm = fitted(KvCache::None, 4, 192);
/// No cache, with symbolic axes.
const WHOLE: GraphForm = GraphForm {
    kv_cache: KvCache::None,
    ..GraphForm::HUB
};
/// A fixed cache, with symbolic axes.
const fn written(places: u64) -> GraphForm {
    GraphForm {
        kv_cache: KvCache::Fixed(places),
        ..GraphForm::HUB
    }
}

const fn fitted(kv_cache: KvCache, batch: u32, tokens: u32) -> GraphForm {
    GraphForm {
        ids: IdWidth::Int32,
        kv_cache,
        lengths: Some(Lengths {
            batch,
            tokens,
            samples: None,
        }),
    }
}

fn options(family: &str, form: GraphForm) -> LoadOptions {
    LoadOptions {
        checkpoint: CheckpointSpec::Folder(reference(family)),
        form: Some(form),
        settings: Settings {
            threads: 1,
            ..Settings::beside_others()
        },
        ..LoadOptions::default()
    }
}

/// A checkpoint of the kit opened for a task on the CPU.
fn open<T: Task>(task: T, family: &str, form: GraphForm) -> Session<T> {
    let (model, cell) = super::model_of(&reference(family));
    Skill { task, model, cell }
        .load(&options(family, form))
        .unwrap()
}

#[test]
fn references_hold_in_every_form() {
    let all = [
        &FAMILIES[..],
        &DECODER_FAMILIES,
        &SEEING_FAMILIES,
        &SEQUENCE_FAMILIES,
        &SOUND_FAMILIES,
        &TOWER_FAMILIES,
        &SCENE_FAMILIES,
        &JOINT_FAMILIES,
    ];
    let mut compared = 0;
    for family in all.concat() {
        let config = fs::read(reference(family).join("config.json")).unwrap();
        let config = serde_json::from_slice(&config).unwrap();
        let entry = CATALOG.find(model_of(&CATALOG, &config).unwrap()).unwrap();
        let skill = entry.skill(Platform::Cpu).unwrap();
        for form in [WEB, WIDE] {
            let (found, _) = skill.verify(&options(family, form)).unwrap();
            assert!(found.holds(), "{family} {form:?}: {found:?}");
            compared += found.findings().count();
        }
    }
    assert_eq!(compared, 366, "findings of all families in both forms");
}

#[test]
fn decoders_choose_the_same_tokens() {
    let prompts = ["the quick brown fox", "a", "one two three four five"];
    let options = GenerationOptions::greedy().up_to(12);
    let prompts = prompts.map(|text| Prompt::text(text).with(options.clone()).keeping_scores());
    for family in DECODER_FAMILIES {
        let run = |form| {
            let session = open(TextGeneration, family, form);
            session.run_batch(&prompts).unwrap().output
        };
        let expected = run(GraphForm::HUB);
        for form in [WEB, WIDE, WHOLE, written(40)] {
            for (found, expected) in run(form).iter().zip(&expected) {
                assert_eq!(found.tokens, expected.tokens, "{family} {form:?}");
                assert_eq!(found.ending, expected.ending, "{family} {form:?}");
            }
        }
    }
}

#[test]
fn texts_and_transcripts_are_the_same() {
    let texts = ["translate English to German: good day", "summarize: a b c"];
    for beams in [1, 3] {
        let options = GenerationOptions {
            beams: Some(beams),
            ..GenerationOptions::default().up_to(10)
        };
        let run = |form| {
            let items = texts.map(|text| Text2TextInput {
                text: text.to_owned(),
                options: options.clone(),
            });
            let outputs = open(Text2TextGeneration, "t5", form).run_batch(&items);
            let outputs = outputs.unwrap().output.into_iter();
            outputs.map(|output| output.tokens).collect::<Vec<_>>()
        };
        let expected = run(GraphForm::HUB);
        for form in [WEB, WIDE, WHOLE, written(32)] {
            assert_eq!(run(form), expected, "{beams} beams, {form:?}");
        }
        let run = |form| {
            let file = reference("whisper").join("inputs/chirp_16k.wav");
            let item = SpeechInput {
                generation: options.clone(),
                ..SpeechInput::from(file)
            };
            let session = open(AutomaticSpeechRecognition, "whisper", form);
            let outputs = session.run_batch(&[item.clone(), item]).unwrap().output;
            outputs
                .into_iter()
                .map(|output| output.tokens)
                .collect::<Vec<_>>()
        };
        let expected = run(GraphForm::HUB);
        for form in [WEB, WIDE, WHOLE, written(32)] {
            assert_eq!(run(form), expected, "{beams} beams, {form:?}");
        }
    }
}

#[test]
fn what_is_longer_than_the_graph_is_refused() {
    let short = fitted(KvCache::Fixed(12), 1, 8);
    let error = open(FeatureExtraction, "bert", short)
        .run(TextItem::from(
            "one two three four five six seven eight nine ten",
        ))
        .unwrap_err();
    assert!(
        matches!(&error, Error::TooLong { axis, length: 8, .. } if axis == "sequence_length"),
        "{error}"
    );
    let session = open(TextGeneration, "llama", short);
    let long = "one two three four five six seven eight nine ten eleven";
    let error = session.run(Prompt::text(long)).unwrap_err();
    assert!(
        matches!(&error, Error::TooLong { length: 8, .. }),
        "{error}"
    );
    // An answer ends where the cache does.
    let prompt = Prompt::text("one").with(GenerationOptions::greedy().up_to(30));
    let answer = session.run(prompt).unwrap().output;
    assert!(
        answer.prompt_tokens + answer.tokens.len() <= 13,
        "{answer:?}"
    );
}

#[test]
fn bf16_is_refused_before_anything_is_exported() {
    let (model, cell) = super::model_of(&reference("bert"));
    let options = LoadOptions {
        // There is no such checkpoint, which nobody gets to see.
        checkpoint: CheckpointSpec::Folder("nowhere".into()),
        precision: Some(Precision::Bf16),
        ..LoadOptions::default()
    };
    let task = FeatureExtraction;
    let error = Skill { task, model, cell }.load(&options).unwrap_err();
    assert!(
        matches!(error, Error::Precision { wanted: "bf16", .. }),
        "{error}"
    );
    let cuda = CATALOG.find(model.id).unwrap().cell(Platform::Cuda);
    assert!(cuda.unwrap().precisions.contains(&Precision::Bf16));
}
