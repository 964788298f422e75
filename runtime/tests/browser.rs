//! A browser that dies, hangs, crashes or sends garbage is a typed error and leaves nothing behind; a real one runs graphs.
#![cfg(target_os = "linux")]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod graphs;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use runtime::Error;
use runtime::catalog::Platform;
use runtime::distribution::{self, Browser, How, Library, Policy};
use runtime::engine::browser::{BrowserEngine, BrowserError};
use runtime::engine::{Engine, Feed, OpenOptions};
use runtime::tensor::Tensor;
use tempfile::TempDir;

use self::graphs::{FLOAT, Graph};

/// A stand-in for the browser in a folder of its own.
struct Place {
    folder: TempDir,
    browser: Browser,
}

impl Place {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("browser");
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
        symlink(scripts.join(script), &program).unwrap();
        let browser = Browser {
            program,
            version: None,
            libraries: None,
            how: How::Explicit("ASSAY_BROWSER"),
        };
        Self { folder, browser }
    }

    /// Starts it; the limit is short for scripts that are expected to use it up.
    fn start(&self, limit: Duration) -> Result<BrowserEngine, Error> {
        let library = Library {
            path: self.folder.path().join("ort.jspi.min.mjs"),
            version: None,
            distribution: None,
            how: How::Cache,
        };
        BrowserEngine::start(Platform::WebNn, &self.browser, &library, limit)
    }

    fn error(&self, limit: Duration) -> BrowserError {
        match self.start(limit).map(drop).unwrap_err() {
            Error::Browser(error) => error,
            other => panic!("{other}"),
        }
    }

    /// Command lines of processes that were started with this folder, the shell and the profile included.
    fn processes(&self) -> Vec<String> {
        let name = self.folder.path().display().to_string();
        processes(|line| line.contains(&name))
    }
}

fn processes(is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let folders = fs::read_dir("/proc").unwrap().flatten();
    let lines = folders.filter_map(|folder| fs::read(folder.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| is_wanted(line)).collect()
}

/// Long enough for a busy machine to start a shell.
const PATIENT: Duration = Duration::from_secs(30);

#[test]
fn one_that_ends_says_how_and_why() {
    let place = Place::new("dies.sh");
    let error = place.error(PATIENT);
    insta::assert_snapshot!(error, @"the browser ended before it answered `Browser.getVersion` (exit status: 21): no usable sandbox");
    assert_eq!(place.processes(), [""; 0]);
}

#[test]
fn one_that_hangs_is_ended_with_its_children() {
    let place = Place::new("hangs.sh");
    let start = Instant::now();
    let error = place.error(Duration::from_secs(2));
    assert!(matches!(error, BrowserError::Silent { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(place.processes(), [""; 0]);
    let child = fs::read_to_string(place.folder.path().join("child")).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", child.trim()));
    assert!(
        status.is_err() || status.unwrap().contains("State:\tZ"),
        "a child of the browser lives on"
    );
}

#[test]
fn one_that_sends_garbage_is_ended() {
    let place = Place::new("garbage.sh");
    let error = place.error(PATIENT);
    insta::assert_snapshot!(error, @"the browser sent no valid message: expected value at line 1 column 1");
    assert_eq!(place.processes(), [""; 0]);
}

#[test]
fn a_page_that_crashes_is_told() {
    let place = Place::new("crashes.sh");
    let error = place.error(PATIENT);
    assert!(matches!(error, BrowserError::Crashed { .. }), "{error}");
    assert_eq!(place.processes(), [""; 0]);
}

#[test]
fn one_without_the_interface_is_an_absence() {
    let place = Place::new("lacks.sh");
    let error = place.start(PATIENT).map(drop).unwrap_err();
    assert!(error.is_absence());
    insta::assert_snapshot!(error, @"webnn is unavailable: Fake/1.0 has no WebNN; run `assay setup browser` and unset ASSAY_BROWSER for one that has");
    assert_eq!(place.processes(), [""; 0]);
}

#[test]
fn one_that_is_not_there_says_so() {
    let place = Place::new("dies.sh");
    fs::remove_file(&place.browser.program).unwrap();
    // The shell starts, and its words are kept.
    let error = place.error(PATIENT);
    assert!(matches!(error, BrowserError::Died { .. }), "{error}");
    assert!(error.to_string().contains("not found"), "{error}");
}

/// The real browser, where it is in the cache.
fn real(platform: Platform) -> Option<BrowserEngine> {
    let policy = Policy::from_env().unwrap();
    let browser = distribution::find_browser(&policy).ok()?;
    let library = distribution::probe(Platform::WebNn, &policy).library.ok()?;
    let limit = Duration::from_mins(5);
    Some(BrowserEngine::start(platform, &browser, &library, limit).unwrap())
}

/// A graph from `x` and `y` to `z`, all 2 × 2.
fn graph(folder: &Path, operators: &[(&str, [&str; 2], &str)]) -> PathBuf {
    let mut graph = Graph::default()
        .input("x", FLOAT, &[2, 2])
        .input("y", FLOAT, &[2, 2])
        .output("z", FLOAT, &[2, 2]);
    for (operator, inputs, output) in operators {
        graph = graph.node(operator, inputs, output);
    }
    graph.write(folder)
}

#[test]
fn a_real_one_runs_a_graph_where_it_says() {
    for platform in [Platform::WebNn, Platform::WebGpu] {
        let Some(engine) = real(platform) else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let model = graph(
            folder.path(),
            &[("MatMul", ["x", "y"], "w"), ("Sub", ["w", "x"], "z")],
        );
        let mut opened = engine.open(&model, &OpenOptions::default()).unwrap();
        let evidence = opened.execution().evidence();
        assert!(opened.execution().is_native());
        assert_eq!((evidence.nodes(), evidence.nodes_on_provider()), (2, 2));
        let device = evidence.device().unwrap();
        assert!(device.contains("HeadlessChrome/"), "{device}");
        assert_eq!(opened.inputs()[0].shape, [Some(2), Some(2)]);
        let x: Tensor = ndarray::arr2(&[[1.0_f32, 2.0], [3.0, 4.0]]).into();
        let y: Tensor = ndarray::arr2(&[[0.0_f32, 1.0], [1.0, 0.0]]).into();
        let feeds = [("x", Feed::Tensor(&x)), ("y", Feed::Tensor(&y))];
        let given = opened.run(&feeds, &|_| false).unwrap();
        let z: Tensor = ndarray::arr2(&[[1.0_f32, -1.0], [1.0, -1.0]]).into();
        assert_eq!(given.tensors.find("z"), Some(&z));
        // What stays with the engine goes in again.
        let held = opened.run(&feeds, &|_| true).unwrap().held;
        let again = [("x", Feed::Held(&held[0].1)), ("y", Feed::Tensor(&y))];
        let given = opened.run(&again, &|_| false).unwrap();
        let z: Tensor = ndarray::arr2(&[[-2.0_f32, 2.0], [-2.0, 2.0]]).into();
        assert_eq!(given.tensors.find("z"), Some(&z));
    }
}

#[test]
fn a_real_one_refuses_what_its_provider_does_not_take() {
    let Some(engine) = real(Platform::WebNn) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let model = graph(
        folder.path(),
        &[("MatMul", ["x", "y"], "w"), ("Mod", ["w", "x"], "z")],
    );
    let refused = engine.open(&model, &OpenOptions::default()).map(drop);
    let Err(Error::Browser(error)) = refused else {
        panic!("{refused:?}");
    };
    insta::assert_snapshot!(error);
    let unknown = graph(folder.path(), &[("NoSuchOperator", ["x", "y"], "z")]);
    let error = engine
        .open(&unknown, &OpenOptions::default())
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("NoSuchOperator"), "{error}");
}
