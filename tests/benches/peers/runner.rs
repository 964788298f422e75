//! What the benchmark runner adds to a time: beside a bare loop over the same session, and beside a bare loop in Python over
//! the same file.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use generated::all_minilm_l6_v2::cpu::SKILL;
use metrics::compare::median;
use ndarray::ArrayD;
use runtime::bench::{self, Effort, Until};
use runtime::cache::Silent;
use runtime::catalog::Platform;
use runtime::checkpoint::CheckpointSpec;
use runtime::engine::ort::OrtEngine;
use runtime::engine::{OpenOptions, Settings};
use runtime::export::{Head, Kernel};
use runtime::session::{Graph, LoadOptions};
use runtime::task::TextItem;
use runtime::tensor::{NamedTensors, Tensor};
use serde_json::json;

use crate::pairs::{Row, Target};
use crate::peer::{Peer, folder};
use crate::{checkpoints, embedding, threads};

/// The most that a time through the runner may exceed that of a bare loop: of a model of 5 ms, and of one of 3 µs, where
/// 0.3 µs are a tenth.
const MOST: (f64, f64) = (1.01, 1.1);
/// How far a median may be from Python's, either way.
const PYTHON: f64 = 1.03;

/// A sentence that takes MiniLM about 5 ms.
const WORDS: usize = 40;

pub(crate) fn measure() {
    let options = LoadOptions {
        checkpoint: CheckpointSpec::Folder(embedding::trained()),
        settings: settings(),
        ..LoadOptions::default()
    };
    let session = SKILL.load(&options).expect("the skill loads");
    let item = TextItem::from("boats follow the light home ".repeat(WORDS / 5));
    let (_, traced) = session.trace(&[item]).expect("a run");
    let graph = session.graphs().find("model").expect("a graph");
    beside_a_bare_loop("model of 5 ms", graph, &traced[0].feeds, MOST.0);

    let dir = folder("runner");
    let kernel = Kernel::Sums {
        nodes: 1,
        length: 16,
    };
    let file = dir.join("kernel.onnx");
    kernel.write(&file).expect("a file");
    let engine = OrtEngine::load(Platform::Cpu, &Silent).expect("a library");
    let open = OpenOptions {
        settings: settings(),
        is_alone: true,
        ..OpenOptions::default()
    };
    let small = Graph::open(&engine, &file, &open, NonZeroUsize::MIN).expect("the kernel opens");
    let row = || Tensor::from(ArrayD::from_elem(vec![16], 1.0_f32));
    let feeds = NamedTensors::new().with("a", row()).with("b", row());
    beside_a_bare_loop("model of 3 µs", &small, &feeds, MOST.1);

    let checkpoint = embedding::trained();
    checkpoints::export(SKILL.model, Head::Base, &checkpoint, &dir);
    let ids = |name: &str| {
        let tensor = traced[0].feeds.find(name).expect("an input");
        let ids = tensor.as_i64().expect("ids");
        let rows = ids.outer_iter();
        let rows: Vec<Vec<i64>> = rows.map(|row| row.iter().copied().collect()).collect();
        rows
    };
    let names = ["input_ids", "attention_mask", "token_type_ids"];
    let feeds: serde_json::Map<_, _> = names
        .into_iter()
        .map(|name| (name.to_owned(), json!(ids(name))))
        .collect();
    let mut peer = Peer::start(
        "bare-loop",
        &json!({ "file": dir.join("model.onnx"), "feeds": feeds, "threads": threads() }),
    );
    for target in [Target::Within(PYTHON), Target::Faster(1.0 / PYTHON)] {
        Row::print(
            "median by the runner",
            "a bare loop in Python",
            Some(target),
            |repeat| by_runner(graph, &traced[0].feeds, repeat),
            |repeat| {
                let told = peer.turn(repeat).result;
                Duration::from_secs_f64(told.as_f64().expect("a median in seconds"))
            },
        );
    }
}

/// Median latency of so many queries through the runner.
fn by_runner(graph: &Graph, feeds: &NamedTensors, repeat: usize) -> Duration {
    let effort = Effort {
        until: Until::Iterations(repeat),
        ..Effort::DEFAULT
    };
    let latency = bench::latency(graph, feeds, &effort).expect("a run");
    Duration::from_secs_f64(median(latency.samples_ms().to_vec()) / 1e3)
}

fn beside_a_bare_loop(name: &str, graph: &Graph, feeds: &NamedTensors, most: f64) {
    Row::print(
        name,
        "a bare loop over the session",
        Some(Target::Within(most)),
        |repeat| by_runner(graph, feeds, repeat),
        |repeat| {
            let mut times = Vec::with_capacity(repeat);
            for _ in 0..repeat {
                let start = Instant::now();
                black_box(graph.forward(feeds).expect("a run"));
                times.push(start.elapsed().as_secs_f64());
            }
            Duration::from_secs_f64(median(times))
        },
    );
}

fn settings() -> Settings {
    Settings {
        threads: threads(),
        ..Settings::default()
    }
}
