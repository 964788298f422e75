//! `assay compare`: two settings, versions or stored rows against each other.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::{Args, Parser};
use metrics::compare::{Rules, Verdict};
use serde_json::json;

use super::bench;
use super::output::{self, Failure, Format};
use super::store::StoreArguments;
use crate::bench::{Duel, Outcome, Row, Side, duel};
use crate::cache::Steps;
use crate::catalog::Catalog;
use crate::error::Error;
use crate::store::{Filter, Store};

/// Time that a process may take with everything.
const LIMIT: Duration = Duration::from_mins(10);
/// Digits from which on hexadecimal text names a row.
const ROW_DIGITS: usize = 6;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What is compared with: a model with flags of `assay bench` in quotes, such as "bert --threads 1", or a row of the store by
    /// its id.
    baseline: String,
    /// What is compared.
    candidate: String,
    /// Flags of `assay bench` for both sides, in quotes.
    #[arg(
        long,
        value_name = "FLAGS",
        default_value = "",
        allow_hyphen_values = true
    )]
    both: String,
    /// Pairs of processes. The more there are, the smaller the differences that are found: 50 find 3 % where processes of the same
    /// program differ by 3 %.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(10..=1000))]
    pairs: u16,
    /// The least difference that matters.
    #[arg(long, value_name = "PERCENT", default_value = "1%", value_parser = bench::values::percent)]
    threshold: f64,
    /// Another version's `assay`, which runs the baseline.
    #[arg(long, value_name = "PROGRAM")]
    baseline_program: Option<PathBuf>,
    /// Another version's `assay`, which runs the candidate.
    #[arg(long, value_name = "PROGRAM")]
    candidate_program: Option<PathBuf>,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    store: StoreArguments,
}

/// The flags of a side, which are those of `assay bench`.
#[derive(Parser)]
#[command(name = "assay bench", no_binary_name = true)]
struct Flags {
    #[command(flatten)]
    bench: bench::Arguments,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    if is_row(&arguments.baseline) && is_row(&arguments.candidate) {
        return stored(arguments);
    }
    let side = |words: &str, program: &Option<PathBuf>| -> Result<Side, Failure> {
        Ok(Side {
            case: case(catalog, words, &arguments.both)?,
            program: program.clone(),
        })
    };
    let baseline = side(&arguments.baseline, &arguments.baseline_program)?;
    let candidate = side(&arguments.candidate, &arguments.candidate_program)?;
    let rules = Rules {
        threshold_percent: arguments.threshold,
        ..Rules::default()
    };
    let is_stopped = Arc::new(AtomicBool::new(false));
    bench::stop_on_signals(&is_stopped)?;
    let pairs = usize::from(arguments.pairs);
    let steps = Steps::new(3 * pairs);
    let found = duel(
        &baseline,
        &candidate,
        pairs,
        rules,
        LIMIT,
        &is_stopped,
        &mut |_, _| steps.passed(),
    );
    drop(steps);
    let found = found?;
    match arguments.format {
        Format::Text => output::print(&told(&found)),
        Format::Json => output::print_json(&json!(found)),
    }
}

/// The one case of a side.
fn case(catalog: &Catalog, words: &str, both: &str) -> Result<crate::bench::Case, Failure> {
    let all = words.split_whitespace().chain(both.split_whitespace());
    let flags = Flags::try_parse_from(all).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let first = first.strip_prefix("error: ").unwrap_or(first);
        Failure::bad_input(format!(
            "`{words}`: {first}; a side is a model and flags of `assay bench`"
        ))
    })?;
    let cases = flags.bench.sweep()?.cases(catalog, None)?;
    match &cases[..] {
        [one] => match &one.skipped {
            None => Ok(one.case.clone()),
            Some((_, reason)) => Err(Failure::failed(format!("`{words}`: {reason}"))),
        },
        several => Err(Failure::bad_input(format!(
            "`{words}` makes {} cases; a side is one",
            several.len()
        ))),
    }
}

fn is_row(text: &str) -> bool {
    text.len() >= ROW_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn told(duel: &Duel) -> String {
    let verdict = verdict(&duel.comparison.verdict);
    let interval = duel
        .interval_percent
        .map_or_else(String::new, |(low, high)| {
            format!(", 95 % interval {low:+.2} to {high:+.2} %")
        });
    let of = |side: &Side| {
        let program = side.program.as_ref();
        let program = program.map_or_else(String::new, |path| format!(" by {}", path.display()));
        format!("{}{program}", side.case)
    };
    let comparison = &duel.comparison;
    format!(
        "baseline   {}\ncandidate  {}\n{verdict}: {:+.2} %{interval} (p = {:.4}, {} pairs of processes; the baseline against \
         itself {:+.2} %, p = {:.4})\n",
        of(&duel.baseline),
        of(&duel.candidate),
        comparison.difference_percent,
        comparison.p,
        comparison.pairs,
        comparison.null_difference_percent,
        comparison.null_p
    )
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Faster => "faster".to_owned(),
        Verdict::Slower => "slower".to_owned(),
        Verdict::NoDifference => "no difference that matters".to_owned(),
        Verdict::Inconclusive { reason } => format!("inconclusive: {reason}"),
    }
}

/// Two stored rows. Each is of one process, so that nothing follows from their difference.
fn stored(arguments: &Arguments) -> Result<(), Failure> {
    let store = arguments.store.open_read_only()?;
    let [baseline, candidate] =
        [&arguments.baseline, &arguments.candidate].map(|id| row(&store, id));
    let (baseline, candidate) = (baseline?, candidate?);
    if baseline.machine != candidate.machine {
        return Err(Failure::bad_input(
            "the rows are of different machines, whose times say nothing about each other",
        ));
    }
    let median = |row: &Row| -> Result<metrics::Estimate, Failure> {
        let Outcome::Measured(measured) = &row.outcome else {
            return Err(Failure::bad_input(format!(
                "{} ({}) was not measured",
                row.id, row.case
            )));
        };
        let first = measured.latency().percentiles_ms().into_iter().next();
        match first {
            Some((_, Ok(median))) => Ok(median),
            Some((_, Err(reason))) => Err(Failure::failed(format!("{}: {reason}", row.id))),
            None => Err(Failure::failed(format!("{}: no sample", row.id))),
        }
    };
    let (one, other) = (median(&baseline)?, median(&candidate)?);
    let difference = (other.value / one.value - 1.0) * 100.0;
    let reason = "each row is of one process, and processes of the same program differ; name a model and flags on both sides to \
                  compare them live";
    match arguments.format {
        Format::Json => output::print_json(&json!({
            "baseline": { "row": baseline.id, "case": baseline.case, "version": baseline.version, "p50_ms": one.value },
            "candidate": { "row": candidate.id, "case": candidate.case, "version": candidate.version, "p50_ms": other.value },
            "difference_percent": difference,
            "verdict": { "inconclusive": { "reason": reason } },
        })),
        Format::Text => {
            let line = |name: &str, row: &Row, median: &metrics::Estimate| {
                format!(
                    "{name:<10} {}  version {}  p50 {:.3} ms [{:.3}, {:.3}]  row {}\n",
                    row.case, row.version, median.value, median.low, median.high, row.id
                )
            };
            output::print(&format!(
                "{}{}inconclusive: {difference:+.2} %; {reason}\n",
                line("baseline", &baseline, &one),
                line("candidate", &candidate, &other)
            ))
        }
    }
}

/// The row whose id begins so.
fn row(store: &impl Store, id: &str) -> Result<Row, Failure> {
    let all = store.headlines(&Filter::default()).map_err(Error::from)?;
    let mut found = all.into_iter().filter(|row| row.id.starts_with(id));
    let (first, second) = (found.next(), found.next());
    let only = match (first, second) {
        (Some(only), None) => only,
        (None, _) => return Err(Failure::bad_input(format!("no row has the id `{id}`"))),
        (Some(_), Some(_)) => {
            return Err(Failure::bad_input(format!(
                "several rows have an id that begins with `{id}`"
            )));
        }
    };
    let rows = store.rows(&Filter {
        ids: vec![only.id],
        ..Filter::default()
    });
    let rows = rows.map_err(Error::from)?;
    rows.into_iter()
        .next()
        .ok_or_else(|| Failure::failed("the row is gone"))
}
