//! What a platform cannot do ends in a typed error that says what to do, on every platform that is present: nothing ever
//! runs elsewhere and passes for the platform's own.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod apart;
mod graphs;

use std::path::Path;
use std::process::ExitCode;

use runtime::Error;
use runtime::cache::Silent;
use runtime::catalog::{Placement, Platform};
use runtime::engine::browser::{BrowserEngine, BrowserError};
use runtime::engine::options::OptionError;
use runtime::engine::ort::OrtEngine;
use runtime::engine::{Engine, Executable, Feed, OpenOptions, ProviderOptions};
use runtime::tensor::Tensor;

use self::graphs::{FLOAT, Graph, INT64, STRING};

fn main() -> ExitCode {
    apart::main("refuses_what_it_cannot_do", |platform| {
        Trial::new(platform).run();
    })
}

/// A platform's engine with a folder for graphs.
struct Trial {
    platform: Platform,
    engine: Box<dyn Engine>,
    folder: tempfile::TempDir,
}

impl Trial {
    fn new(platform: Platform) -> Self {
        let engine: Box<dyn Engine> = match platform {
            Platform::WebNn => Box::new(BrowserEngine::load(platform, &Silent).unwrap()),
            _ => Box::new(OrtEngine::load(platform, &Silent).unwrap()),
        };
        Self {
            platform,
            engine,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn run(&self) {
        self.options_are_never_dropped();
        self.sound_graphs_run();
        self.nothing_runs_elsewhere_in_silence();
        self.foreign_operators_are_named();
        self.versions_to_come_are_named();
        self.memory_runs_out_with_the_way_out();
        self.options_of_a_shared_device_are_not_dropped();
    }

    fn open(&self, model: &Path) -> Result<Box<dyn Executable>, Error> {
        self.engine.open(model, &OpenOptions::default())
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What follows would prove nothing where nothing runs at all.
    fn sound_graphs_run(&self) {
        let model = square().node("Sub", &["x", "y"], "z").write(self.folder());
        let mut opened = self.open(&model).unwrap();
        let evidence = opened.execution().evidence();
        assert_eq!(evidence.satisfies(Placement::Whole), Ok(()));
        let x: Tensor = ndarray::arr2(&[[1.0_f32, 2.0], [3.0, 4.0]]).into();
        let y: Tensor = ndarray::arr2(&[[1.0_f32, 1.0], [1.0, 1.0]]).into();
        let feeds = [("x", Feed::Tensor(&x)), ("y", Feed::Tensor(&y))];
        let outputs = opened.run(&feeds, &|_| false).unwrap();
        let z: Tensor = ndarray::arr2(&[[0.0_f32, 1.0], [2.0, 3.0]]).into();
        assert_eq!(outputs.tensors.find("z"), Some(&z));
    }

    /// Texts are for processors alone: no accelerator has kernels for them.
    fn nothing_runs_elsewhere_in_silence(&self) {
        if self.platform == Platform::Cpu {
            // It has no kernel for this operator on texts, nor has any other.
            let model = Graph::default()
                .input("s", STRING, &[2])
                .output("t", STRING, &[2])
                .node("Relu", &["s"], "t")
                .write(self.folder());
            let refused = self.open(&model).map(drop).unwrap_err();
            assert!(matches!(refused, Error::Engine { .. }), "{refused}");
            return;
        }
        let mixed = square()
            .node("Sub", &["x", "y"], "z")
            .input("s", STRING, &[2])
            .output("t", STRING, &[2])
            .node("Identity", &["s"], "t")
            .write(self.folder());
        match self.open(&mixed) {
            Err(refusal) => assert!(refusal.is_refusal(), "{refusal}"),
            Ok(opened) => {
                let shortfall = opened.execution().evidence().satisfies(Placement::Whole);
                let shortfall = shortfall.unwrap_err();
                assert!(shortfall.contains("CPUExecutionProvider"), "{shortfall}");
            }
        }
        let foreign = Graph::default()
            .input("s", STRING, &[2])
            .output("t", STRING, &[2])
            .node("Identity", &["s"], "t")
            .write(self.folder());
        // Whether the cell demands all nodes or hardly any: none is never enough.
        let hardly_any = Placement::Partial {
            nodes: 0.0,
            reason: "the least that can be demanded",
        };
        for placement in [Placement::Whole, hardly_any] {
            let options = OpenOptions {
                placement,
                ..OpenOptions::default()
            };
            let refused = self.engine.open(&foreign, &options).map(drop).unwrap_err();
            assert!(
                matches!(
                    refused,
                    Error::Elsewhere { .. } | Error::Browser(BrowserError::Fallback { .. })
                ),
                "{refused}"
            );
            assert!(
                refused.to_string().contains("ExecutionProvider"),
                "{refused}"
            );
        }
    }

    fn foreign_operators_are_named(&self) {
        let graph = || square().node_of("com.example", "Frobnicate", &["x", "y"], "z");
        for model in [graph().domain("com.example"), graph()] {
            let model = model.write(self.folder());
            let refused = self.open(&model).map(drop).unwrap_err();
            let Error::UnknownOperator {
                operator, domain, ..
            } = refused
            else {
                panic!("{refused}");
            };
            assert_eq!((&*operator, &*domain), ("Frobnicate", "com.example"));
        }
    }

    fn versions_to_come_are_named(&self) {
        let graph = square().node("Sub", &["x", "y"], "z");
        let model = graph.write_for(self.folder(), 99);
        let refused = self.open(&model).map(drop).unwrap_err();
        let Error::UnknownOpset { opset, newest, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(opset, "99");
        assert!((20..99).contains(&newest.parse().unwrap()), "{newest}");
    }

    /// A tensor that no machine has room for: 2^60 numbers.
    fn memory_runs_out_with_the_way_out(&self) {
        let model = Graph::default()
            .input("shape", INT64, &[2])
            .output("z", FLOAT, &[0, 0])
            .node("ConstantOfShape", &["shape"], "z")
            .write(self.folder());
        // Providers that have no such operator refuse it sooner.
        let opened = self.open(&model);
        let Ok(mut opened) = opened else {
            let refused = opened.map(drop).unwrap_err();
            assert!(refused.is_refusal(), "{refused}");
            assert_ne!(self.platform, Platform::Cpu, "{refused}");
            return;
        };
        let shape: Tensor = ndarray::arr1(&[1_i64 << 30, 1 << 30]).into();
        let failed = opened.run(&[("shape", Feed::Tensor(&shape))], &|_| false);
        let failed = failed.map(drop).unwrap_err();
        assert!(matches!(failed, Error::OutOfMemory { .. }), "{failed}");
        assert!(failed.to_string().contains("shorter inputs"), "{failed}");
        // The session lives on.
        let shape: Tensor = ndarray::arr1(&[1_i64, 2]).into();
        let outputs = opened.run(&[("shape", Feed::Tensor(&shape))], &|_| false);
        assert_eq!(outputs.unwrap().tensors.find("z").unwrap().shape(), [1, 2]);
    }

    /// An option that this machine cannot fulfil keeps the graph from opening.
    fn options_are_never_dropped(&self) {
        let model = square().node("Sub", &["x", "y"], "z").write(self.folder());
        let option = match self.platform {
            Platform::OpenVino => "device=CPU.9",
            Platform::WebGpu if cfg!(target_os = "linux") => "backend=d3d12",
            Platform::WebGpu => "adapter=no such adapter",
            Platform::Cuda | Platform::Rocm => "device=999",
            _ => return,
        };
        let options = OpenOptions {
            provider: ProviderOptions::parse(&[option.to_owned()], &[self.platform]).unwrap(),
            ..OpenOptions::default()
        };
        let refused = self.engine.open(&model, &options).map(drop).unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Options(OptionError::Refused { .. } | OptionError::Conflict { .. })
            ),
            "{refused}"
        );
        let (_, value) = option.split_once('=').unwrap();
        assert!(refused.to_string().contains(value), "{refused}");
        // What was refused leaves nothing behind.
        self.open(&model).unwrap();
    }

    /// All sessions of `webgpu` share a device, which is not made anew for other options.
    fn options_of_a_shared_device_are_not_dropped(&self) {
        if self.platform != Platform::WebGpu {
            return;
        }
        let model = square().node("Sub", &["x", "y"], "z").write(self.folder());
        let open = |option: &str| {
            let texts = [option.to_owned()];
            let options = OpenOptions {
                provider: ProviderOptions::parse(&texts, &[self.platform]).unwrap(),
                ..OpenOptions::default()
            };
            self.engine.open(&model, &options).map(drop)
        };
        open("int64=on").unwrap();
        let refused = open("validation=full").unwrap_err();
        insta::assert_snapshot!(refused, @"webgpu cannot be opened with validation=full: its one device in this process was made with no options; use another process");
    }
}

/// A graph from `x` and `y` to `z`, all 2 × 2, without a node so far.
fn square() -> Graph {
    Graph::default()
        .input("x", FLOAT, &[2, 2])
        .input("y", FLOAT, &[2, 2])
        .output("z", FLOAT, &[2, 2])
}
