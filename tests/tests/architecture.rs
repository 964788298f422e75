//! Rules of structure that no compiler checks: what may depend on what, what may be named where, how long a file gets.
#![allow(
    clippy::unwrap_used,
    reason = "what tests share fails by panicking too"
)]

use std::fs;
use std::path::{Path, PathBuf};

use generated::CATALOG;
use workspace_tests::{files, workspace};

/// The folders that hold hand-written Rust.
const HAND_WRITTEN: [&str; 3] = ["generator", "runtime", "tests"];

/// Every folder that holds Rust.
const ALL: [&str; 4] = ["generated", "generator", "runtime", "tests"];

/// Third-party crates that one part of the workspace alone may name.
const OWNERS: [(&str, &[&str]); 25] = [
    (
        "base64",
        &["runtime/src/distribution/npm", "runtime/src/engine/browser"],
    ),
    ("brotli_decompressor", &["runtime/src/distribution/npm"]),
    (
        "csv",
        &["runtime/src/report/format", "runtime/src/store/export"],
    ),
    (
        "flate2",
        &[
            "runtime/src/distribution/npm",
            "runtime/src/store/samples.rs",
        ],
    ),
    ("hf_hub", &["runtime/src/checkpoint/hub"]),
    ("hound", &["runtime/src/processor/audio"]),
    ("image", &["runtime/src/processor"]),
    ("indicatif", &["runtime/src/cache"]),
    ("libc", &["runtime/src/engine/ort/huge_pages.rs"]),
    ("libtest_mimic", &["runtime/src/contract/run.rs"]),
    (
        "memmap2",
        &[
            "runtime/export/src/checkpoint",
            "runtime/metrics/src/roof/memory.rs",
            "tests/benches/peers/bandwidth.rs",
        ],
    ),
    (
        "nvml_wrapper",
        &[
            "runtime/metrics/src/nvml.rs",
            "runtime/src/distribution/platform/cuda.rs",
        ],
    ),
    (
        "ort",
        &[
            "runtime/src/engine/ort",
            "tests/benches/peers/overhead.rs",
            "tests/tests/cost/against_onnxruntime.rs",
        ],
    ),
    ("perf_event", &["runtime/metrics/src/energy/perf.rs"]),
    ("plotters", &["runtime/src/report/chart"]),
    ("prost", &["runtime/export/src/onnx"]),
    ("rusqlite", &["runtime/src/store"]),
    (
        "rustix",
        &[
            "runtime/metrics/src/moment.rs",
            "runtime/src/engine/browser/process.rs",
            "runtime/src/engine/ort/affinity.rs",
        ],
    ),
    ("saphyr_parser", &["generator/src/registry"]),
    ("similar", &["generator/src/cli"]),
    ("symphonia", &["runtime/src/processor/audio"]),
    ("tar", &["runtime/src/distribution/npm"]),
    (
        "tera",
        &["generator/src/error.rs", "generator/src/template"],
    ),
    (
        "tokenizers",
        &[
            "runtime/src/checkpoint/synthetic",
            "runtime/src/processor/text",
        ],
    ),
    ("zip", &["runtime/src/distribution"]),
];

/// Files with examples that users read, which may name a model.
const EXAMPLES: [&str; 3] = [
    "generator/src/cli/flags.rs",
    "generator/src/query/error.rs",
    "runtime/src/cli/mod.rs",
];

/// The files that may hold unsafe code.
const UNSAFE: [&str; 4] = [
    "runtime/export/src/checkpoint/mapped.rs",
    "runtime/metrics/src/roof/isa.rs",
    "runtime/src/engine/ort/assignment.rs",
    "runtime/src/engine/ort/huge_pages.rs",
];

/// The workspace's own crates that a crate may depend on.
const DEPENDENCIES: [(&str, &[&str]); 5] = [
    ("generated/Cargo.toml", &["runtime"]),
    ("generator/Cargo.toml", &[]),
    ("runtime/Cargo.toml", &["export", "metrics"]),
    ("runtime/export/Cargo.toml", &[]),
    ("runtime/metrics/Cargo.toml", &[]),
];

/// Names that say nothing of what is in a file or folder.
const EMPTY_NAMES: [&str; 10] = [
    "common", "core", "helper", "helpers", "imp", "misc", "types", "util", "utils", "shared",
];

/// The longest a file may get.
const MAX_LINES: usize = 400;

/// The longest a template may get: one must see the output through it.
const MAX_TEMPLATE_LINES: usize = 40;

fn rust_files(folders: &[&str]) -> Vec<PathBuf> {
    files(folders, ".rs").unwrap()
}

fn text(file: &Path) -> String {
    fs::read_to_string(workspace().join(file)).unwrap()
}

/// The code of a file: without comments, and without the unit tests at its end.
fn code(file: &Path) -> String {
    let text = text(file);
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether `name` stands in `text` with no letter, digit, underscore or hyphen on either side.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Fails with the offences, one a line.
fn none(rule: &str, offences: &[String]) {
    const SHOWN: usize = 40;
    let shown = offences
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        offences.is_empty(),
        "{rule}, {} in all:\n{shown}",
        offences.len()
    );
}

#[test]
fn files_are_short() {
    let lines = |file: &PathBuf| text(file).lines().count();
    let long = |limit| move |file: &PathBuf| lines(file) > limit;
    let told = |file: PathBuf| format!("{}: {} lines", file.display(), lines(&file));
    let rust = rust_files(&HAND_WRITTEN)
        .into_iter()
        .filter(long(MAX_LINES))
        .map(told);
    none("files of more than 400 lines", &rust.collect::<Vec<_>>());
    let templates = files(&["templates"], ".tera").unwrap();
    assert!(!templates.is_empty());
    let templates = templates
        .into_iter()
        .filter(long(MAX_TEMPLATE_LINES))
        .map(told);
    none(
        "templates of more than 40 lines",
        &templates.collect::<Vec<_>>(),
    );
}

#[test]
fn modules_open_with_what_they_own() {
    let opens = |file: &PathBuf| {
        let text = text(file);
        // Generated files name their source in comments first.
        let mut lines = text
            .lines()
            .skip_while(|line| line.starts_with("// ") || line.is_empty());
        lines.next().is_some_and(|line| line.starts_with("//! "))
    };
    let silent = rust_files(&ALL).into_iter().filter(|file| !opens(file));
    let silent: Vec<_> = silent.map(|file| file.display().to_string()).collect();
    none("files that do not open with a `//!` sentence", &silent);
}

#[test]
fn names_say_something() {
    let is_empty = |part: &str| EMPTY_NAMES.contains(&part);
    let named = |file: &PathBuf| {
        file.with_extension("")
            .components()
            .any(|part| is_empty(&part.as_os_str().to_string_lossy()))
    };
    let empty: Vec<_> = rust_files(&ALL)
        .into_iter()
        .filter(named)
        .map(|file| file.display().to_string())
        .collect();
    none("files and folders whose name says nothing", &empty);
}

#[test]
fn registry_and_templates_hold_no_rust() {
    none(
        "Rust files among data",
        &files(&["model_registry", "templates"], ".rs")
            .unwrap()
            .iter()
            .map(|file| file.display().to_string())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn generator_and_runtime_never_meet() {
    let members = ["export", "generated", "generator", "metrics", "runtime"];
    let mut offences = Vec::new();
    for (manifest, allowed) in DEPENDENCIES {
        for line in text(Path::new(manifest)).lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if members.contains(&name) && !allowed.contains(&name) && line.contains('=') {
                offences.push(format!("{manifest}: {line}"));
            }
        }
    }
    none(
        "dependencies that the architecture does not have",
        &offences,
    );
}

#[test]
fn third_party_crates_are_named_in_one_place() {
    let mut offences = Vec::new();
    for file in rust_files(&["generated/src", "generator/src", "runtime"]) {
        let code = code(&file);
        for (name, owners) in OWNERS {
            // `export` and `runtime` have tests of their own that check what was written with the same crates.
            let is_owned = owners.iter().any(|owner| file.starts_with(owner))
                || file.components().any(|part| part.as_os_str() == "tests");
            if !is_owned && names_crate(&code, name) {
                offences.push(format!(
                    "{}: `{name}` belongs to {}",
                    file.display(),
                    owners.join(", ")
                ));
            }
        }
    }
    none("third-party crates outside their place", &offences);
}

/// Whether code uses a path that begins with the crate's name, and no module of the workspace goes by that name there.
fn names_crate(code: &str, name: &str) -> bool {
    let is_local = |statement: &str| {
        let path = statement.trim_start();
        ["crate", "self", "super"]
            .iter()
            .any(|root| path.starts_with(root))
            && has_word(path, name)
    };
    let mut imports = code
        .split("use ")
        .skip(1)
        .filter_map(|rest| rest.split(';').next());
    if imports.any(is_local) {
        return false;
    }
    let path = format!("{name}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn unsafe_code_is_where_it_is_said_to_be() {
    let is_unsafe = |file: &PathBuf| {
        let code = code(file);
        ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"]
            .iter()
            .any(|form| code.contains(form))
    };
    let mut found: Vec<_> = rust_files(&ALL).into_iter().filter(is_unsafe).collect();
    // This file names the forms it looks for.
    found.retain(|file| !file.ends_with(file!().rsplit('/').next().unwrap_or_default()));
    assert_eq!(found, UNSAFE.map(PathBuf::from));
}

#[test]
fn model_ids_are_data() {
    let mut ids: Vec<_> = CATALOG
        .models
        .iter()
        .flat_map(|entry| [entry.model.id, entry.model.hub_id])
        .collect();
    // An id that is also the name of its family stands for the architecture in code.
    ids.retain(|id| CATALOG.families.iter().all(|family| family.id != *id));
    assert!(ids.len() > 40);
    let mut offences = Vec::new();
    let sources = [
        "generator/src",
        "runtime/src",
        "runtime/export/src",
        "runtime/metrics/src",
    ];
    let files = rust_files(&sources)
        .into_iter()
        .chain(files(&["templates"], ".tera").unwrap());
    for file in files.filter(|file| !EXAMPLES.iter().any(|example| file == Path::new(example))) {
        let code = code(&file);
        let found = ids.iter().filter(|id| has_word(&code, id));
        offences.extend(found.map(|id| format!("{}: {id}", file.display())));
    }
    none("model ids outside the registry", &offences);
}

#[test]
fn rules_notice_what_they_forbid() {
    assert!(has_word(r#"id == "gpt2""#, "gpt2"));
    assert!(!has_word("distilgpt2 gpt2-large my_gpt2", "gpt2"));
    assert!(names_crate("use ort::session;", "ort") && names_crate("let x: ort::Error;", "ort"));
    assert!(!names_crate(
        "use export::x; engine::ort::load(); transport::x",
        "ort"
    ));
}
