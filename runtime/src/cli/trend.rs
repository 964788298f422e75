//! `assay trend`: how figures changed over time, and the best platform of each model.

use clap::Args;
use serde_json::json;

use super::output::{self, Failure, Format};
use super::rows::RowArguments;
use crate::catalog::Catalog;
use crate::report::{Metric, Rules, best_platforms, trend_text, trends};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    rows: RowArguments,
    /// Figure: `latency`, `throughput`, `energy` or `memory`.
    #[arg(long, default_value = "latency")]
    metric: Metric,
    /// Largest probability with which a change is found where there is none.
    #[arg(long, value_name = "P", default_value_t = Rules::default().level, value_parser = probability)]
    level: f64,
    /// Smallest change that matters, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = Rules::default().threshold_percent, value_parser = percent)]
    threshold: f64,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let rows = arguments.rows.headlines(&arguments.rows.filter(catalog)?)?;
    let rules = Rules {
        level: arguments.level,
        threshold_percent: arguments.threshold,
    };
    let trends = trends(&rows, arguments.metric, rules);
    if trends.is_empty() {
        return Err(Failure::failed(format!(
            "no row has {}; `assay bench MODEL` measures it at the model's full size",
            arguments.metric
        )));
    }
    let best = best_platforms(&rows);
    match arguments.format {
        Format::Text => output::print(&trend_text(&trends, &best)),
        Format::Json => output::print_json(&json!({ "trends": trends, "best": best })),
    }
}

fn probability(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    // A thousand orders tell no smaller probabilities.
    if (0.001..=0.5).contains(&value) {
        return Ok(value);
    }
    Err("from 0.001 to 0.5".to_owned())
}

fn percent(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1000.0).contains(&value) {
        return Ok(value);
    }
    Err("from 0 to 1000".to_owned())
}
