//! `assay bench`: measures models on platforms, and keeps every row.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;
use metrics::tree::Rooted;

use super::options::OptionArguments;
use super::output::{self, Failure};
use super::settings::SettingsArguments;
use crate::bench::{
    Measurement, Metric, Observer, Outcome, Planned, Results, Row, Runner, Scenario, Size, Sweep,
    VERSION,
};
use crate::cache::{Silent, Steps};
use crate::catalog::{Catalog, Platform, Precision};
use crate::checkpoint::{self, CheckpointSpec, SyntheticSize};
use crate::error::Error;
use crate::session::GraphSource;
use crate::store::{Filter, SqliteStore, Store};

/// The database in the folder of results.
const DATABASE: &str = "assay.db";

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each flag stands on its own")]
pub(super) struct Arguments {
    /// Models, families or groups such as `embedding`.
    models: Vec<String>,
    /// Every key model.
    #[arg(long)]
    key_models_only: bool,
    /// Platforms; `cpu` by default.
    #[arg(long, value_delimiter = ',')]
    platform: Vec<Platform>,
    /// Size of the models: `full`, or `tiny` for a smoke test that is never ranked.
    #[arg(long)]
    size: Option<Size>,
    /// Items of a query.
    #[arg(long, value_delimiter = ',', value_name = "N")]
    batch_sizes: Vec<u32>,
    /// Number formats; each cell's first by default.
    #[arg(long, value_delimiter = ',')]
    precision: Vec<Precision>,
    /// Tokens of texts, special ones included.
    #[arg(long, value_delimiter = ',', value_name = "TOKENS")]
    seq: Vec<u32>,
    /// Tokens that decoders add.
    #[arg(long, value_delimiter = ',', value_name = "TOKENS")]
    new_tokens: Vec<u32>,
    /// Width and height of pictures, before they are resized.
    #[arg(long, value_delimiter = ',', value_name = "WxH", value_parser = size)]
    image_size: Vec<(u32, u32)>,
    /// Seconds of sounds.
    #[arg(long, value_delimiter = ',', value_name = "SECONDS")]
    audio_seconds: Vec<f64>,
    /// In which order queries come: `single-stream`, `server` (at random times of a mean rate) or `offline` (all at once).
    #[arg(long, value_delimiter = ',')]
    scenario: Vec<Scenario>,
    /// Queries a second, in the server scenario.
    #[arg(long, value_delimiter = ',', value_name = "RATE")]
    queries_per_second: Vec<f64>,
    /// Copies of the graphs that run at once, in the server and offline scenarios.
    #[arg(long, value_delimiter = ',', value_name = "N")]
    replicas: Vec<u32>,
    /// What is measured beside times. Energy takes windows of idleness.
    #[arg(long, value_delimiter = ',')]
    metrics: Vec<Metric>,
    /// Measure this many queries of each case.
    #[arg(long, value_name = "N", group = "effort")]
    iterations: Option<usize>,
    /// Measure each case for so long, such as `30s` or `2m`.
    #[arg(long, group = "effort", value_parser = seconds)]
    duration: Option<f64>,
    /// Measure until half the 95 % interval of the median is this share of it, such as `2%`: the default, for 10 s at most.
    #[arg(long, group = "effort", value_parser = percent, value_name = "PERCENT")]
    target_precision: Option<f64>,
    /// End a case that takes longer with everything, such as `10m`.
    #[arg(long, value_parser = seconds, value_name = "TIME")]
    limit: Option<f64>,
    /// Checkpoint: `hub`, `hub:<id>[@revision]`, a folder, `synthetic[:full][:<seed>]` or `reference`. By default made-up weights of
    /// the wanted size: no time depends on their values.
    #[arg(long)]
    checkpoint: Option<CheckpointSpec>,
    /// `shipped` runs the checkpoint's own ONNX files.
    #[arg(long, value_name = "SOURCE")]
    onnx: Option<GraphSource>,
    /// A plan in YAML or TOML, whose keys are those of these flags; flags that are given come before it.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Leave out cases that this machine has measured with this version.
    #[arg(long)]
    resume: bool,
    /// Keep the made-up checkpoints of full size and their exports, which take gigabytes.
    #[arg(long)]
    keep_models: bool,
    /// List the cases, and measure none.
    #[arg(long)]
    dry_run: bool,
    /// Folder for the database and the reports.
    #[arg(long, value_name = "DIR", default_value = "benchmark_results")]
    output_dir: PathBuf,
    #[command(flatten)]
    settings: SettingsArguments,
    #[command(flatten)]
    provider: OptionArguments,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let sweep = arguments.sweep()?;
    let memory = metrics::memory_bytes(&Rooted::system(), "MemTotal");
    let mut planned = sweep.cases(catalog, memory)?;
    let is_stopped = Arc::new(AtomicBool::new(false));
    let mut runner = Runner::new(&sweep, Arc::clone(&is_stopped))?;
    if arguments.dry_run {
        let lines = planned.iter().map(|one| match &one.skipped {
            None => format!("{}\n", one.case),
            Some((kind, reason)) => format!("{}: left out: {kind}: {reason}\n", one.case),
        });
        return output::print(&lines.collect::<String>());
    }
    fs::create_dir_all(&arguments.output_dir).map_err(|error| {
        let folder = arguments.output_dir.display();
        Failure::bad_input(format!(
            "cannot make {folder}: {error}; name another `--output-dir`"
        ))
    })?;
    let store = SqliteStore::open(&arguments.output_dir.join(DATABASE)).map_err(Error::from)?;
    let all: Vec<String> = planned.iter().map(|one| one.case.id()).collect();
    if arguments.resume {
        let done = done(&store, &runner, &all)?;
        let before = planned.len();
        planned.retain(|one| !done.contains(&one.case.id()));
        output::remark(&format!(
            "{} of {before} cases are there already",
            before - planned.len()
        ));
    }
    if cfg!(debug_assertions) {
        output::remark(
            "this program is not optimised: choosing tokens takes longer than it should, and rows say so; \
             `cargo run --release --package generated --bin assay -- bench` measures as users run",
        );
    }
    stop_on_signals(&is_stopped)?;
    let mut progress = Watched {
        store: &store,
        models: Models {
            catalog,
            is_kept: arguments.keep_models,
            last: None,
        },
        steps: Steps::new(planned.len()),
        failed: 0,
    };
    let begun = runner.run(&planned, &mut progress)?;
    progress.models.forget()?;
    let failed = progress.failed;
    drop(progress);
    let rows = store.rows(&Filter {
        cases: all,
        is_latest: true,
        ..Filter::default()
    });
    let results = Results { rows: rows? };
    output::print(&write_results(&arguments.output_dir, &results)?)?;
    if begun < planned.len() {
        return Err(Failure::failed(format!(
            "stopped: {begun} of {} cases are done and kept; the same command with `--resume` does the rest",
            planned.len()
        )));
    }
    if failed > 0 {
        return Err(Failure::failed(format!("{failed} of {begun} cases failed")));
    }
    Ok(())
}

/// The cases that this machine has measured with this version.
fn done(
    store: &SqliteStore,
    runner: &Runner,
    cases: &[String],
) -> Result<BTreeSet<String>, Failure> {
    let machines = store.machines().map_err(Error::from)?;
    let here = machines
        .iter()
        .find(|(_, machine)| *machine == runner.machine());
    let Some((here, _)) = here else {
        return Ok(BTreeSet::new());
    };
    let found = store.headlines(&Filter {
        cases: cases.to_vec(),
        states: vec!["measured".to_owned(), "simulated".to_owned()],
        machine: Some(here.clone()),
        ..Filter::default()
    });
    let found = found.map_err(Error::from)?.into_iter();
    let of_version = found.filter(|row| row.version == VERSION);
    Ok(of_version.map(|row| row.case_id).collect())
}

/// Keeps rows as they come, and says so.
struct Watched<'s> {
    store: &'s SqliteStore,
    models: Models<'s>,
    steps: Steps,
    failed: usize,
}

/// Removes made-up checkpoints of full size when their cases are over: together they would take tens of gigabytes.
struct Models<'s> {
    catalog: &'s Catalog,
    is_kept: bool,
    last: Option<(String, CheckpointSpec)>,
}

impl Models<'_> {
    /// A case begins.
    fn begins(&mut self, planned: &Planned) -> Result<(), Error> {
        let spec: CheckpointSpec = planned.case.checkpoint.parse()?;
        let next = (planned.case.model.clone(), spec);
        if self.last.as_ref() != Some(&next) {
            self.forget()?;
        }
        self.last = planned.skipped.is_none().then_some(next);
        Ok(())
    }

    /// Removes what the last case used.
    fn forget(&mut self) -> Result<(), Error> {
        let Some((model, spec)) = self.last.take().filter(|_| !self.is_kept) else {
            return Ok(());
        };
        let is_full = matches!(
            spec,
            CheckpointSpec::Synthetic {
                size: SyntheticSize::Full,
                ..
            }
        );
        if let (true, Ok(entry)) = (is_full, self.catalog.find(&model)) {
            let policy = checkpoint::Policy::from_env()?;
            checkpoint::forget(&spec, entry.model, &policy, &Silent)?;
        }
        Ok(())
    }
}

impl Observer for Watched<'_> {
    fn begins(&mut self, planned: &Planned) -> Result<(), Error> {
        self.steps.begins(&planned.case.to_string());
        self.models.begins(planned)
    }

    fn ended(&mut self, row: &Row) -> Result<(), Error> {
        self.store.append(row)?;
        self.failed += usize::from(matches!(row.outcome, Outcome::Failed { .. }));
        self.steps.ended(&line(row));
        Ok(())
    }
}

/// What became of a case, in one line.
fn line(row: &Row) -> String {
    let told = match &row.outcome {
        Outcome::Measured(measured) => measured_line(measured),
        Outcome::Simulated(simulated) => match simulated.predicted_ms.value() {
            Some(ms) => format!("simulated; predicted {ms:.2} ms"),
            None => "simulated; no time is predicted".to_owned(),
        },
        Outcome::Failed { kind, error } => format!("FAILED ({kind}): {error}"),
        Outcome::Skipped { kind, reason } => format!("left out ({kind}): {reason}"),
    };
    format!("{}: {told}", row.case)
}

fn measured_line(measured: &Measurement) -> String {
    let latency = measured.latency();
    let count = latency.samples_ms().len();
    let median = latency.percentiles_ms().into_iter().next();
    let mut text = match (median, latency.range_ms()) {
        (Some((_, Ok(p50))), _) => {
            format!(
                "p50 {:.3} ms [{:.3}, {:.3}] of {count}",
                p50.value, p50.low, p50.high
            )
        }
        (_, Some((low, high))) => format!("{low:.3} to {high:.3} ms, {count} samples"),
        _ => "no sample".to_owned(),
    };
    if let Some(rate) = measured.throughput_items_per_second.value() {
        text.push_str(&format!(", {rate:.1} items/s"));
    }
    if let Some(bytes) = measured.peak_rss_bytes.value() {
        text.push_str(&format!(", {:.0} MiB", *bytes as f64 / f64::from(1 << 20)));
    }
    if !measured.settling.is_steady {
        text.push_str(" (had not settled)");
    }
    text
}

/// Writes the newest rows of the sweep's cases in every form; gives what was written, a line each.
fn write_results(folder: &Path, results: &Results) -> Result<String, Failure> {
    let mut written = format!("{}\n", folder.join(DATABASE).display());
    let forms: [(&str, fn(&Results, &Path) -> Result<(), Error>); 4] = [
        ("results.json", Results::export_json),
        ("results.csv", Results::export_csv),
        ("report.md", Results::export_markdown),
        ("report.html", Results::export_html),
    ];
    for (name, export) in forms {
        let file = folder.join(name);
        export(results, &file)?;
        written.push_str(&format!("{}\n", file.display()));
    }
    Ok(written)
}

/// Lets the case that runs be the last when the user interrupts; a second time ends the process at once.
pub(super) fn stop_on_signals(is_stopped: &Arc<AtomicBool>) -> Result<(), Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 130, Arc::clone(is_stopped))?;
        flag::register(signal, Arc::clone(is_stopped))?;
    }
    Ok(())
}

impl Arguments {
    /// The plan with what the flags say.
    pub(super) fn sweep(&self) -> Result<Sweep, Failure> {
        let mut sweep = match &self.plan {
            Some(file) => Sweep::read(file)?,
            None => Sweep::default(),
        };
        fn list<T: Clone>(into: &mut Vec<T>, given: &[T]) {
            if !given.is_empty() {
                *into = given.to_vec();
            }
        }
        list(&mut sweep.models, &self.models);
        list(&mut sweep.platforms, &self.platform);
        list(&mut sweep.batch_sizes, &self.batch_sizes);
        list(&mut sweep.precisions, &self.precision);
        list(&mut sweep.sequences, &self.seq);
        list(&mut sweep.new_tokens, &self.new_tokens);
        list(&mut sweep.images, &self.image_size);
        list(&mut sweep.audio_seconds, &self.audio_seconds);
        list(&mut sweep.scenarios, &self.scenario);
        list(&mut sweep.queries_per_second, &self.queries_per_second);
        list(&mut sweep.replicas, &self.replicas);
        list(&mut sweep.metrics, &self.metrics);
        list(&mut sweep.options, self.provider.texts());
        sweep.key_models_only |= self.key_models_only;
        sweep.size = self.size.unwrap_or(sweep.size);
        sweep.checkpoint = self.checkpoint.clone().or(sweep.checkpoint);
        sweep.graph = self.onnx.or(sweep.graph);
        sweep.limit_seconds = self.limit.or(sweep.limit_seconds);
        if self.iterations.is_some() || self.duration.is_some() || self.target_precision.is_some() {
            sweep.iterations = self.iterations;
            sweep.duration_seconds = self.duration;
            sweep.target_precision_percent = self.target_precision;
        }
        let settings = self.settings.settings();
        if settings != crate::engine::Settings::default() {
            sweep.settings = vec![settings];
        }
        Ok(sweep)
    }
}

/// `640x480`.
pub(super) fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once(['x', '×']);
    let sides = sides.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    sides.ok_or_else(|| "expected a width and a height in pixels, such as 640x480".to_owned())
}

/// `2%`, or `2`.
pub(super) fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse();
    number.map_err(|_| "expected a number of percent, such as 2%".to_owned())
}

/// `30s`, `2m`, `500ms`, or `30`.
fn seconds(text: &str) -> Result<f64, String> {
    let units = [
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("", 1.0),
    ];
    let found = units.iter().find_map(|(unit, seconds)| {
        let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        Some(number * seconds)
    });
    found.ok_or_else(|| "expected a time, such as 500ms, 30s or 2m".to_owned())
}
