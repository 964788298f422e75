//! Compares resizing and decoding with what Pillow makes of the same pictures.
//!
//! `reference_data/pillow.json` was written by `reference_data/pillow.py`; the pictures come from the formula in both.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::filter::Filter;
use super::picture::Picture;
use super::resample::{Window, resize};

#[derive(Deserialize)]
struct Expectations {
    resized: Vec<Resized>,
    decoded: Vec<Decoded>,
    photographed: Vec<Decoded>,
}

#[derive(Deserialize)]
struct Resized {
    source: (usize, usize),
    target: (usize, usize),
    resample: u64,
    first: Vec<u8>,
    sha256: String,
}

#[derive(Deserialize)]
struct Decoded {
    name: String,
    file: String,
    size: (usize, usize),
    rgb: Vec<u8>,
}

fn expectations() -> Expectations {
    serde_json::from_str(include_str!("reference_data/pillow.json")).unwrap()
}

/// Smooth slopes with coarse noise on top.
pub(super) fn picture(width: usize, height: usize) -> Picture {
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for c in 0..3 {
                let noise =
                    ((x * 2_654_435_761 + y * 2_246_822_519 + c * 3_266_489_917) % (1 << 32)) >> 24;
                let slope = (x * 3 + y * 2 + c * 80) % 256;
                rgb.push(if (x / 5 + y / 7) % 3 == 0 {
                    noise as u8
                } else {
                    slope as u8
                });
            }
        }
    }
    Picture::from_rgb(width, height, rgb).unwrap()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

#[test]
fn resizing_gives_the_bytes_of_pillow() {
    let expectations = expectations();
    assert!(expectations.resized.len() >= 30);
    for case in expectations.resized {
        let filter = Filter::from_pillow(case.resample).unwrap();
        let (width, height) = case.target;
        let window = Window {
            columns: 0..width,
            rows: 0..height,
        };
        let resized = resize(
            &picture(case.source.0, case.source.1),
            case.target,
            &window,
            filter,
        );
        let name = format!("{:?} to {:?} with {filter:?}", case.source, case.target);
        assert_eq!((resized.width(), resized.height()), case.target, "{name}");
        assert_eq!(&resized.rgb()[..case.first.len()], case.first, "{name}");
        assert_eq!(hex(&Sha256::digest(resized.rgb())), case.sha256, "{name}");
    }
}

#[test]
fn a_window_is_cut_from_the_whole() {
    let source = picture(97, 61);
    for filter in (0..6).filter_map(Filter::from_pillow) {
        for (target, window) in [
            (
                (40, 50),
                Window {
                    columns: 3..29,
                    rows: 11..50,
                },
            ),
            (
                (97, 30),
                Window {
                    columns: 90..97,
                    rows: 0..1,
                },
            ),
            (
                (200, 61),
                Window {
                    columns: 0..200,
                    rows: 60..61,
                },
            ),
            (
                (97, 61),
                Window {
                    columns: 5..6,
                    rows: 7..9,
                },
            ),
        ] {
            let (width, height) = target;
            let whole = Window {
                columns: 0..width,
                rows: 0..height,
            };
            let whole = resize(&source, target, &whole, filter);
            let part = resize(&source, target, &window, filter);
            let expected: Vec<u8> = window
                .rows
                .clone()
                .flat_map(|y| {
                    &whole.rgb()[(y * width + window.columns.start) * 3..]
                        [..window.columns.len() * 3]
                })
                .copied()
                .collect();
            assert_eq!(part.rgb(), expected, "{filter:?} {target:?} {window:?}");
        }
    }
}

#[test]
fn decoding_gives_the_pixels_of_pillow() {
    let expectations = expectations();
    assert!(expectations.decoded.len() >= 20);
    for case in expectations.decoded {
        let picture = Picture::decode(&bytes(&case.file)).unwrap();
        assert_eq!(
            (picture.width(), picture.height()),
            case.size,
            "{}",
            case.name
        );
        assert_eq!(picture.rgb(), case.rgb, "{}", case.name);
    }
}

#[test]
fn decoding_photographs_stays_within_a_few_levels_of_pillow() {
    // Pillow has libjpeg-turbo decode; coarse colour is where decoders interpolate differently.
    const LEVELS: u8 = 4;
    for case in expectations().photographed {
        let picture = Picture::decode(&bytes(&case.file)).unwrap();
        assert_eq!(
            (picture.width(), picture.height()),
            case.size,
            "{}",
            case.name
        );
        let levels = picture
            .rgb()
            .iter()
            .zip(&case.rgb)
            .map(|(got, expected)| got.abs_diff(*expected));
        assert!(
            levels.max().is_some_and(|levels| levels <= LEVELS),
            "{}",
            case.name
        );
    }
}
