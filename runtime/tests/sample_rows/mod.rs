//! Made-up rows of benchmarks with figures as machines give them, the same from every run.
#![allow(
    dead_code,
    unused_imports,
    reason = "every test that includes this uses a part of it"
)]

mod figures;
mod machines;
mod rows;
mod sets;

use runtime::bench::{Case, Lengths, Scenario, Size};
use runtime::catalog::{Platform, Precision};
use runtime::engine::Settings;

pub(crate) use self::figures::{Device, Random, Work};
pub(crate) use self::machines::{machines, rented, workstation};
pub(crate) use self::rows::Rows;
pub(crate) use self::sets::{HOSTILE, hostile, on_rented, sample};

/// A moment in November 2026, in milliseconds since 1970.
pub(crate) const BEGUN_MS: i64 = 1_795_186_800_000;

/// A model that rows are made of.
#[derive(Clone, Copy)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    title: &'static str,
    family: &'static str,
    group: &'static str,
    task: &'static str,
    parameters: u64,
    is_synthetic: bool,
}

const fn model(
    id: &'static str,
    title: &'static str,
    family: &'static str,
    group: &'static str,
    task: &'static str,
    parameters: u64,
) -> Model {
    Model {
        id,
        title,
        family,
        group,
        task,
        parameters,
        is_synthetic: false,
    }
}

pub(crate) const BERT: Model = model(
    "bert-base-uncased",
    "BERT base uncased",
    "bert",
    "embedding",
    "fill-mask",
    109_482_240,
);
const T5: Model = model(
    "t5-small",
    "T5 small",
    "t5",
    "embedding",
    "text2text-generation",
    60_506_624,
);
const VIT: Model = model(
    "vit-base-patch16-224",
    "ViT base",
    "vit",
    "vision",
    "image-classification",
    86_567_656,
);
const DETR: Model = model(
    "detr-resnet-50",
    "DETR ResNet-50",
    "detr",
    "vision",
    "object-detection",
    41_524_768,
);
const WHISPER: Model = model(
    "whisper-tiny",
    "Whisper tiny",
    "whisper",
    "audio",
    "automatic-speech-recognition",
    37_760_640,
);
const CLIP: Model = model(
    "clip-vit-base-patch32",
    "CLIP ViT-B/32",
    "clip",
    "vision",
    "zero-shot-image-classification",
    151_277_313,
);
const QWEN: Model = model(
    "qwen2-0.5b",
    "Qwen2 0.5B",
    "qwen2",
    "text-generation",
    "text-generation",
    494_032_768,
);
const LLAVA: Model = model(
    "llava-1.5-7b-hf",
    "LLaVA 1.5 7B",
    "llava",
    "multimodal",
    "image-text-to-text",
    7_063_427_072,
);

/// A case at full size in single precision.
pub(crate) fn case(model: Model, platform: Platform, batch: u32, lengths: Lengths) -> Case {
    Case {
        model: model.id.to_owned(),
        platform,
        size: Size::Full,
        checkpoint: if model.is_synthetic {
            "synthetic:full"
        } else {
            "hub"
        }
        .to_owned(),
        graph: "own".to_owned(),
        precision: Precision::Fp32,
        batch,
        lengths,
        scenario: Scenario::SingleStream,
        queries_per_second: None,
        replicas: 1,
        settings: Settings::default(),
        options: Vec::new(),
    }
}

pub(crate) fn tokens(tokens: u32) -> Lengths {
    Lengths {
        tokens: Some(tokens),
        ..Lengths::default()
    }
}

fn image(side: u32) -> Lengths {
    Lengths {
        image: Some((side, side)),
        ..Lengths::default()
    }
}

/// Work of an encoder of BERT's size: products that grow with the tokens, and attention with their square.
pub(crate) fn encoder(batch: u32, tokens: u32) -> Work {
    let (batch, tokens) = (f64::from(batch), f64::from(tokens));
    Work {
        gflops: batch * (0.17 * tokens + 3.7e-5 * tokens * tokens),
        least_gb: 0.44 + 6e-6 * batch * tokens,
        unfused_gb: 0.44 + 7e-4 * batch * tokens,
    }
}

fn work(gflops: f64, least_gb: f64, unfused_gb: f64) -> Work {
    Work {
        gflops,
        least_gb,
        unfused_gb,
    }
}
