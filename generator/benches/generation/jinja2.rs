//! The same templates with the same views in Python's jinja2, where a Python with jinja2 can be had.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::registry::Workspace;

const SCRIPT: &str = include_str!("jinja2_render.py");

/// Renders the cells in Python and compares the text; prints how long rendering took, without starting or reading.
pub(crate) fn measure(workspace: &Workspace, cells: &[Value]) {
    let Some(python) = python() else {
        println!("\nno Python with jinja2: set BENCH_PYTHON to one");
        return;
    };
    let input = workspace.root().join("cells.json");
    fs::write(&input, serde_json::to_vec(cells).expect("JSON")).expect("the views");
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .arg(workspace.root().join("templates"))
        .arg(input)
        .output()
        .expect("Python starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    println!("\nthe same templates and views in Python, one thread");
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

/// The Python that is named, else one in an environment of its own outside the tree, made on first use.
fn python() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("BENCH_PYTHON").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let environment = std::env::temp_dir().join("gen-bench-python");
    let python = environment.join("bin/python");
    if !python.exists() {
        let is_made = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment)
            .status()
            .ok()?
            .success();
        let install = ["-m", "pip", "install", "--quiet", "jinja2"];
        if !is_made || !Command::new(&python).args(install).status().ok()?.success() {
            fs::remove_dir_all(environment).ok();
            return None;
        }
    }
    Some(python)
}
