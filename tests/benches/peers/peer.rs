//! A peer in Python: a process that takes a turn when it is told to.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

const SCRIPT: &str = include_str!("peer.py");
const REQUIREMENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/peers/requirements.txt"
);

/// A running peer; it ends with the value.
pub(crate) struct Peer {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Its packages with their versions.
    pub(crate) packages: Value,
}

/// One turn of a peer.
pub(crate) struct Turn {
    /// How long it took by its own clock.
    pub(crate) time: Duration,
    /// What came out.
    pub(crate) result: Value,
}

impl Peer {
    /// Starts the peer of a case and waits until it has loaded what it needs.
    pub(crate) fn start(case: &str, options: &Value) -> Self {
        let mut child = Command::new(python())
            .args(["-c", SCRIPT, case, &options.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python starts");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let orders = child.stdin.take();
        let mut peer = Self {
            child,
            orders,
            answers,
            packages: Value::Null,
        };
        peer.packages = peer.hear(case)["ready"].take();
        peer
    }

    /// Has the peer do its work so many times in a row.
    pub(crate) fn turn(&mut self, repeat: usize) -> Turn {
        let orders = self.orders.as_mut().expect("the peer runs");
        writeln!(orders, "{repeat}").expect("the peer listens");
        let mut answer = self.hear("a turn");
        let seconds = answer["seconds"].as_f64().expect("seconds");
        Turn {
            time: Duration::from_secs_f64(seconds),
            result: answer["result"].take(),
        }
    }

    fn hear(&mut self, what: &str) -> Value {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("the peer speaks UTF-8");
        serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!("the Python peer ended at {what}; run peer.py by hand to see why")
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.orders = None;
        self.child.wait().ok();
    }
}

/// The Python that is named, else one in an environment of its own outside the tree, made on first use.
fn python() -> PathBuf {
    if let Some(named) = std::env::var_os("BENCH_PYTHON").filter(|named| !named.is_empty()) {
        return named.into();
    }
    let environment = std::env::temp_dir().join("assay-bench-python");
    let python = environment.join("bin/python");
    let is_whole = environment.join("is-whole");
    if !is_whole.exists() {
        fs::remove_dir_all(&environment).ok();
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment));
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--requirement",
            REQUIREMENTS,
        ];
        run(Command::new(&python).args(install));
        fs::write(&is_whole, "").expect("the temporary folder can be written");
    }
    python
}

fn run(command: &mut Command) {
    let is_done = command.status().is_ok_and(|status| status.success());
    assert!(
        is_done,
        "{command:?} failed; name a Python with the packages of {REQUIREMENTS} in BENCH_PYTHON"
    );
}

/// A folder for one case's files, emptied.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join("assay-bench").join(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).expect("the temporary folder can be written");
    folder
}

/// Copies the files of a checkpoint that a peer reads beside a graph.
pub(crate) fn copy_papers(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the checkpoint's folder") {
        let path = entry.expect("an entry").path();
        let is_paper = path
            .extension()
            .is_some_and(|ending| ending == "json" || ending == "txt");
        if path.is_file() && is_paper {
            let name = path.file_name().expect("a file has a name");
            fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}
