//! A worker that dies, hangs or sends garbage ends in a typed error and leaves no process behind.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::{Duration, Instant};

use runtime::bisect::{Evaluator, InWorker};
use runtime::catalog::Platform;
use runtime::skill::Ask;
use runtime::tensor::NamedTensors;
use runtime::worker::{Launch, Request, Worker, WorkerError};

fn shell(script: &str, limit: Duration) -> Launch {
    Launch {
        program: "sh".into(),
        arguments: vec!["-c".into(), script.into()],
        limit,
    }
}

fn ask(script: &str, limit: Duration) -> WorkerError {
    let mut worker = Worker::start(Platform::Cpu, &shell(script, limit)).unwrap();
    let request = Request::Run(Box::new(Ask::of(vec!["text".to_owned()])));
    worker.ask(&request).unwrap_err()
}

const PATIENT: Duration = Duration::from_secs(30);

#[test]
fn a_child_that_dies_is_told_with_its_status_and_last_words() {
    let error = ask("echo 'out of memory' >&2; exit 3", PATIENT);
    assert_eq!(
        error.to_string(),
        "the cpu worker ended before it answered (exit status: 3): out of memory"
    );
}

#[test]
fn a_child_that_is_killed_is_told_with_the_signal() {
    let error = ask("kill -9 $$", PATIENT);
    assert_eq!(
        error.to_string(),
        "the cpu worker ended before it answered (signal: 9 (SIGKILL); Linux sends it when memory runs out)"
    );
}

#[test]
fn a_child_that_hangs_is_ended_in_time() {
    let marker = tempfile::tempdir().unwrap();
    let pid_file = marker.path().join("pid");
    let script = format!("echo $$ > {}; exec sleep 600", pid_file.display());
    let start = Instant::now();
    let error = ask(&script, Duration::from_secs(1));
    assert_eq!(
        error.to_string(),
        "the cpu worker did not answer within 1 s and was ended"
    );
    assert!(start.elapsed() < Duration::from_secs(20));
    let pid = std::fs::read_to_string(pid_file).unwrap();
    let process = Path::new("/proc").join(pid.trim());
    assert!(!process.exists(), "process {} is left", pid.trim());
}

#[test]
fn a_child_that_sends_garbage_is_ended() {
    for (script, reason) in [
        (
            "echo 'Hello, world!'; sleep 600",
            "a frame of 1819043144 bytes",
        ),
        (
            "printf '\\002\\000\\000\\000{}'; sleep 600",
            "expected value",
        ),
    ] {
        let error = ask(script, PATIENT);
        let text = error.to_string();
        assert!(
            matches!(error, WorkerError::Garbage { .. }) && text.contains(reason),
            "unexpected text: {text}"
        );
    }
}

#[test]
fn a_program_that_does_not_exist_is_named() {
    let launch = Launch {
        program: "/nowhere/assay".into(),
        arguments: Vec::new(),
        limit: PATIENT,
    };
    let Err(error) = Worker::start(Platform::OpenVino, &launch) else {
        panic!("a program that does not exist was started");
    };
    assert_eq!(
        error.to_string(),
        "cannot start the openvino worker /nowhere/assay"
    );
}

#[test]
fn a_child_that_dies_under_a_graph_is_followed_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let script = format!("echo >> {}; exit 7", starts.display());
    let mut child = InWorker::new(Platform::Cpu, shell(&script, PATIENT));
    for _ in 0..2 {
        let error = child.evaluate(Path::new("model.onnx"), &NamedTensors::new());
        let error = error.unwrap_err().to_string();
        assert!(error.contains("exit status: 7"), "{error}");
    }
    assert_eq!(std::fs::read_to_string(starts).unwrap().lines().count(), 2);
}
