//! Measures one case in this process.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use metrics::Quantity;
use metrics::memory::ProcessMemory;
use metrics::tree::{Rooted, Tree};
use serde::{Deserialize, Serialize};

use super::effort::{Effort, milliseconds};
use super::figures::{real, typical};
use super::graph_runs::together;
use super::parts::Parts;
use super::scenario::{self, Loop};
use super::subject::{Repeat, Subject, span};
use super::watch::{Device, Energy, Surroundings};
use super::workload::Workload;
use super::{
    Artifact, Case, Component, Measurement, Outcome, RoofFigures, Simulation, WorkFigures,
};
use crate::catalog::Platform;
use crate::contract::Exercise;
use crate::cost::RunCost;
use crate::engine::ProviderOptions;
use crate::error::Error;
use crate::session::{Graph, LoadOptions, Run, Session, Traced};
use crate::skill::Skill;
use crate::task::Task;
use crate::tensor::NamedTensors;

/// What is to be measured, and how thoroughly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The case.
    pub case: Case,
    /// How much is measured.
    pub effort: Effort,
    /// Whether energy is read: it takes windows of idleness, and a longer loop where the counter is slow.
    pub has_power: bool,
    /// The device's measured peaks, or why there are none.
    pub roof: RoofFigures,
}

/// Calls that are timed beside queries that are graphs alone, and the share of the limit that they may take.
const CALLS: (usize, f64) = (11, 0.1);

/// Measures a case of a skill in this process, whose memory before loading is that of nothing else.
///
/// # Errors
/// A skill that does not load, lengths that it does not take, or a run that fails.
pub fn measure<T: Exercise + Workload>(skill: Skill<T>, order: &Order) -> Result<Outcome, Error> {
    let case = &order.case;
    let tree = Rooted::system();
    let memory = ProcessMemory::begin(&tree);
    let device = Device::begin(case.platform);
    let session = skill.load(&load_options(case)?)?;
    let inputs = T::items(session.processor(), &case.lengths, case.batch as usize)?;
    let (first, traced) = session.trace(&inputs)?;
    let costs = costs(&session, &traced);
    let work = WorkFigures::of(&costs);
    if !first.execution.is_native() {
        return Ok(Outcome::Simulated(Box::new(simulation(
            &session, &first, work,
        ))));
    }
    let subject = Subject::new(&session, &inputs, &traced)?;
    let settling = order
        .effort
        .settle(|| subject.query().map(|sampled| sampled.latency))?;
    let energy = if order.has_power {
        Energy::begin(case.platform, &tree, order.effort.limit.mul_f64(2.0))
    } else {
        Energy::unwanted()
    };
    let surroundings = Surroundings::begin(&tree);
    energy.open();
    let done = scenario::run(case, &order.effort, energy.least(), &|| subject.query())?;
    energy.close();
    let conditions = surroundings.end(&tree);
    let calls = if subject.is_replayed() {
        calls(&subject, order.effort.limit.mul_f64(CALLS.1))?
    } else {
        Vec::new()
    };
    let graphs: Vec<_> = traced.iter().map(|run| run.graph).collect();
    let parts = Parts::of(&graphs, case.lengths.new_tokens);
    let samples = samples(&done, &parts, calls);
    let items = done.queries.len() as u64 * u64::from(case.batch);
    let seconds = typical(&samples, "latency_ms").map(|ms| ms / 1e3);
    let rate = |count: f64| {
        let rate = count / done.wall.as_secs_f64();
        Quantity::measured(rate, "monotonic clock", Duration::ZERO)
            .finite("throughput_items_per_second")
    };
    let of_loop =
        |quantity: &Quantity<u64>| real(quantity).map(|one| one * done.queries.len() as f64);
    let operations = work
        .flops
        .combine(&work.other_operations, |flops, others| flops + others);
    let execution = session.graphs().latest();
    Ok(Outcome::Measured(Box::new(Measurement {
        execution: execution.to_json(),
        placement: execution.to_string(),
        artifact: Artifact::of(&session),
        graphs: together(traced.iter().enumerate().map(|(place, run)| {
            let cost = costs.as_ref().ok().and_then(|costs| costs.get(place));
            (run.graph, &run.givens, cost)
        })),
        load_ms: milliseconds(session.load_time()),
        first_run_ms: milliseconds(span(&first.steps)),
        settling,
        items,
        wall_seconds: done.wall.as_secs_f64(),
        throughput_items_per_second: rate(items as f64),
        decode_tokens_per_second: tokens(&samples, "inter_token_ms", f64::from(case.batch)),
        prefill_tokens_per_second: tokens(
            &samples,
            "time_to_first_token_ms",
            f64::from(case.batch * case.lengths.tokens.unwrap_or(0)),
        ),
        energy: energy.figures(&metrics::energy::Work {
            operations: of_loop(&operations),
            flops: of_loop(&work.flops),
            items: Quantity::measured(items as f64, "counted", Duration::ZERO),
        }),
        conditions,
        components: components(&parts, &costs, &samples, order),
        roofline: work.below(&order.roof, &seconds),
        roof: order.roof.clone(),
        work,
        samples,
        peak_rss_bytes: process_memory(case.platform, &memory, &tree),
        device_peak_bytes: device.end(),
    })))
}

/// Times of whole calls in milliseconds: a few, and one at least, of which none is begun after so long.
fn calls<T: Task>(subject: &Subject<'_, T>, most: Duration) -> Result<Vec<f64>, Error> {
    let start = Instant::now();
    let mut calls = Vec::new();
    while calls.is_empty() || (calls.len() < CALLS.0 && start.elapsed() < most) {
        calls.push(milliseconds(subject.call()?.call.unwrap_or_default()));
    }
    Ok(calls)
}

/// Latencies of one graph on these inputs in milliseconds, after it has settled, as a case measures them.
///
/// # Errors
/// A run that fails.
pub fn latency(
    graph: &Graph,
    feeds: &NamedTensors,
    effort: &Effort,
) -> Result<metrics::Latency, Error> {
    let repeat = Repeat::of("model", graph, feeds);
    effort.settle(|| repeat.query().map(|sampled| sampled.latency))?;
    let done = scenario::single_stream(effort, Duration::ZERO, &|| repeat.query())?;
    let latencies = done.queries.iter().map(|query| milliseconds(query.latency));
    Ok(latencies.collect())
}

pub(crate) fn load_options(case: &Case) -> Result<LoadOptions, Error> {
    let invalid = |error: &dyn std::fmt::Display| Error::InvalidInput(error.to_string());
    Ok(LoadOptions {
        checkpoint: case.checkpoint.parse()?,
        graph: case.graph.parse().map_err(|error| invalid(&error))?,
        precision: Some(case.precision),
        replicas: NonZeroUsize::new(case.replicas as usize).unwrap_or(NonZeroUsize::MIN),
        settings: case.settings.clone(),
        provider: ProviderOptions::parse(&case.options, &[case.platform])?,
        ..LoadOptions::default()
    })
}

/// What each run of a query costs, or why that is not known.
fn costs<T: Task>(session: &Session<T>, traced: &[Traced]) -> Result<Vec<RunCost>, String> {
    traced
        .iter()
        .map(|run| session.cost(run.graph, &run.givens))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.chain())
}

fn simulation<T: Task, O>(session: &Session<T>, run: &Run<O>, work: WorkFigures) -> Simulation {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let (predicted_ms, interval_ms, profile) = match &run.predicted {
        Ok(prediction) => {
            let profile = prediction.profile;
            let method = format!("roofline of {} ({})", profile.device, profile.library);
            let error = metrics::ModelError::Percent(profile.held_out.error_percent);
            let (low, high) = prediction.interval;
            (
                Quantity::modelled(milliseconds(prediction.time), method, error),
                Some((milliseconds(low), milliseconds(high))),
                Some(format!("{} ({})", profile.device, profile.library)),
            )
        }
        Err(reason) => (Quantity::unavailable(reason.to_string()), None, None),
    };
    Simulation {
        execution: run.execution.to_json(),
        placement: run.execution.to_string(),
        artifact: Artifact::of(session),
        predicted_ms,
        interval_ms,
        profile,
        work,
    }
}

/// All samples by name.
fn samples(done: &Loop, parts: &Parts, calls: Vec<f64>) -> BTreeMap<String, Vec<f64>> {
    let latencies = done.queries.iter().map(|query| query.latency);
    let mut samples = BTreeMap::new();
    samples.insert(
        "latency_ms".to_owned(),
        latencies.map(milliseconds).collect(),
    );
    let whole = done.queries.iter().filter_map(|query| query.call);
    let whole: Vec<f64> = whole.map(milliseconds).chain(calls).collect();
    for (name, series) in [
        ("call_ms", whole),
        ("response_ms", done.response_ms.clone()),
    ] {
        if !series.is_empty() {
            samples.insert(name.to_owned(), series);
        }
    }
    for query in &done.queries {
        parts.add(query, &mut samples);
    }
    samples
}

/// Tokens a second, of so many that each sample stands for.
fn tokens(samples: &BTreeMap<String, Vec<f64>>, name: &str, each: f64) -> Quantity {
    if each == 0.0 || !samples.contains_key(name) {
        return Quantity::unavailable("no decoder adds tokens here, one after the other");
    }
    typical(samples, name).map(|ms| each / ms * 1e3)
}

/// The parts of a query, each with what one of its runs computes on the average.
fn components(
    parts: &Parts,
    costs: &Result<Vec<RunCost>, String>,
    samples: &BTreeMap<String, Vec<f64>>,
    order: &Order,
) -> Vec<Component> {
    let of = |name: &&'static str| {
        let places: Vec<usize> = (0..parts.of_runs.len())
            .filter(|place| parts.of_runs[*place] == *name)
            .collect();
        // Steps of a decoder differ by what it remembers: the one in the middle stands for them.
        let middle = places[places.len() / 2];
        let run = costs.clone().map(|costs| vec![costs[middle].clone()]);
        let work = WorkFigures::of(&run);
        let seconds = typical(samples, &format!("{name}_ms")).map(|ms| ms / 1e3);
        Component {
            name: (*name).to_owned(),
            graph: parts.graphs[middle].to_owned(),
            runs_per_query: places.len() as f64,
            roofline: work.below(&order.roof, &seconds),
            work,
        }
    };
    parts.names().iter().map(of).collect()
}

/// Peak of this process, where that is what computes.
fn process_memory(platform: Platform, memory: &ProcessMemory, tree: &dyn Tree) -> Quantity<u64> {
    if platform == Platform::WebNn {
        return Quantity::unavailable("the graphs run in the browser's processes");
    }
    memory.end(tree)
}
