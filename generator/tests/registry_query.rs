//! What the registry answers: lists, the support matrix, explanations and exports, as people and programs read them.

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

use std::path::Path;

use fixture::{FAMILY, MODEL, load};
use generator::matrix::{Matrix, Row, resolve};
use generator::query::{self, Format, Grouping};
use generator::registry::{self, Registry};

fn sample() -> Registry {
    let alpha = format!("{FAMILY}{MODEL}    task: fill-mask\n    precisions: [fp16]\n")
        + "    platforms: {webgpu: {support: native, reason: seen to run there, placement: {nodes: 0.95}}}\n";
    let beta = FAMILY
        .replace("family: alpha", "family: beta")
        .replace("title: Alpha\n", "title: Beta\n")
        .replace("alpha-base", "beta")
        .replace(
            "above_parameters: 1_000_000",
            "above_parameters: 1_000_000_000",
        )
        .replace("  text-encoder: {prefix: alpha.}\n", "");
    load(&[
        ("families/alpha.yaml", &alpha),
        ("families/beta.yaml", &beta),
    ])
    .unwrap_or_else(|faults| panic!("{faults}"))
}

fn rows<'m, 'a>(matrix: &'m Matrix<'a>) -> Vec<&'m Row<'a>> {
    matrix.rows.iter().collect()
}

#[test]
fn lists() {
    let registry = sample();
    let matrix = resolve(&registry);
    let rows = rows(&matrix);
    let mut all = String::new();
    for table in [
        query::models(&rows),
        query::families(&rows),
        query::tasks(&rows),
    ] {
        all += &(table.render(Format::Text) + "\n");
    }
    insta::assert_snapshot!(all);
    assert_eq!(
        query::models(&rows[..1]).len(),
        1,
        "filters are the caller's"
    );
    assert!(query::models(&[]).is_empty());
}

#[test]
fn the_support_matrix() {
    let registry = sample();
    let matrix = resolve(&registry);
    let rows = rows(&matrix);
    let by_model = query::support(&rows, Grouping::Model);
    let by_family = query::support(&rows, Grouping::Family);
    let mut all = by_model.render(Format::Text) + "\n";
    all += &(by_family.render(Format::Markdown) + "\n");
    all += &(query::grades(&registry).render(Format::Text) + "\n");
    all += &format!(
        "{:#}\n",
        query::support_json(&rows)[1]["platforms"]["webgpu"]
    );
    insta::assert_snapshot!(all);
}

#[test]
fn explanations() {
    let registry = sample();
    let matrix = resolve(&registry);
    let mut all = String::new();
    for (model, platform) in [
        ("alpha-base", "webnn"),
        ("alpha-large", "webgpu"),
        ("beta", "webnn"),
        ("alpha", "cuda"),
    ] {
        all += &format!("{}\n", query::explain(&matrix, model, platform).unwrap());
    }
    insta::assert_snapshot!(all);
}

#[test]
fn an_explanation_is_json_too() {
    let registry = sample();
    let matrix = resolve(&registry);
    let json = query::explain(&matrix, "alpha-large", "webgpu")
        .unwrap()
        .json();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["facts"][0]["name"], "support");
    assert_eq!(json["facts"][0]["value"], "native");
    assert_eq!(json["facts"][0]["origin"]["line"], 44);
    assert_eq!(
        json["facts"][0]["overrides"][0]["origin"]["file"],
        "platforms/webgpu.yaml"
    );
}

#[test]
fn unknown_names_suggest_the_nearest() {
    let registry = sample();
    let matrix = resolve(&registry);
    let said = |model: &str, platform: &str| {
        query::explain(&matrix, model, platform)
            .unwrap_err()
            .to_string()
    };
    let all = [
        said("alpha-bse", "cpu"),
        said("zzz", "cpu"),
        said("alpha", "webnm"),
        said("a\u{1b}[31m", "tpu"),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn exports() {
    let registry = sample();
    let matrix = resolve(&registry);
    let rows = rows(&matrix);
    let csv = query::registry_csv(&rows);
    assert_eq!(csv.lines().count(), 1 + 3 * 7);
    insta::assert_snapshot!(csv.lines().take(9).collect::<Vec<_>>().join("\n"));
    let json: serde_json::Value = serde_json::from_str(&query::registry_json(&rows)).unwrap();
    assert_eq!(json["models"].as_array().unwrap().len(), 3);
    assert_eq!(
        json["models"][1]["platforms"]["webgpu"]["placement"]["nodes"],
        0.95
    );
}

/// Every cell of the real registry can be explained, and every line fits.
#[test]
fn the_real_registry_fits_the_screen() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model_registry");
    let registry = registry::load(&root).unwrap_or_else(|faults| panic!("{faults}"));
    let matrix = resolve(&registry);
    let rows = rows(&matrix);
    let mut texts = vec![
        query::models(&rows).render(Format::Text),
        query::families(&rows).render(Format::Text),
        query::tasks(&rows).render(Format::Text),
        query::support(&rows, Grouping::Model).render(Format::Text),
        query::support(&rows, Grouping::Family).render(Format::Text),
    ];
    for row in &rows {
        for platform in registry::Platform::NAMES {
            texts.push(
                query::explain(&matrix, &row.model.id, platform)
                    .unwrap()
                    .to_string(),
            );
        }
    }
    for line in texts.iter().flat_map(|text| text.lines()) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}
