//! Compares prepared pictures with what transformers makes of the same pictures under the same settings.
//!
//! `reference_data/transformers.json` was written by `reference_data/transformers.py`.

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ImageProcessor;
use super::against_pillow::{hex, picture};

#[derive(Deserialize)]
struct Expectations {
    prepared: Vec<Prepared>,
}

#[derive(Deserialize)]
struct Prepared {
    settings: Value,
    picture: (usize, usize),
    shape: Vec<usize>,
    first: Vec<f32>,
    sha256: String,
}

#[test]
fn pixel_values_are_those_of_transformers_bit_by_bit() {
    let text = include_str!("reference_data/transformers.json");
    let expectations: Expectations = serde_json::from_str(text).unwrap();
    assert!(expectations.prepared.len() >= 60);
    for case in expectations.prepared {
        let name = format!("{} of {:?}", case.settings, case.picture);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("preprocessor_config.json");
        std::fs::write(file, case.settings.to_string()).unwrap();
        let processor = ImageProcessor::load(dir.path()).unwrap();
        let values = processor
            .pixel_values(&[picture(case.picture.0, case.picture.1)])
            .unwrap();
        assert_eq!(values.shape(), case.shape, "{name}");
        if let Some(size) = processor.output_size() {
            assert_eq!(size, (values.dim().2, values.dim().3), "{name}");
        }
        let values = values.into_raw_vec_and_offset().0;
        assert_eq!(&values[..3], case.first, "{name}");
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        assert_eq!(hex(&Sha256::digest(&bytes)), case.sha256, "{name}");
    }
}

#[test]
fn extreme_ratios_cost_no_more_than_what_is_cut_out() {
    let dir = tempfile::tempdir().unwrap();
    let settings = r#"{"image_processor_type": "CLIPImageProcessor"}"#;
    std::fs::write(dir.path().join("preprocessor_config.json"), settings).unwrap();
    let processor = ImageProcessor::load(dir.path()).unwrap();
    // Resized as a whole, each would have a thousand million pixels.
    for (width, height) in [(1, 20_000), (20_000, 1)] {
        let values = processor.pixel_values(&[picture(width, height)]).unwrap();
        assert_eq!(values.shape(), [1, 3, 224, 224]);
    }
}
