//! `assay hardware`: the platforms of each machine by what was measured of a model.

use clap::Args;

use super::output::{self, Failure, Format};
use super::rows::RowArguments;
use crate::catalog::Catalog;
use crate::report::{Metric, Ranking, ranking_text, rankings};
use crate::store::Filter;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    rows: RowArguments,
    /// What platforms are ranked by: `latency`, `throughput`, `energy` or `memory`.
    #[arg(long, default_value = "latency")]
    metric: Metric,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let filter = Filter {
        is_latest: true,
        ..arguments.rows.filter(catalog)?
    };
    let found = rankings(&arguments.rows.headlines(&filter)?, arguments.metric);
    if found.iter().all(Ranking::is_empty) {
        let reasons = found.iter().flat_map(|ranking| &ranking.absent);
        let mut reasons: Vec<_> = reasons
            .map(|(platform, reason)| format!("{platform}: {reason}"))
            .collect();
        reasons.dedup();
        reasons.truncate(5);
        return Err(Failure::failed(format!(
            "no row has {}; `assay bench MODEL` measures it at the model's full size{}{}",
            arguments.metric,
            if reasons.is_empty() { "" } else { "\n" },
            reasons.join("\n"),
        )));
    }
    match arguments.format {
        Format::Text => output::print(&ranking_text(&found)),
        Format::Json => output::print_json(&serde_json::json!(found)),
    }
}
