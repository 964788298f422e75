//! Compares padded batches with what transformers makes of the same pictures under the same settings.
//!
//! `reference_data/padded.json` was written by `reference_data/padded.py`.

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ImageProcessor;
use super::against_pillow::{hex, picture};

#[derive(Deserialize)]
struct Expectations {
    prepared: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    settings: Value,
    pictures: Vec<(usize, usize)>,
    shape: Vec<usize>,
    sha256: String,
    /// Number of pixels of each picture that are no padding; absent where the processor gives no mask.
    mask: Option<Vec<i64>>,
}

#[test]
fn padded_batches_are_those_of_transformers_bit_by_bit() {
    let text = include_str!("reference_data/padded.json");
    let expectations: Expectations = serde_json::from_str(text).unwrap();
    assert_eq!(expectations.prepared.len(), 32);
    for case in expectations.prepared {
        let name = format!("{} of {:?}", case.settings, case.pictures);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("preprocessor_config.json");
        std::fs::write(file, case.settings.to_string()).unwrap();
        let processor = ImageProcessor::load(dir.path()).unwrap();
        let sizes = case.pictures.iter();
        let pictures: Vec<_> = sizes
            .map(|&(width, height)| picture(width, height))
            .collect();
        let prepared = processor.prepare_all(&pictures).unwrap();
        assert_eq!(prepared.pixel_values.shape(), case.shape, "{name}");
        if let Some(mask) = case.mask {
            let found = prepared.pixel_mask();
            let sums: Vec<i64> = found.outer_iter().map(|mask| mask.sum()).collect();
            assert_eq!(sums, mask, "{name}");
        }
        let values = prepared.pixel_values.iter();
        let bytes: Vec<u8> = values.flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(hex(&Sha256::digest(&bytes)), case.sha256, "{name}");
    }
}

#[test]
fn a_picture_larger_than_its_padding_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let settings = r#"{"image_processor_type": "SamImageProcessor", "do_resize": false}"#;
    std::fs::write(dir.path().join("preprocessor_config.json"), settings).unwrap();
    let processor = ImageProcessor::load(dir.path()).unwrap();
    assert!(processor.prepare_all(&[picture(1024, 3)]).is_ok());
    let error = processor.prepare_all(&[picture(1025, 3)]).unwrap_err();
    assert!(error.to_string().contains("1025"), "{error}");
}
