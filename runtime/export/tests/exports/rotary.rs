//! Rotary tables: the scalings that are implemented, by values of transformers, and those that are refused.

use std::path::Path;

use crate::checkpoint_files::{copy, edit_config};
use export::{ExportError, ExportOptions, export};

const NONE: &str = r#""rope_scaling": null"#;

/// Cosines of positions 0 and 1 of the kit's LLaMA, 4 pairs a head, under a scaling.
fn cosines(scaling: &str) -> Vec<f32> {
    let dir = copy("llama");
    edit_config(dir.path(), NONE, scaling);
    attempt(dir.path()).unwrap();
    let tables = crate::onnx_file::initializers(&dir.path().join("model.onnx"));
    let (rows, _) = tables["rotary/cosines"].bytes.as_chunks::<4>();
    rows.iter()
        .take(8)
        .map(|&row| f32::from_le_bytes(row))
        .collect()
}

fn attempt(dir: &Path) -> Result<export::Report, ExportError> {
    let recipe = crate::families::recipe("llama").unwrap();
    export(&recipe, dir, &ExportOptions::default(), dir)
}

#[test]
fn frequencies_are_scaled_as_transformers_scales_them() {
    // From `ROPE_INIT_FUNCTIONS` of transformers 4.57.6 with a base of 10000 and a head of 8.
    let check_gain = |scaling: &str, gain: f64, turns: [f64; 4]| {
        let expected = turns.map(|turn: f64| (gain * turn.cos()) as f32);
        let found = cosines(scaling);
        assert_eq!(found[..4], [gain as f32; 4], "{scaling}");
        for (found, expected) in found[4..].iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-6,
                "{scaling}: {found} {expected}"
            );
        }
    };
    let check = |scaling: &str, turns| check_gain(scaling, 1.0, turns);
    check_gain(
        r#""rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}"#,
        1.138_629_436_111_989,
        [1.0, 0.0625, 0.0025, 0.000_25],
    );
    check_gain(
        r#""rope_scaling": {"rope_type": "yarn", "factor": 8.0, "beta_fast": 16, "beta_slow": 2, "mscale": 0.7,
            "mscale_all_dim": 1.0, "truncate": false}"#,
        0.948_355_852_350_340,
        [1.0, 0.042_441_796, 0.001_25, 0.000_125],
    );
    check(NONE, [1.0, 0.1, 0.01, 0.001]);
    check(
        r#""rope_scaling": {"rope_type": "default"}"#,
        [1.0, 0.1, 0.01, 0.001],
    );
    check(
        r#""rope_scaling": {"type": "linear", "factor": 4.0}"#,
        [0.25, 0.025, 0.0025, 0.000_25],
    );
    check(
        r#""rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 128}"#,
        LLAMA3,
    );
    check(
        r#""rope_scaling": {"rope_type": "factors", "factors": [1.0, 2.0, 8.0, 4]}"#,
        [1.0, 0.05, 0.001_25, 0.000_25],
    );
    check(
        r#""rope_parameters": {"rope_type": "default", "rope_theta": 1e8}"#,
        [1.0, 0.01, 1e-4, 1e-6],
    );
}

/// The waves are 6.3, 63, 628 and 6283 tokens long: kept, interpolated, stretched and stretched.
const LLAMA3: [f64; 4] = [1.0, 0.042_751_178, 0.001_25, 0.000_125];

#[test]
fn other_scalings_are_refused() {
    let refused = |scaling: &str| {
        let dir = copy("llama");
        edit_config(dir.path(), NONE, scaling);
        let text = attempt(dir.path()).unwrap_err().to_string();
        text.replace(&dir.path().display().to_string(), "DIR")
    };
    let messages = [
        r#""rope_scaling": {"rope_type": "dynamic", "factor": 4.0}"#,
        r#""rope_scaling": {"rope_type": "yarn"}"#,
        r#""rope_scaling": {"rope_type": "linear"}"#,
        r#""rope_scaling": {"rope_type": "linear", "factor": 0}"#,
        r#""rope_scaling": {"rope_type": "llama3", "factor": 8.0}"#,
        r#""rope_scaling": {"rope_type": "factors", "factors": [1.0, 2.0, 8.0]}"#,
        r#""rope_scaling": {"rope_type": "factors", "factors": [1.0, 2.0, 8.0, 0]}"#,
        r#""rope_scaling": "twice""#,
        r#""rope_parameters": {"rope_theta": 0.5}"#,
        r#""rope_scaling": null, "head_dim": 7"#,
    ]
    .map(refused);
    insta::assert_snapshot!(messages.join("\n"));
}
