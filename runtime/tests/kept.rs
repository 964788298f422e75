//! What a caller keeps stays in the memory of the platform's device, and goes on from there as if it had come to the host.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod apart;
mod graphs;

use std::process::ExitCode;

use runtime::cache::Silent;
use runtime::catalog::Platform;
use runtime::engine::browser::BrowserEngine;
use runtime::engine::ort::OrtEngine;
use runtime::engine::{Engine, Executable, Feed, OpenOptions};
use runtime::tensor::Tensor;

use self::graphs::{FLOAT, Graph};

/// Steps that hand on what they keep.
const STEPS: u8 = 30;

fn main() -> ExitCode {
    apart::main("goes_on_from_what_it_keeps", goes_on)
}

fn goes_on(platform: Platform) {
    let engine: Box<dyn Engine> = match platform {
        Platform::WebNn => Box::new(BrowserEngine::load(platform, &Silent).unwrap()),
        _ => Box::new(OrtEngine::load(platform, &Silent).unwrap()),
    };
    let folder = tempfile::tempdir().unwrap();
    // A memory that every step adds to, and what it says of the step.
    let model = Graph::default()
        .input("past", FLOAT, &[2, 2])
        .input("x", FLOAT, &[2, 2])
        .output("said", FLOAT, &[2, 2])
        .output("present", FLOAT, &[2, 2])
        .node("Add", &["past", "x"], "present")
        .node("Mul", &["present", "x"], "said")
        .write(folder.path());
    let open = || engine.open(&model, &OpenOptions::default()).unwrap();
    let (mut keeping, mut copying) = (open(), open());
    let memory = match platform {
        Platform::Cuda => "Cuda",
        Platform::Rocm => "Hip",
        Platform::WebGpu => "WebGPU_Buf",
        _ => "Cpu",
    };
    let start: Tensor = ndarray::arr2(&[[0.0_f32, 1.0], [-1.0, 0.5]]).into();
    let mut held = None;
    let mut copied = start.clone();
    for step in 0..STEPS {
        let x = 0.25 * f32::from(step);
        let x: Tensor = ndarray::arr2(&[[x, 1.0], [-x, 0.125]]).into();
        let past = held.as_ref().map_or(Feed::Tensor(&start), Feed::Held);
        let feeds = [("past", past), ("x", Feed::Tensor(&x))];
        let mut kept = keeping.run(&feeds, &|name| name == "present").unwrap();
        assert_eq!(kept.tensors.find("present"), None);
        let said = kept.tensors.find("said").unwrap().clone();
        let (name, present) = kept.held.pop().unwrap();
        assert_eq!((name.as_str(), present.memory()), ("present", memory));
        held = Some(present);
        let expected = whole(copying.as_mut(), &copied, &x);
        assert_eq!(said, expected.0, "step {step}");
        copied = expected.1;
    }
    // What was kept comes to the host when a run does not keep it.
    let zero: Tensor = ndarray::arr2(&[[0.0_f32, 0.0], [0.0, 0.0]]).into();
    let feeds = [
        ("past", Feed::Held(held.as_ref().unwrap())),
        ("x", Feed::Tensor(&zero)),
    ];
    let outputs = keeping.run(&feeds, &|_| false).unwrap();
    assert_eq!(outputs.tensors.find("present"), Some(&copied));
    // It outlives the graph that it came from.
    drop(keeping);
    let feeds = [
        ("past", Feed::Held(held.as_ref().unwrap())),
        ("x", Feed::Tensor(&zero)),
    ];
    let outputs = copying.run(&feeds, &|_| false).unwrap();
    assert_eq!(outputs.tensors.find("present"), Some(&copied));
}

/// A run all of whose outputs come to the host: what it says, and its memory.
fn whole(graph: &mut dyn Executable, past: &Tensor, x: &Tensor) -> (Tensor, Tensor) {
    let feeds = [("past", Feed::Tensor(past)), ("x", Feed::Tensor(x))];
    let outputs = graph.run(&feeds, &|_| false).unwrap();
    let output = |name: &str| outputs.tensors.find(name).unwrap().clone();
    (output("said"), output("present"))
}
