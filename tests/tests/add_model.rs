//! Adding a model of a known architecture is a registry edit and `cargo gen`: in a copy of the workspace, the new
//! skill and its tests compile and pass without a line of Rust written by hand.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share fails by panicking too"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use workspace_tests::workspace;

/// What a copy needs; the rest of the repository is documentation and build output.
const COPIED: [&str; 9] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "generated",
    "generator",
    "model_registry",
    "runtime",
    "templates",
    "tests",
];

/// The entry that a user would add, with what an entry must have.
const ENTRY: &str = "  - id: new-model
    title: New model
    hub_id: example/new-model
    parameters: 22_713_216
    memory: {min_mib: 350, recommended_mib: 1150}
    disk_mib: 87
    cpu_cores: 2
    batch: 8
";

#[test]
fn a_registry_entry_and_gen_give_a_passing_skill() {
    let build = workspace().canonicalize().unwrap().join("target");
    // A place of its own that stays, so that a second run compiles only what changed.
    let copy = build.join("add-model/workspace");
    for name in COPIED {
        mirror(&workspace().join(name), &copy.join(name));
    }
    rename_version(&copy);
    cargo(&copy, &build, &["update", "--workspace", "--offline"]);
    let registry = copy.join("model_registry/families/bert.yaml");
    let models = fs::read_to_string(&registry).unwrap();
    fs::write(&registry, models + ENTRY).unwrap();
    let hand_written = hand_written(&copy);

    cargo(&copy, &build, &["gen"]);
    cargo(&copy, &build, &["gen", "--check"]);
    assert_eq!(
        self::hand_written(&copy),
        hand_written,
        "`gen` writes below `generated` only"
    );
    for file in ["src/new_model/cpu.rs", "tests/cpu/new_model.rs"] {
        assert!(
            copy.join("generated").join(file).is_file(),
            "{file} is missing"
        );
    }

    let said = cargo(
        &copy,
        &build,
        &["test", "-p", "generated", "--test", "cpu", "new_model::"],
    );
    let passed = said
        .split("test result: ok. ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let passed: usize = passed.and_then(|count| count.parse().ok()).unwrap_or(0);
    assert!(
        passed >= 8 && said.contains("new_model::equals_the_reference"),
        "{said}"
    );
}

/// Runs cargo in the copy, which shares the compiled dependencies but not the programs of this build; what it printed.
fn cargo(copy: &Path, build: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(copy)
        .env("CARGO_BUILD_BUILD_DIR", build)
        .env("CARGO_TARGET_DIR", build.join("add-model/programs"))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(
        output.status.success(),
        "cargo {}:\n{said}",
        arguments.join(" ")
    );
    said
}

/// Gives the copy's packages a version of their own. Cargo tells packages of two workspaces apart by name and version only,
/// so that in a shared build directory the copy could be taken for the original, and the other way round.
fn rename_version(copy: &Path) {
    let manifest = copy.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let version = concat!("version = \"", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(version), "no {version}\" in Cargo.toml");
    fs::write(
        manifest,
        text.replacen(version, &format!("{version}-copy"), 1),
    )
    .unwrap();
}

/// Makes `to` equal `from`, a file or a folder; files that are equal already keep their time, for cargo goes by it.
fn mirror(from: &Path, to: &Path) {
    if from.is_file() {
        let content = fs::read(from).unwrap();
        if fs::read(to).ok().as_ref() != Some(&content) {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, content).unwrap();
        }
        return;
    }
    let kept = names(from);
    for name in names(to).difference(&kept) {
        let path = to.join(name);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    for name in kept {
        mirror(&from.join(&name), &to.join(&name));
    }
}

/// The names in a folder; none where there is no folder.
fn names(folder: &Path) -> BTreeSet<PathBuf> {
    match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.unwrap().file_name().into())
            .collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => BTreeSet::new(),
        Err(error) => panic!("{}: {error}", folder.display()),
    }
}

/// Every file of the copy outside `generated`, with its size and time.
fn hand_written(copy: &Path) -> BTreeSet<(PathBuf, u64, std::time::SystemTime)> {
    let mut pending: Vec<_> = COPIED
        .iter()
        .filter(|name| **name != "generated")
        .map(|name| copy.join(name))
        .collect();
    let mut found = BTreeSet::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(names(&path).into_iter().map(|name| path.join(name)));
        } else {
            let metadata = fs::metadata(&path).unwrap();
            found.insert((path, metadata.len(), metadata.modified().unwrap()));
        }
    }
    found
}
