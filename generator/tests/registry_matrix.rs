//! What a cell is once a platform's defaults and the exceptions of family and model are put together.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in the functions it shares with others"
)]

#[path = "faults/fixture.rs"]
#[expect(
    dead_code,
    reason = "the faulty half of the fixture is for another test"
)]
mod fixture;

use std::time::Instant;

use fixture::{FAMILY, MODEL, load};
use generator::matrix::{Layer, Placement, resolve};
use generator::registry::{Platform, module_name};

/// The webnn or cuda cell of `alpha-base` in words, after an edit of the family's exceptions and of the model.
fn cell(family: &str, model: &str, platform: Platform) -> String {
    let old = "  webnn:\n    support: unsupported\n    reason: too large for a browser\n    above_parameters: 1_000_000\n";
    let text = FAMILY.replace(&format!("platforms:\n{old}"), family);
    let text = text.replace("    batch: 8\n", &format!("    batch: 8\n{model}"));
    let registry =
        load(&[("families/alpha.yaml", &text)]).unwrap_or_else(|faults| panic!("{faults}"));
    let matrix = resolve(&registry);
    let cell = matrix.row("alpha-base").unwrap().cell(platform).unwrap();
    let layer = |layer| match layer {
        Layer::BuiltIn => "built in",
        Layer::Platform => "platform",
        Layer::Family => "family",
        Layer::ModelException => "exception",
        Layer::Model => "model",
    };
    let support = cell.support.value;
    let precisions: Vec<&str> = cell
        .precisions
        .value
        .iter()
        .map(|precision| precision.name())
        .collect();
    let grade = cell.grade.value.map_or("none", |grade| grade.name());
    let placement = match cell.placement.value {
        Placement::Whole => "whole".to_owned(),
        Placement::Partial { nodes, reason } => format!("{nodes} because {reason}"),
    };
    format!(
        "{} ({}) by {} | {} by {} | {grade} by {} | {placement} by {}",
        support.claim(),
        support.reason().unwrap_or("-"),
        layer(cell.support.by),
        precisions.join(" "),
        layer(cell.precisions.by),
        layer(cell.grade.by),
        layer(cell.placement.by),
    )
}

#[test]
fn the_stronger_layer_wins_key_by_key() {
    let family = "platforms:\n  webnn: {support: native, reason: F, precisions: [fp16]}\n";
    let cases = [
        (
            "",
            "",
            "simulated (needs a browser) by platform | fp32 by platform | high by platform | whole by built in",
        ),
        (
            family,
            "",
            "native (-) by family | fp16 by family | high by platform | whole by built in",
        ),
        (
            family,
            "    platforms: {webnn: {support: unsupported, reason: M}}\n",
            "unsupported (M) by exception | fp16 by family | high by platform | whole by built in",
        ),
        (
            family,
            "    platforms: {webnn: {precisions: [fp32, fp16], grade: low, reason: M}}\n",
            "native (-) by family | fp32 fp16 by exception | low by exception | whole by built in",
        ),
        (
            "platforms:\n  webnn: {placement: {nodes: 0.9}, reason: F}\n",
            "",
            "simulated (needs a browser) by platform | fp32 by platform | high by platform | 0.9 because F by family",
        ),
        (
            "platforms:\n  webnn: {support: unsupported, reason: F, above_parameters: 109_482_239}\n",
            "",
            "unsupported (F) by family | fp32 by platform | high by platform | whole by built in",
        ),
        (
            "platforms:\n  webnn: {support: unsupported, reason: F, above_parameters: 109_482_240}\n",
            "",
            "simulated (needs a browser) by platform | fp32 by platform | high by platform | whole by built in",
        ),
        (
            "",
            "    precisions: [fp16]\n",
            "simulated (needs a browser) by platform | fp16 by model | high by platform | whole by built in",
        ),
        (
            "",
            "    precisions: [fp32]\n",
            "simulated (needs a browser) by platform | fp32 by platform | high by platform | whole by built in",
        ),
    ];
    for (family, model, expected) in cases {
        assert_eq!(
            cell(family, model, Platform::WebNn),
            expected,
            "{family}{model}"
        );
    }
}

#[test]
fn families_are_sorted_and_models_keep_their_order() {
    let beta = FAMILY.replace("alpha", "beta");
    let alpha = format!("{FAMILY}{}", MODEL.replace("alpha-large", "aaa"));
    let registry = load(&[
        ("families/beta.yaml", &beta),
        ("families/alpha.yaml", &alpha),
    ])
    .unwrap();
    let ids: Vec<&str> = registry
        .models()
        .map(|(_, model)| model.id.as_str())
        .collect();
    assert_eq!(ids, ["alpha-base", "aaa", "beta-base"]);
    assert_eq!(registry.model("aaa").unwrap().0.content.id, "alpha");
    assert_eq!(registry.family("beta").unwrap().path, "families/beta.yaml");
    assert!(registry.family("gamma").is_none());
    assert_eq!(module_name("aaa-1.5b"), "aaa_1_5b");
}

/// Ten times the models take about ten times as long: the bound is loose enough for a busy machine.
#[test]
fn loading_and_resolving_grow_linearly() {
    let seconds = |models: usize| {
        let more: String = (0..models)
            .map(|index| MODEL.replace("alpha-large", &format!("alpha-{index}")))
            .collect();
        let text = format!("{FAMILY}{more}");
        let best = (0..3).map(|_| {
            let begin = Instant::now();
            let registry = load(&[("families/alpha.yaml", &text)]).unwrap();
            assert_eq!(resolve(&registry).rows.len(), models + 1);
            begin.elapsed().as_secs_f64()
        });
        best.fold(f64::INFINITY, f64::min)
    };
    let (few, many) = (seconds(500), seconds(5000));
    assert!(
        many < 40.0 * few,
        "500 models: {few} s, 5,000 models: {many} s"
    );
}
