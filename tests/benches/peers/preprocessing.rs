//! Features of speech and smaller pictures, beside transformers' numpy code and Pillow.

use std::fs;
use std::hint::black_box;

use runtime::processor::audio::SpeechFeatures;
use runtime::processor::image::{ImageProcessor, Picture};
use serde_json::json;

use crate::pairs::{Row, Target, timed};
use crate::peer::{Peer, folder};

/// Width, height and Pillow's number of the filter.
const PICTURES: [(usize, usize, u8); 4] = [
    (640, 480, 2),
    (1920, 1080, 2),
    (1920, 1080, 3),
    (4000, 3000, 3),
];
const SIDE: usize = 224;

/// The log-mel features of 30 s of sound for Whisper.
pub(crate) fn log_mel() {
    let dir = folder("log-mel");
    // A swelling chord over a hiss, so that no frame is silent.
    let sample = |place: usize| {
        let time = place as f32 / 16_000.0;
        let hiss = (place.wrapping_mul(2_654_435_761) >> 16 & 0xffff) as f32 / 65_536.0 - 0.5;
        0.3 * (time * 1_382.3).sin() * (time * 0.7).sin()
            + 0.1 * (time * 5_541.0).sin()
            + 0.01 * hiss
    };
    let samples: Vec<f32> = (0..480_000).map(sample).collect();
    let bytes: Vec<u8> = samples
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let file = dir.join("samples.f32");
    fs::write(&file, bytes).expect("the samples");
    // The settings of the published models.
    let settings = json!({
        "feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 80, "hop_length": 160, "n_fft": 400,
        "chunk_length": 30, "sampling_rate": 16_000, "padding_side": "right", "padding_value": 0.0,
    });
    fs::write(dir.join("preprocessor_config.json"), settings.to_string()).expect("the settings");
    let ours = SpeechFeatures::load(&dir).expect("a feature extractor");
    let mut theirs = Peer::start("log-mel", &json!({ "folder": dir, "samples": file }));

    let expected: Vec<f32> = serde_json::from_value(theirs.turn(1).result).expect("a frame");
    let features = ours.extract(&samples).expect("features");
    let worst = features
        .column(100)
        .iter()
        .zip(&expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst < 1e-4, "the features differ by {worst}");
    Row::print(
        "log-mel, 30 s, 80 bins",
        "transformers (numpy)",
        Some(Target::Faster(3.0)),
        |repeat| timed(repeat, || drop(black_box(ours.extract(&samples)))),
        |repeat| theirs.turn(repeat).time,
    );
}

/// Pictures resized to what a vision transformer takes; ours also normalises them.
pub(crate) fn resize() {
    let dir = folder("resize");
    for (width, height, filter) in PICTURES {
        row(&dir, width, height, filter);
    }
}

fn row(dir: &std::path::Path, width: usize, height: usize, filter: u8) {
    let settings = json!({
        "image_processor_type": "ViTImageProcessor", "size": SIDE, "resample": filter,
        "do_rescale": false, "do_normalize": false,
    });
    fs::write(dir.join("preprocessor_config.json"), settings.to_string()).expect("the settings");
    let ours = ImageProcessor::load(dir).expect("a processor");
    let pixels: Vec<u8> = (0..width * height * 3)
        .map(|place| ((place * 7919) >> 3) as u8)
        .collect();
    let file = dir.join("pixels.rgb");
    fs::write(&file, &pixels).expect("the pixels");
    let pictures = [Picture::from_rgb(width, height, pixels).expect("a picture")];
    let options =
        json!({ "pixels": file, "from": [width, height], "to": [SIDE, SIDE], "filter": filter });
    let mut theirs = Peer::start("resize", &options);

    let small = ours.pixel_values(&pictures).expect("a small picture");
    let sum: f64 = small.iter().map(|value| f64::from(*value)).sum();
    assert_eq!(
        (sum as u64) % 65_521,
        theirs.turn(1).result,
        "the pictures differ"
    );
    let name = if filter == 2 { "bilinear" } else { "bicubic" };
    Row::print(
        &format!("resize {width} × {height} to {SIDE} × {SIDE}, {name}"),
        "Pillow",
        Some(Target::Faster(1.0)),
        |repeat| timed(repeat, || drop(black_box(ours.pixel_values(&pictures)))),
        |repeat| theirs.turn(repeat).time,
    );
}
