//! Compares filter banks with those of torchaudio's port of Kaldi.
//!
//! `reference_data/banks.json` was written by `reference_data/banks.py`; the sound comes from the formula in both.

use std::f64::consts::TAU;

use serde::Deserialize;

use super::kaldi_bank::KaldiBank;

#[derive(Deserialize)]
struct Expected {
    rate: u32,
    bins: usize,
    samples: usize,
    shape: Vec<usize>,
    every_97th: Vec<f64>,
}

fn sound(rate: u32, samples: usize) -> Vec<f64> {
    let sample = |place: usize| {
        let time = place as f64 / f64::from(rate);
        let sweep = 0.5 * (TAU * (200.0 + 150.0 * time) * time).sin();
        let tones = sweep + 0.1 * (TAU * 1_700.0 * time).sin();
        let noise = (place as u64 * 2_654_435_761 % 65_536) as f64 / 65_536.0 - 0.5;
        f64::from((tones + 0.2 * noise + 0.05) as f32)
    };
    (0..samples).map(sample).collect()
}

#[test]
fn filter_banks_are_those_of_kaldi() {
    let cases: Vec<Expected> =
        serde_json::from_str(include_str!("reference_data/banks.json")).unwrap();
    assert_eq!(cases.len(), 5);
    let mut worst = 0.0_f64;
    for case in cases {
        let bank = KaldiBank::new(case.bins, case.rate);
        let found = bank.of(&sound(case.rate, case.samples)).unwrap();
        assert_eq!(found.shape(), case.shape, "{} Hz", case.rate);
        let every = found.iter().step_by(97);
        assert_eq!(every.len(), case.every_97th.len());
        for (got, expected) in every.zip(&case.every_97th) {
            worst = worst.max((got - expected).abs());
        }
    }
    // The filters of torchaudio are of single precision, and six digits are written.
    assert!(worst < 1e-4, "{worst}");
}
