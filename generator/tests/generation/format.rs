//! Everything that is generated is as rustfmt leaves it, whatever the length of names.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::synthetic::{ALPHA, BETA, family};
use super::workspace::Workspace;

/// Runs the pinned rustfmt over a generated crate: the roots, and all modules below them.
fn check(generated: &Path) {
    let mut roots = vec![generated.join("src/lib.rs")];
    roots.extend(
        generator::registry::Platform::NAMES
            .iter()
            .map(|name| generated.join(format!("tests/{name}/main.rs"))),
    );
    let missing: Vec<&PathBuf> = roots.iter().filter(|root| !root.is_file()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let output = Command::new("rustfmt")
        .args(["--edition", "2024", "--check"])
        .args(&roots)
        .output()
        .unwrap();
    let differences = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{complaints}{differences}"
    );
}

#[test]
fn the_real_registry_is_rendered_as_rustfmt_leaves_it() {
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../generated"));
}

#[test]
fn names_of_every_length_are_rendered_as_rustfmt_leaves_them() {
    let mut families: Vec<(String, String)> = Vec::new();
    for length in 1..=128_usize {
        let id = name(length, 'f');
        let models = ["m", "n2_", "n10-"].map(|start| format!("{start}{}", name(length, 'x')));
        let models: Vec<String> = models.into_iter().filter(|id| id.len() <= 128).collect();
        if !models.is_empty() {
            families.push((id.clone(), family(&id, &models, &"r".repeat(length))));
        }
    }
    let families: Vec<(&str, &str)> = families
        .iter()
        .map(|(id, text)| (id.as_str(), text.as_str()))
        .collect();
    let workspace = Workspace::new(&families);
    workspace.succeed("");
    check(&workspace.path("generated"));
}

#[test]
fn recipes_of_every_length_are_rendered_as_rustfmt_leaves_them() {
    let mut families: Vec<(String, String)> = Vec::new();
    for length in 1..=120_usize {
        let text = "w".repeat(length);
        let alpha = ALPHA
            .replace("alpha", &format!("alpha{length}"))
            .replace("encoder.bias.weight", &text)
            .replace(
                "{norm_eps: 1.0e-12}",
                &format!("{{norm_eps: {text}}}\n    weights: {{pooler: {text}, query: {text}}}"),
            )
            .replace(
                "hidden_act: gelu}",
                &format!("hidden_act: gelu, {text}: {text}}}"),
            )
            .replace("mask_head: null", &format!("mask_head: {{dense: {text}}}"));
        let tokens = vec![text.as_str(); 1 + length % 7].join(", ");
        let beta = BETA
            .replace("beta", &format!("beta{length}"))
            .replace(
                "embeddings.cls_token, embeddings.distillation_token",
                &tokens,
            )
            .replace("cls_classifier, distillation_classifier", &text);
        families.extend([
            (format!("alpha{length}"), alpha),
            (format!("beta{length}"), beta),
        ]);
    }
    let families: Vec<(&str, &str)> = families
        .iter()
        .map(|(id, text)| (id.as_str(), text.as_str()))
        .collect();
    let workspace = Workspace::new(&families);
    workspace.succeed("");
    check(&workspace.path("generated"));
}

#[test]
fn partial_output_is_rendered_as_rustfmt_leaves_it() {
    let workspace = Workspace::new(&[("alpha", ALPHA), ("beta", BETA)]);
    for arguments in [
        "--generate beta --platform cpu",
        "--generate beta --platform webnn,mps",
        "--model alpha-large --platform webnn",
        "--tests-only",
        "--skills-only",
        "",
    ] {
        workspace.succeed(arguments);
        check(&workspace.path("generated"));
    }
}

/// An id of a length: letters, then numbers that sort differently as text and as numbers.
fn name(length: usize, letter: char) -> String {
    let start: String = std::iter::repeat_n(letter, length.saturating_sub(4)).collect();
    let end = format!("{letter}{}", length % 13);
    format!("{start}{}", &end[..end.len().min(length)])
}
