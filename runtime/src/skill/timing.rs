//! Timings of an answer, for people and for programs.

use std::time::Duration;

use metrics::{Latency, TooFewSamples};

use crate::predict::{Prediction, Unpredicted};
use crate::session::{Run, Timing};

/// Timings in milliseconds: load, first run and steady state apart. Simulated runs have none.
pub(super) fn to_json(load: Duration, first: &Timing, steady: &Latency) -> serde_json::Value {
    let Some(run) = first.graphs else {
        return serde_json::json!({ "unavailable": "simulated: nothing ran on the platform" });
    };
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let mut percentiles = serde_json::Map::new();
    for (name, estimate) in steady.percentiles_ms() {
        let value = match estimate {
            Ok(found) => {
                serde_json::json!({ "value": found.value, "low": found.low, "high": found.high })
            }
            Err(absent) => serde_json::json!({ "unavailable": absent.to_string() }),
        };
        percentiles.insert(name.to_owned(), value);
    }
    serde_json::json!({
        "load_ms": ms(load),
        "first_run_ms": ms(run),
        "first_call_ms": ms(first.total),
        "latency_ms": { "samples": steady.samples_ms(), "percentiles": percentiles },
    })
}

/// One line on the steady state; nothing where there was one run only.
pub(super) fn to_text(first: &Timing, steady: &Latency) -> String {
    let (Some(run), Some((fastest, slowest))) = (first.graphs, steady.range_ms()) else {
        return String::new();
    };
    let mut text = format!(
        "first run {:.2} ms; {} further runs: {fastest:.2} to {slowest:.2} ms",
        run.as_secs_f64() * 1e3,
        steady.samples_ms().len()
    );
    let mut absent: Option<TooFewSamples> = None;
    for (name, estimate) in steady.percentiles_ms() {
        match estimate {
            Ok(found) => {
                text.push_str(&format!(
                    ", {name} {:.2} [{:.2}, {:.2}]",
                    found.value, found.low, found.high
                ));
            }
            Err(reason) => absent = absent.or(Some(reason)),
        }
    }
    if let Some(reason) = absent {
        text.push_str(&format!(" ({reason})"));
    }
    text.push('\n');
    text
}

/// What the graphs of one run would take, in milliseconds, or why nobody knows. It never stands among what was measured.
pub(super) fn predicted_to_json(predicted: &Result<Prediction, Unpredicted>) -> serde_json::Value {
    match predicted {
        Ok(prediction) => prediction.to_json(),
        Err(reason) => serde_json::json!({ "unavailable": reason.to_string() }),
    }
}

/// One line on what was predicted: beside what was measured, or in its place where the run is simulated.
pub(super) fn predicted_to_text<O>(run: &Run<O>) -> String {
    match (&run.predicted, run.execution.is_native()) {
        (Ok(prediction), _) => format!("{prediction}\n"),
        (Err(reason), false) => format!("no time is predicted: {reason}\n"),
        (Err(_), true) => String::new(),
    }
}
