//! Texts and pictures become the tensors that transformers made of them, for every case of every family.
#![allow(
    clippy::unwrap_used,
    reason = "what tests share fails by panicking too"
)]

use std::fs;

use ndarray::Array2;
use runtime::processor::image::{ImageProcessor, Picture};
use runtime::processor::text::{EncodeOptions, Encoded, TextInput, TextProcessor};
use runtime::reference::{Case, Reference};
use runtime::tensor::Tensor;
use serde::Deserialize;
use workspace_tests::{
    DECODER_FAMILIES, FAMILIES, IMAGE_FAMILIES, SOUND_FAMILIES, TEXT_FAMILIES, reference,
};

/// The agreement that the kit's README promises an exact resampler; the stored tolerance is forty times as wide.
const PIXELS: f64 = 5e-7;

#[test]
fn reference_files_are_those_that_the_references_were_made_with() {
    let others = DECODER_FAMILIES.into_iter().chain(SOUND_FAMILIES);
    for family in FAMILIES.into_iter().chain(others) {
        Reference::load(&reference(family))
            .unwrap()
            .verify()
            .unwrap();
    }
}

#[test]
fn token_ids_masks_and_types_are_equal() {
    let mut compared = 0;
    for family in TEXT_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        let processor = TextProcessor::load(reference.dir(), None).unwrap();
        for case in reference
            .cases()
            .iter()
            .filter(|case| case.name() != "tokenizer")
        {
            let encoded = encode(&reference, case, &processor);
            compared += compare(&reference, case, "input_ids", encoded.input_ids);
            compared += compare(&reference, case, "attention_mask", encoded.attention_mask);
            if reference
                .stored(case)
                .any(|(name, _)| name == "token_type_ids")
            {
                compared += compare(&reference, case, "token_type_ids", encoded.token_type_ids);
            }
        }
    }
    assert_eq!(compared, 37, "tensors of all cases of all families");
}

#[test]
fn tokenizers_built_from_a_vocabulary_give_the_same_ids() {
    for family in ["bert", "bert-mlm", "distilbert", "mpnet"] {
        let reference = Reference::load(&reference(family)).unwrap();
        let dir = tempfile::tempdir().unwrap();
        for file in [
            "vocab.txt",
            "tokenizer_config.json",
            "special_tokens_map.json",
        ] {
            fs::copy(reference.dir().join(file), dir.path().join(file)).unwrap();
        }
        let processor = TextProcessor::load(dir.path(), None).unwrap();
        for case in reference
            .cases()
            .iter()
            .filter(|case| case.name() != "tokenizer")
        {
            let encoded = encode(&reference, case, &processor);
            compare(&reference, case, "input_ids", encoded.input_ids);
        }
        check_rows(&reference, &processor);
    }
}

#[test]
fn tokenizer_rows_are_equal_in_both_directions() {
    for family in TEXT_FAMILIES.into_iter().chain(["clap"]) {
        let reference = Reference::load(&reference(family)).unwrap();
        let processor = TextProcessor::load(reference.dir(), None).unwrap();
        assert!(check_rows(&reference, &processor) >= 4, "{family}");
    }
}

#[test]
fn pixel_values_are_equal() {
    for family in IMAGE_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        let processor = ImageProcessor::load(reference.dir()).unwrap();
        for case in reference.cases() {
            let files = reference.images(case).unwrap().unwrap();
            let pictures: Vec<_> = files
                .iter()
                .map(|file| Picture::open(file).unwrap())
                .collect();
            let values = processor.pixel_values(&pictures).unwrap();
            assert_eq!(
                Some((values.dim().2, values.dim().3)),
                processor.output_size(),
                "{family}"
            );
            let comparison = reference
                .compare(case, "pixel_values", &Tensor::from(values))
                .unwrap();
            assert!(
                comparison.holds() && comparison.max_abs_diff <= PIXELS,
                "{family}: {comparison}"
            );
        }
    }
}

/// A row of the case `tokenizer`.
#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<i64>,
    ids_without_special_tokens: Vec<i64>,
    tokens: Vec<String>,
    decoded: String,
    decoded_skip_special_tokens: String,
}

/// Compares every row of the case `tokenizer` and says how many there are.
fn check_rows(reference: &Reference, processor: &TextProcessor) -> usize {
    let case = reference
        .cases()
        .iter()
        .find(|case| case.name() == "tokenizer")
        .unwrap();
    let rows: Vec<Row> = serde_json::from_value(case.results()["rows"].clone()).unwrap();
    for row in &rows {
        let ids = |special_tokens| {
            let options = EncodeOptions {
                special_tokens,
                ..EncodeOptions::default()
            };
            let encoded = processor
                .encode_with(&[TextInput::from(&row.text)], options)
                .unwrap();
            encoded.input_ids.into_raw_vec_and_offset().0
        };
        assert_eq!(ids(true), row.ids, "{}", row.text);
        assert_eq!(ids(false), row.ids_without_special_tokens, "{}", row.text);
        let tokens: Vec<_> = row
            .ids
            .iter()
            .map(|&id| processor.token(id).unwrap())
            .collect();
        assert_eq!(tokens, row.tokens, "{}", row.text);
        assert_eq!(processor.decode(&row.ids, false).unwrap(), row.decoded);
        assert_eq!(
            processor.decode(&row.ids, true).unwrap(),
            row.decoded_skip_special_tokens
        );
    }
    rows.len()
}

/// Tokenises a case's texts as its call does.
fn encode(reference: &Reference, case: &Case, processor: &TextProcessor) -> Encoded {
    let items = reference.texts(case).unwrap().unwrap();
    let inputs: Vec<_> = items.iter().map(TextInput::from).collect();
    let options = EncodeOptions {
        max_length: case.max_length(),
        ..EncodeOptions::default()
    };
    processor.encode_with(&inputs, options).unwrap()
}

/// Compares one tensor of a case; 1, so that callers can count.
fn compare(reference: &Reference, case: &Case, name: &str, got: Array2<i64>) -> usize {
    let comparison = reference.compare(case, name, &Tensor::from(got)).unwrap();
    assert!(
        comparison.holds(),
        "{}: {comparison}",
        reference.dir().display()
    );
    1
}
