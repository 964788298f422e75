//! Strings and files that try to become code, to hide, or to exhaust the machine.

use std::time::{Duration, Instant};

use crate::fixture::{FAMILY, faults, said, said_of_edits};

#[test]
fn strings() {
    let long_id = format!("id: {}", "a".repeat(129));
    let long_reason = format!("reason: {}", "very ".repeat(70) + "long");
    let edits = [
        (
            "id: alpha-base",
            r#"id: '"; } fn main() { std::process::exit(0) } //'"#,
        ),
        ("id: alpha-base", "id: \"alpha\\u202ebase\""),
        ("id: alpha-base", "id: \"alpha\\nbase\""),
        ("id: alpha-base", "id: \"alpha*/base\""),
        ("id: alpha-base", "id: аlpha"),
        ("id: alpha-base", long_id.as_str()),
        ("title: Alpha\n", "title: \"Al\\u202epha\"\n"),
        ("title: Alpha\n", "title: \"Al\\u200bpha\"\n"),
        ("title: Alpha\n", "title: \"Al\\0pha\"\n"),
        ("title: Alpha\n", "title: \"\\e[2JAlpha\"\n"),
        ("title: Alpha\n", "title: |\n  Al\n  pha\n"),
        ("hidden_act: gelu", "hidden_act: \"ge\\u2066lu\""),
        ("hidden_act: gelu", "hidden_act: gelu\n      \"\\u202e\": 1"),
        ("reason: too large for a browser", long_reason.as_str()),
        ("family: alpha", "family: \"al\\u001b[31mpha\""),
        ("title: Alpha\n", "title: Alpha\n\"ti\\u001b[31mtle\": 1\n"),
    ];
    insta::assert_snapshot!(said_of_edits("families/alpha.yaml", FAMILY, &edits));
}

#[test]
fn harmless_strings_stay_what_they_are() {
    for title in [
        r#"'"; } fn main() { std::process::exit(0) } //'"#,
        "'*/ }} {{ {% raw %}'",
        "Ünïcode — 模型",
    ] {
        let text = FAMILY.replace("title: Alpha\n", &format!("title: {title}\n"));
        assert_eq!(said(&[("families/alpha.yaml", &text)]), "no fault\n");
    }
}

#[test]
fn bombs_are_refused_quickly() {
    let laughs: String = std::iter::once("a0: &a0 [ha, ha]\n".to_owned())
        .chain(
            (1..30).map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}, *a{0}]\n", level - 1)),
        )
        .collect();
    let cases = [
        (
            "billion laughs",
            laughs,
            "anchors and aliases are not supported",
        ),
        (
            "deep flow",
            "[".repeat(1_000_000),
            "recursion limit exceeded",
        ),
        (
            "deep enough",
            "[".repeat(100) + &"]".repeat(100),
            "nested more than 32 levels",
        ),
        (
            "deep block",
            "- ".repeat(20_000),
            "nested more than 32 levels",
        ),
        (
            "deep mapping",
            "{a: ".repeat(200_000),
            "recursion limit exceeded",
        ),
        (
            "many keys",
            (0..40_000).map(|key| format!("k{key}: 1\n")).collect(),
            "4097 keys or more",
        ),
        (
            "many values",
            format!("models: [{}]", "1, ".repeat(100_000)),
            "found a whole number; expected a mapping",
        ),
        (
            "many precisions",
            format!("{FAMILY}    precisions: [{}]", "fp32, ".repeat(100_000)),
            "listed twice",
        ),
        (
            "one long line",
            format!("family: {}", "x".repeat(3_000_000)),
            "characters; allowed: up to 128",
        ),
        (
            "long key",
            format!("{}: 1", "x".repeat(1000)),
            "unknown key",
        ),
    ];
    for (name, text, expected) in cases {
        let begin = Instant::now();
        let faults = faults(&[("families/alpha.yaml", &text)]);
        let messages = faults.to_string();
        let all: String = faults.all().iter().map(ToString::to_string).collect();
        assert!(
            all.contains(expected),
            "{name}: {}",
            messages.chars().take(2000).collect::<String>()
        );
        assert!(
            messages.len() < 400_000,
            "{name}: {} bytes of messages",
            messages.len()
        );
        // Generous: the slowest takes a tenth of it without optimisation.
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "{name}: {:?}",
            begin.elapsed()
        );
    }
}
