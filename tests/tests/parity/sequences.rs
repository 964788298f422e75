//! Encoder–decoders: states, scores with and without caches, and what is generated from raw input.

use ndarray::{Array2, Axis, Ix2, Ix3, concatenate, s};
use runtime::generation::GenerationOptions;
use runtime::processor::audio::{SpeechFeatures, Waveform};
use runtime::processor::text::{TextInput, TextProcessor};
use runtime::reference::{Case, Reference};
use runtime::session::{GraphSource, Session};
use runtime::task::{
    AutomaticSpeechRecognition, SpeechInput, SpeechOptions, Task, Text2TextGeneration,
    Text2TextInput, TextItem,
};
use runtime::tensor::{NamedTensors, Tensor};
use serde_json::Value;
use workspace_tests::reference;

use super::{SOURCES, cases, feeds, floats, holds, open};

/// Steps whose raw scores the references store.
const STORED_STEPS: usize = 4;

#[test]
fn states_and_scores_are_equal_with_and_without_caches() {
    let mut compared = 0;
    for source in SOURCES {
        let t5 = Reference::load(&reference("t5")).unwrap();
        let session = open(Text2TextGeneration, t5.dir(), source);
        compared += forced(&t5, &session);
        let whisper = Reference::load(&reference("whisper")).unwrap();
        let session = open(AutomaticSpeechRecognition, whisper.dir(), source);
        compared += forced(&whisper, &session);
    }
    assert_eq!(
        compared,
        2 * (3 + 6),
        "states and scores of all cases and graphs"
    );
}

/// Compares the encoder's states, and the scores of given tokens at once and one by one.
fn forced<T: Task>(reference: &Reference, session: &Session<T>) -> usize {
    let mut compared = 0;
    for case in cases(reference) {
        let stored = feeds(reference, case);
        let encoder = session.graphs().find("encoder_model").unwrap();
        let mut wanted = NamedTensors::new();
        for input in encoder.inputs() {
            wanted.insert(
                input.name.clone(),
                stored.find(&input.name).unwrap().clone(),
            );
        }
        let states = encoder.forward(&wanted).unwrap();
        let states = states.find("last_hidden_state").unwrap();
        let has = |name: &str| reference.stored(case).any(|(known, _)| known == name);
        if has("encoder_last_hidden_state") {
            holds(reference, case, "encoder_last_hidden_state", states);
            compared += 1;
        }
        let Some(ids) = stored.find("decoder_input_ids").and_then(Tensor::as_i64) else {
            continue;
        };
        let ids = ids.into_dimensionality::<Ix2>().unwrap().to_owned();
        let mask = stored.find("attention_mask");
        for cut in [ids.ncols(), 3] {
            let logits = decoded(session, states, mask, &ids, cut);
            holds(reference, case, "logits", &logits);
            compared += 1;
        }
    }
    compared
}

/// Scores of the first `cut` tokens from the decoder that begins, of the others one by one from the caches.
fn decoded<T: Task>(
    session: &Session<T>,
    states: &Tensor,
    mask: Option<&Tensor>,
    ids: &Array2<i64>,
    cut: usize,
) -> Tensor {
    let graphs = session.graphs();
    let [first, next] = if graphs.has("decoder_model_merged") {
        ["decoder_model_merged"; 2]
    } else {
        ["decoder_model", "decoder_with_past_model"]
    };
    let mut caches = NamedTensors::new();
    let mut scores = Vec::new();
    let mut at = 0;
    while at < ids.ncols() {
        let end = if at == 0 { cut } else { at + 1 };
        let graph = graphs.find(if at == 0 { first } else { next }).unwrap();
        let mut feeds = NamedTensors::new();
        for input in graph.inputs() {
            let name = input.name.as_str();
            let tensor = match name {
                "input_ids" => ids.slice(s![.., at..end]).to_owned().into(),
                "encoder_hidden_states" => states.clone(),
                "encoder_attention_mask" => mask.unwrap().clone(),
                "use_cache_branch" => ndarray::arr1(&[at > 0]).into(),
                _ if at == 0 => {
                    let size = |size: &Option<usize>| size.unwrap_or(1);
                    let shape: Vec<_> = input.shape.iter().map(size).collect();
                    ndarray::ArrayD::<f32>::zeros(shape).into()
                }
                _ => caches.find(name).unwrap().clone(),
            };
            feeds.insert(input.name.clone(), tensor);
        }
        let outputs = graph.forward(&feeds).unwrap();
        for (name, tensor) in outputs.iter() {
            let is_new = at == 0 || name.contains(".decoder.");
            if name.starts_with("present.") && is_new {
                caches.insert(name.replace("present", "past_key_values"), tensor.clone());
            }
        }
        scores.push(
            floats(&outputs, "logits")
                .into_dimensionality::<Ix3>()
                .unwrap(),
        );
        at = end;
    }
    let views: Vec<_> = scores.iter().map(|part| part.view()).collect();
    concatenate(Axis(1), &views).unwrap().into()
}

/// A call of the reference with the sequences it gave.
fn calls(case: &Case) -> Vec<(String, Value)> {
    let calls = case.generated().as_object().into_iter().flatten();
    calls
        .map(|(name, call)| (name.clone(), call.clone()))
        .collect()
}

fn options(call: &Value) -> GenerationOptions {
    let count = |key: &str| call["call"][key].as_u64().map(|count| count as usize);
    GenerationOptions {
        max_new_tokens: count("max_new_tokens"),
        beams: count("num_beams"),
        kept_scores: Some(STORED_STEPS),
        ..GenerationOptions::default()
    }
}

fn ids(value: &Value) -> Vec<i64> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn texts_are_generated_from_texts() {
    let reference = Reference::load(&reference("t5")).unwrap();
    let mut generated = 0;
    for source in SOURCES {
        let session = open(Text2TextGeneration, reference.dir(), source);
        for case in cases(&reference) {
            for (name, call) in calls(case) {
                let items = reference.texts(case).unwrap().unwrap();
                let item = |item| match item {
                    TextItem::Single(text) => Text2TextInput {
                        text,
                        options: options(&call),
                    },
                    TextItem::Pair(..) => panic!("a pair"),
                };
                let items: Vec<_> = items.into_iter().map(item).collect();
                let outputs = session.run_batch(&items).unwrap().output;
                let sequences = call["sequences"].as_array().unwrap();
                assert_eq!(outputs.len(), sequences.len());
                for (output, sequence) in outputs.iter().zip(sequences) {
                    assert_eq!(output.tokens, ids(&sequence["token_ids"]), "{name}");
                    assert_eq!(output.text, sequence["text"], "{name}");
                    assert_eq!(output.is_finished, sequence["stopped_by_eos"], "{name}");
                    generated += 1;
                }
                let scores: Vec<_> = outputs.into_iter().map(|output| output.scores).collect();
                check_scores(&reference, case, &name, &scores);
            }
        }
    }
    assert_eq!(generated, 8);
}

#[test]
fn speech_is_transcribed_translated_and_timed() {
    let reference = Reference::load(&reference("whisper")).unwrap();
    let mut generated = 0;
    for source in SOURCES {
        let session = open(AutomaticSpeechRecognition, reference.dir(), source);
        for case in cases(&reference) {
            for (name, call) in calls(case) {
                let file = reference.sounds(case).unwrap().unwrap().remove(0);
                let asked = &call["call"];
                let item = SpeechInput {
                    options: SpeechOptions {
                        language: asked["language"].as_str().map(str::to_owned),
                        task: asked["task"].as_str().map(|task| task.parse().unwrap()),
                        has_timestamps: asked["return_timestamps"] == true,
                        is_cut: true,
                    },
                    generation: options(&call),
                    ..SpeechInput::from(file)
                };
                let output = session.run(item).unwrap().output;
                let sequence = &call["sequences"][0];
                assert_eq!(output.tokens, ids(&sequence["token_ids"]), "{name}");
                assert_eq!(output.text, sequence["text"], "{name}");
                assert_eq!(output.language.as_deref(), asked["language"].as_str());
                if let Some(timed) = sequence["text_with_timestamps"].as_str() {
                    let segment = &output.segments[0];
                    assert_eq!(timed, format!("<|{:.2}|>{}", segment.start_s, segment.text));
                }
                check_scores(&reference, case, &name, &[output.scores]);
                generated += 1;
            }
        }
    }
    assert_eq!(generated, 8);
}

fn check_scores(reference: &Reference, case: &Case, name: &str, scores: &[Vec<Vec<f32>>]) {
    let stored = format!("{name}.step_logits");
    if !reference.stored(case).any(|(known, _)| known == stored) {
        return;
    }
    let (steps, width) = (scores[0].len(), scores[0][0].len());
    let flat = scores.iter().flat_map(|steps| steps.concat()).collect();
    let scores = ndarray::Array3::from_shape_vec((scores.len(), steps, width), flat).unwrap();
    holds(reference, case, &stored, &scores.into());
}

#[test]
fn features_of_speech_are_equal() {
    let reference = Reference::load(&reference("whisper")).unwrap();
    let extractor = SpeechFeatures::load(reference.dir()).unwrap();
    let mut compared = 0;
    for case in cases(&reference) {
        let file = reference.sounds(case).unwrap().unwrap().remove(0);
        let waveform = Waveform::open(&file).unwrap();
        let samples = waveform.at_rate(extractor.rate()).unwrap();
        let features = extractor.extract(&samples).unwrap().insert_axis(Axis(0));
        holds(&reference, case, "input_features", &features.into());
        compared += 1;
    }
    assert_eq!(compared, 2);
}

#[test]
fn texts_and_targets_become_the_same_tokens_and_back() {
    let reference_of = |family: &str| Reference::load(&reference(family)).unwrap();
    let t5 = reference_of("t5");
    let processor = TextProcessor::load(t5.dir(), None).unwrap();
    for case in cases(&t5) {
        let items = t5.texts(case).unwrap().unwrap();
        let inputs: Vec<_> = items.iter().map(TextInput::from).collect();
        let encoded = processor.encode(&inputs).unwrap();
        holds(&t5, case, "input_ids", &encoded.input_ids.into());
        holds(&t5, case, "attention_mask", &encoded.attention_mask.into());
    }
    let targets = std::fs::read(t5.dir().join("inputs/targets.json")).unwrap();
    let targets: Vec<String> = serde_json::from_slice(&targets).unwrap();
    let inputs: Vec<_> = targets.iter().map(TextInput::from).collect();
    let labels = processor.encode(&inputs).unwrap().input_ids;
    let batch = t5.cases().iter().find(|case| case.name() == "batch");
    holds(&t5, batch.unwrap(), "labels", &labels.into());
    for family in ["t5", "whisper"] {
        let reference = reference_of(family);
        let processor = TextProcessor::load(reference.dir(), None).unwrap();
        let case = reference
            .cases()
            .iter()
            .find(|case| case.name() == "tokenizer");
        let rows = case.unwrap().results()["rows"].as_array().unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let text = row["text"].as_str().unwrap();
            let encoded = processor.encode(&[TextInput::Single(text)]).unwrap();
            let tokens = encoded.input_ids.row(0).to_vec();
            assert_eq!(tokens, ids(&row["ids"]), "{family}");
            assert_eq!(
                processor.decode(&tokens, false).unwrap(),
                row["decoded"],
                "{family}"
            );
            let skipped = &row["decoded_skip_special_tokens"];
            assert_eq!(
                processor.decode(&tokens, true).unwrap(),
                *skipped,
                "{family}"
            );
        }
    }
}

#[test]
fn own_and_shipped_graphs_take_the_same_inputs() {
    let names = |source| {
        let session = open(Text2TextGeneration, &reference("t5"), source);
        let graphs = session.graphs();
        let of = |name| {
            let graph = graphs.find(name).unwrap();
            let mut names: Vec<_> = graph
                .inputs()
                .iter()
                .map(|input| input.name.clone())
                .collect();
            names.extend(graph.outputs().iter().map(|output| output.name.clone()));
            names.sort();
            names
        };
        ["encoder_model", "decoder_model", "decoder_with_past_model"].map(of)
    };
    assert_eq!(names(GraphSource::Own), names(GraphSource::Shipped));
}
