//! All faults of all files in one report, sorted, as text and as JSON.

use crate::fixture::{FAMILY, MODEL, faults, said};

fn spoilt() -> Vec<(&'static str, String)> {
    vec![
        (
            "families/alpha.yaml",
            FAMILY
                .replace("title: Alpha\n", "titel: Alpha\n")
                .replace("batch: 8", "batch: 0"),
        ),
        (
            "families/beta.yaml",
            FAMILY
                .replace("family: alpha", "family: beta")
                .replace("embedding", "embeding"),
        ),
        (
            "families/gamma.yaml",
            format!(
                "{}{MODEL}    platforms: {{cuda: {{support: simulated}}}}\n",
                "models:\n"
            ),
        ),
        ("families/delta.yaml", "family: [delta\n".to_owned()),
        (
            "platforms/mps.yaml",
            "platform: mps\nsupport: {default: simulated, allowed: [native]}\n".to_owned(),
        ),
        ("platforms/tpu.yaml", "platform: tpu\n".to_owned()),
    ]
}

#[test]
fn every_fault_of_every_file_is_reported_at_once() {
    let files = spoilt();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    insta::assert_snapshot!(said(&files));
    let mut reversed = files.clone();
    reversed.reverse();
    assert_eq!(
        said(&files),
        said(&reversed),
        "the order of the files does not matter"
    );
}

#[test]
fn scripts_read_them_as_json() {
    let alpha = FAMILY
        .replace("title: Alpha\n", "titel: Alpha\n")
        .replace("id: alpha-base", "id: Alpha");
    let faults = faults(&[("families/alpha.yaml", &alpha)]);
    insta::assert_snapshot!(format!("{:#}", faults.to_json()));
}
