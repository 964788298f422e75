//! Makes a store of many rows, and times what reports and trends ask of it.
//!
//! `cargo run -p runtime --example million_rows -- FILE [ROWS]`: a file that is there is timed as it is.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for developers"
)]

#[path = "../tests/store/rows.rs"]
mod rows;

use std::env;
use std::path::PathBuf;
use std::time::Instant;

use runtime::bench::{Case, Outcome, Row, Subject};
use runtime::store::{Filter, SqliteStore, Store};

use rows::{Random, measured_row};

const CASES: u64 = 2_000;
const MACHINES: u64 = 4;
const SAMPLES: usize = 12;

/// Rows of one transaction.
const BATCH: usize = 2_000;

/// Makes rows of two thousand cases of fifty models and ten families on four machines, a minute apart.
struct Maker {
    random: Random,
    template: Row,
    cases: Vec<(Case, Subject)>,
    made: i64,
}

impl Maker {
    fn new() -> Self {
        let mut random = Random(41);
        let template = measured_row(&mut random);
        let case = |number| {
            let mut row = template.clone();
            row.case.model = format!("model-{}", number % 50);
            row.case.batch = 1 + (number / 50) as u32;
            row.subject.family = format!("family-{}", number % 10);
            row.subject.title = format!("Model {}", number % 50);
            (row.case, row.subject)
        };
        Self {
            cases: (0..CASES).map(case).collect(),
            random,
            template,
            made: 0,
        }
    }

    fn row(&mut self) -> Row {
        let (case, subject) = &self.cases[self.random.below(CASES) as usize];
        let mut row = self.template.clone();
        row.id = self.random.id();
        row.case = case.clone();
        row.subject = subject.clone();
        row.machine.cpus = 1 << self.random.below(MACHINES);
        row.started_ms += self.made * 60_000;
        if let Outcome::Measured(measurement) = &mut row.outcome {
            let mean_ms = 1.0 + 99.0 * self.random.share();
            let samples = (0..SAMPLES).map(|_| self.random.latency_ms(mean_ms));
            measurement.samples = [("latency_ms".to_owned(), samples.collect())].into();
            measurement.load_ms = self.random.share() * 1e3;
        }
        self.made += 1;
        row
    }
}

fn time<T>(what: &str, work: impl Fn() -> T, count: fn(&T) -> usize) {
    let mut times_ms: Vec<f64> = Vec::new();
    let mut found = 0;
    for _ in 0..7 {
        let start = Instant::now();
        found = count(&work());
        times_ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let first = times_ms[0];
    times_ms.sort_by(f64::total_cmp);
    println!(
        "{what}: {found} in {:.1} ms, the first time {first:.1} ms",
        times_ms[3]
    );
}

fn main() {
    let mut arguments = env::args().skip(1);
    let path = PathBuf::from(arguments.next().expect("a file to make or to time"));
    let count = arguments
        .next()
        .map_or(1_000_000, |text| text.parse().expect("a number of rows"));
    if !path.exists() {
        let store = SqliteStore::open(&path).unwrap();
        let (start, mut maker) = (Instant::now(), Maker::new());
        for made in (0..count).step_by(BATCH) {
            let rows: Vec<_> = (0..BATCH.min(count - made)).map(|_| maker.row()).collect();
            store.append_all(&rows).unwrap();
            if made % 50_000 == 0 {
                let seconds = start.elapsed().as_secs_f64();
                println!("{} rows after {seconds:.1} s", made + rows.len());
            }
        }
    }
    let start = Instant::now();
    let store = SqliteStore::open_read_only(&path).unwrap();
    println!("opened in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let latest = Filter {
        is_latest: true,
        ..Filter::default()
    };
    let ask = |what: &str, filter: &Filter| {
        time(what, || store.headlines(filter).unwrap(), Vec::len);
    };
    let case = store
        .headlines(&Filter {
            limit: Some(1),
            ..Filter::default()
        })
        .unwrap()
        .remove(0);
    ask(
        "the newest rows of a model",
        &Filter {
            models: vec!["model-7".to_owned()],
            ..latest.clone()
        },
    );
    ask(
        "the newest measured rows of a family",
        &Filter {
            families: vec!["family-3".to_owned()],
            states: vec!["measured".to_owned()],
            ..latest.clone()
        },
    );
    ask("the newest rows of all", &latest);
    ask(
        "the trend of a case",
        &Filter {
            cases: vec![case.case_id.clone()],
            ..Filter::default()
        },
    );
    ask(
        "the trend of a case on a machine",
        &Filter {
            cases: vec![case.case_id],
            machine: Some(case.machine),
            ..Filter::default()
        },
    );
    ask(
        "the last twenty rows",
        &Filter {
            limit: Some(20),
            ..Filter::default()
        },
    );
    ask(
        "the newest rows of a model half the time ago",
        &Filter {
            models: vec!["model-7".to_owned()],
            until_ms: store
                .census()
                .unwrap()
                .span_ms
                .map(|(first, last)| first.midpoint(last)),
            ..latest
        },
    );
    time(
        "the census",
        || store.census().unwrap(),
        |census| census.rows.len(),
    );
    let census = store.census().unwrap();
    println!(
        "{} rows, {:.0} bytes a row, {:.2} bytes a sample",
        census.rows.values().sum::<u64>(),
        census.bytes as f64 / census.rows.values().sum::<u64>() as f64,
        census.sample_bytes as f64 / census.samples as f64
    );
}
