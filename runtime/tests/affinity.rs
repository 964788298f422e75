//! A process that is pinned computes on the CPUs it is pinned to, in all its threads.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod apart;
mod graphs;

use std::fs;
use std::process::ExitCode;

use runtime::Error;
use runtime::cache::Silent;
use runtime::catalog::Platform;
use runtime::engine::settings::SettingError;
use runtime::engine::{self, Executable, Feed, OpenOptions, Settings};
use runtime::tensor::Tensor;

use self::graphs::{FLOAT, Graph};

fn main() -> ExitCode {
    apart::main("computes_where_it_is_pinned", |platform| {
        if cfg!(target_os = "linux") {
            computes_where_it_is_pinned(platform);
        }
    })
}

fn computes_where_it_is_pinned(platform: Platform) {
    let engine = engine::of_platform(platform, &Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = Graph::default()
        .input("x", FLOAT, &[64, 64])
        .output("z", FLOAT, &[64, 64])
        .node("MatMul", &["x", "x"], "product")
        .node("Relu", &["product"], "z")
        .write(folder.path());
    let open = |affinity: &[usize]| {
        let settings = Settings {
            affinity: affinity.to_vec(),
            ..Settings::default()
        };
        let options = OpenOptions {
            settings,
            ..OpenOptions::default()
        };
        engine.open(&model, &options)
    };
    let refused = open(&[4000]).map(drop).unwrap_err();
    assert!(refused.is_bad_input(), "{refused}");
    if platform == Platform::WebNn {
        assert!(refused.to_string().contains("taskset"), "{refused}");
        return;
    }
    let Error::Setting(SettingError::NoCpu { present, .. }) = refused else {
        panic!("{refused}");
    };
    let (first, last) = (present[0], present[present.len() - 1]);
    let mut opened = open(&[last]).unwrap();
    run(opened.as_mut());
    for (name, cpus) in threads() {
        assert_eq!(cpus, last.to_string(), "{name} runs elsewhere");
    }
    // A process is pinned once, and graphs that do not ask for it are there too.
    let told = open(&[]).unwrap().execution().to_string();
    assert!(told.contains(&format!("affinity={last}")), "{told}");
    if first != last {
        let refused = open(&[first]).map(drop).unwrap_err();
        let is_pinned = matches!(refused, Error::Setting(SettingError::Pinned { .. }));
        assert!(is_pinned, "{refused}");
    }
}

/// A product of ones.
fn run(graph: &mut dyn Executable) {
    let x: Tensor = ndarray::Array2::<f32>::ones((64, 64)).into();
    let outputs = graph.run(&[("x", Feed::Tensor(&x))], &|_| false).unwrap();
    let expected: Tensor = ndarray::Array2::from_elem((64, 64), 64.0_f32).into();
    assert_eq!(outputs.tensors.find("z"), Some(&expected));
}

/// Name and CPUs of each thread of this process (`proc_pid_status(5)`).
fn threads() -> Vec<(String, String)> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let told = |task: fs::DirEntry| {
        let status = fs::read_to_string(task.path().join("status")).unwrap();
        let line = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap().trim().to_owned()
        };
        (line("Name:"), line("Cpus_allowed_list:"))
    };
    tasks.map(|task| told(task.unwrap())).collect()
}
