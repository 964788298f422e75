//! Encoder–decoders that are registry entries alone give what transformers gives: first scores and tokens, greedy and by
//! beams, under the rules of their `generation_config.json`. The checkpoints in `reference_data/variants` were written by
//! the script beside them.

use runtime::generation::GenerationOptions;
use runtime::session::GraphSource;
use runtime::task::{Text2TextGeneration, Text2TextInput};
use serde::Deserialize;
use workspace_tests::workspace;

use super::open;

/// The largest difference of scores, which are below 10; a step's float32 noise is below 1e-5.
const TOLERANCE: f32 = 2e-5;

#[derive(Deserialize)]
struct Expected {
    texts: Vec<String>,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    call: Call,
    tokens: Vec<Vec<i64>>,
    first_scores: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Call {
    num_beams: usize,
    max_new_tokens: usize,
}

#[test]
fn families_without_code_of_their_own_equal_transformers() {
    let variants = workspace().join("tests/tests/parity/reference_data/variants");
    for family in ["bart", "mbart", "mt5", "t5"] {
        let dir = variants.join(family);
        let expected = std::fs::read(dir.join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_slice(&expected).unwrap();
        let session = open(Text2TextGeneration, &dir, GraphSource::Own);
        assert_eq!(expected.runs.len(), 3);
        for run in expected.runs {
            let item = |text: &String| Text2TextInput {
                text: text.clone(),
                options: GenerationOptions {
                    max_new_tokens: Some(run.call.max_new_tokens),
                    beams: Some(run.call.num_beams),
                    kept_scores: Some(1),
                    ..GenerationOptions::default()
                },
            };
            let items: Vec<_> = expected.texts.iter().map(item).collect();
            let outputs = session.run_batch(&items).unwrap().output;
            for (row, output) in outputs.iter().enumerate() {
                let scores = output.scores[0].iter().zip(&run.first_scores[row]);
                for (got, expected) in scores {
                    assert!(
                        (got - expected).abs() <= TOLERANCE,
                        "{family} {row}: {got} {expected}"
                    );
                }
                let beams = run.call.num_beams;
                assert_eq!(
                    output.tokens, run.tokens[row],
                    "{family}, {beams} beams, row {row}"
                );
            }
        }
    }
}
