//! Times the resampler on pictures of common sizes: the best of fifteen runs, on one thread.
//!
//! `cargo run --release -p runtime --example resize`; `scripts/resize-pillow.py` times Pillow on the same sizes.
#![allow(clippy::print_stdout, reason = "an example says what it measured")]

use std::error::Error;
use std::time::Instant;

use runtime::processor::image::{ImageProcessor, Picture};

/// Width, height and `resample` number.
const CASES: [(usize, usize, u8); 5] = [
    (640, 480, 2),
    (1920, 1080, 2),
    (1920, 1080, 3),
    (4000, 3000, 2),
    (4000, 3000, 3),
];

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    for (width, height, resample) in CASES {
        let settings = format!(
            r#"{{"image_processor_type": "ViTImageProcessor", "size": 224, "resample": {resample}}}"#
        );
        std::fs::write(dir.path().join("preprocessor_config.json"), settings)?;
        let processor = ImageProcessor::load(dir.path())?;
        let bytes = (0..width * height * 3).map(|i| ((i * 7919) >> 3) as u8);
        let pictures = [Picture::from_rgb(width, height, bytes.collect())?];
        let mut best_ms = f64::INFINITY;
        for _ in 0..15 {
            let start = Instant::now();
            std::hint::black_box(processor.pixel_values(&pictures)?);
            best_ms = best_ms.min(start.elapsed().as_secs_f64() * 1e3);
        }
        println!("{width} × {height} to 224 × 224, filter {resample}: {best_ms:.2} ms");
    }
    Ok(())
}
