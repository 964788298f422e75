//! Reports of made-up rows say what the rows say, in every format, whatever stands in them.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod sample_rows;

use std::collections::BTreeMap;

use runtime::bench::{Outcome, Row, Size};
use runtime::catalog::Platform;
use runtime::report::{Format, Report, render};
use serde_json::Value;

use self::sample_rows::*;

fn rendered(rows: &[Row], format: Format) -> String {
    render(&Report::of(rows, &machines()), format)
}

/// The text between two marks.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to}")).0
}

/// Fields of CSV as RFC 4180 reads them.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(std::mem::take(&mut field)),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            c => field.push(c),
        }
    }
    records
}

fn column(records: &[Vec<String>], name: &str) -> Vec<String> {
    let place = records[0].iter().position(|title| title == name).unwrap();
    records[1..]
        .iter()
        .map(|record| record[place].clone())
        .collect()
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows = sample();
    let mut other = rows.clone();
    other.reverse();
    other.swap(3, 17);
    for format in Format::ALL {
        assert_eq!(
            rendered(&rows, *format),
            rendered(&other, *format),
            "{format}"
        );
    }
}

#[test]
fn hostile_text_stays_text() {
    let rows = hostile();
    let html = rendered(&rows, Format::Html);
    let body = html.split_once("<body>").unwrap().1;
    assert_eq!(body.matches("<script>").count(), 1, "the page's own");
    assert!(!body.contains("<img") && body.contains("&lt;img src=x"));
    let markdown = rendered(&rows, Format::Markdown);
    assert!(!markdown.contains("<script") && !markdown.contains('\u{1b}'));
    let mut width = 0;
    for line in markdown.lines() {
        let bars = line
            .replace("\\\\", "")
            .replace("\\|", "")
            .matches('|')
            .count();
        // Lines of one table have as many cells as its heading.
        assert!(bars == 0 || width == 0 || bars == width, "{line}");
        width = bars;
    }
    let csv = records(&rendered(&rows, Format::Csv));
    assert_eq!(csv.len(), rows.len() + 1);
    for record in &csv {
        assert_eq!(record.len(), csv[0].len());
        let is_formula = |field: &&String| field.starts_with(['=', '+', '@', '\t']);
        assert_eq!(record.iter().find(is_formula), None);
    }
    let json: Value = serde_json::from_str(&rendered(&rows, Format::Json)).unwrap();
    let first = &json["machines"][0]["measured"][0]["row"]["case"]["model"];
    assert!(
        first.as_str().unwrap().starts_with(HOSTILE),
        "JSON keeps what it is given"
    );
}

#[test]
fn a_terminal_of_100_columns_is_enough() {
    for rows in [sample(), hostile(), Vec::new()] {
        let text = rendered(&rows, Format::Text);
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
    }
}

#[test]
fn tiny_models_stand_nowhere_beside_others_and_are_called_smoke_tests_alone() {
    let full = on_rented().made;
    let mut tiny = full.clone();
    for row in &mut tiny {
        row.id = format!("{:0>32}", row.id.len());
        row.case.size = Size::Tiny;
        row.subject.title = "A tiny one".to_owned();
    }
    let both: Vec<_> = full.iter().chain(&tiny).cloned().collect();
    for format in Format::ALL {
        assert_eq!(
            rendered(&full, *format),
            rendered(&both, *format),
            "{format}"
        );
    }
    let alone = rendered(&tiny, Format::Html);
    assert!(alone.contains("Smoke test: not to be compared"));
    for section in [
        "latency",
        "speedups",
        "throughput",
        "roofline",
        "bandwidth",
        "growth",
        "support",
    ] {
        assert!(
            !alone.contains(&format!("id=\"m1-{section}\"")),
            "{section}"
        );
    }
    assert!(!alone.contains("as fast as"));
}

#[test]
fn simulated_values_never_stand_among_measured_ones() {
    let rows = sample();
    let csv = records(&rendered(&rows, Format::Csv));
    let states = column(&csv, "state");
    let measured = column(&csv, "p50_ms");
    let predicted = column(&csv, "simulated_predicted_ms");
    for (place, state) in states.iter().enumerate() {
        assert_eq!(
            state == "simulated",
            !predicted[place].is_empty(),
            "{state}"
        );
        assert!(state == "measured" || measured[place].is_empty(), "{state}");
    }
    let html = rendered(&rows, Format::Html);
    let section = between(&html, "id=\"m1-simulated\"", "id=\"m1-troubles\"");
    assert!(section.contains("2,900") && section.contains("Simulated"));
    // Nowhere else: neither its value nor its series.
    let elsewhere = html.replace(section, "");
    assert!(!elsewhere.contains(">2,900<") && !elsewhere.contains("DETR ResNet-50, WebNN"));
    let latency = between(&html, "id=\"m1-latency\"", "id=\"m1-speedups\"");
    assert!(!latency.contains("WebNN"));
}

#[test]
fn nothing_is_claimed_where_intervals_overlap_or_machines_differ() {
    let cpu = Device::processor(Platform::Cpu);
    let other = Device::processor(Platform::OpenVino);
    let pair = |ms: f64| {
        let mut rows = Rows::on(rented(), 3);
        let work = encoder(1, 128);
        rows.measured(
            BERT,
            case(BERT, Platform::Cpu, 1, tokens(128)),
            &cpu,
            work,
            180.0,
            40,
        );
        rows.measured(
            BERT,
            case(BERT, Platform::OpenVino, 1, tokens(128)),
            &other,
            work,
            ms,
            40,
        );
        rows.made
    };
    let summary = |rows: &[Row]| {
        between(
            &rendered(rows, Format::Html),
            "<h3 id=\"m1-summary\"",
            "<h3",
        )
        .to_owned()
    };
    assert!(summary(&pair(120.0)).contains("× as fast as the CPU provider (1."));
    assert!(summary(&pair(240.0)).contains("× slower than the CPU provider (1."));
    let alike = summary(&pair(180.0));
    assert!(
        !alike.contains("as fast as") && !alike.contains("slower than"),
        "{alike}"
    );
    assert!(alike.contains("not to be told apart in 1"));
    // On two machines, with other lengths, or with too few samples there is no comparison at all.
    let apart = |change: fn(&mut Row)| {
        let mut rows = pair(120.0);
        change(&mut rows[1]);
        let report = Report::of(&rows, &BTreeMap::new());
        report
            .machines
            .iter()
            .map(|machine| machine.comparisons().len())
            .sum::<usize>()
    };
    assert_eq!(apart(|_| {}), 1);
    assert_eq!(apart(|row| row.machine = workstation()), 0);
    assert_eq!(apart(|row| row.case.lengths.tokens = Some(64)), 0);
    assert_eq!(apart(|row| row.case.settings.threads = 1), 0);
    assert_eq!(
        apart(|row| {
            let Outcome::Measured(found) = &mut row.outcome else {
                panic!()
            };
            found.artifact.is_synthetic = true;
        }),
        0
    );
    assert_eq!(
        apart(|row| {
            let Outcome::Measured(found) = &mut row.outcome else {
                panic!()
            };
            found.samples.get_mut("latency_ms").unwrap().truncate(10);
        }),
        0
    );
}

#[test]
fn what_is_absent_is_said_and_never_zero() {
    let rows = sample();
    let html = rendered(&rows, Format::Html);
    let energy = between(&html, "<h3 id=\"m1-energy\"", "<h3");
    assert!(
        energy.contains("hypervisors hide it")
            && !energy.contains("<svg")
            && !energy.contains("<table")
    );
    let energy = between(&html, "<h3 id=\"m2-energy\"", "<h3");
    assert!(energy.contains("<svg") && energy.contains("J/item"));
    let t5 = between(
        &html,
        "<tr><th scope=\"row\"><details><summary>T5 small",
        "</tr>",
    );
    assert!(html.contains("8 samples, p50 needs 11"), "{t5}");
    let csv = records(&rendered(&rows, Format::Csv));
    let joules = column(&csv, "joules_per_item");
    assert!(joules.iter().all(|joules| joules != "0") && joules.iter().any(String::is_empty));
}

#[test]
fn of_each_case_the_newest_row_counts() {
    let mut rows = on_rented().made;
    let count = rows.len();
    let mut older = rows[0].clone();
    older.id = "0".repeat(32);
    older.started_ms -= 1;
    older.subject.title = "An older one".to_owned();
    rows.push(older);
    let report = Report::of(&rows, &BTreeMap::new());
    assert_eq!(report.rows, count);
    assert!(!render(&report, Format::Json).contains("An older one"));
}

#[test]
fn the_page_needs_nothing_else_and_can_be_read_without_eyes_or_mouse() {
    let html = rendered(&sample(), Format::Html);
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
    for outside in ["src=", "<link", "@import", "http:", "https:"] {
        assert!(!html.contains(outside), "{outside}");
    }
    let charts = html.matches("role=\"img\"").count();
    assert!(charts > 10 && html.matches("<title id=").count() == charts);
    assert_eq!(
        html.matches("<table").count(),
        html.matches("<caption>").count()
    );
    assert!(
        html.matches("<summary>").count() > 100,
        "evidence opens by keyboard"
    );
    assert!(html.contains("synthetic weights") && html.contains("26.3 GiB of weights do not fit"));
}

#[test]
fn nothing_to_report_is_no_failure() {
    let report = Report::of(&[], &BTreeMap::new());
    assert!(report.is_empty());
    for format in Format::ALL {
        assert!(!render(&report, *format).contains("NaN"));
    }
}
