//! Counts what a query of a case would have to do, without weights and without running it.

use super::graph_runs::together;
use super::measure::load_options;
use super::workload::Workload;
use super::{Case, GraphRuns, Size};
use crate::checkpoint::SyntheticSize;
use crate::cost::RunCost;
use crate::error::Error;
use crate::predict::Work;
use crate::session::Counting;
use crate::skill::Skill;

/// What a query of a case would have to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The graphs that it would run, as a measured row has them.
    pub graphs: Vec<GraphRuns>,
    /// The same as profiles of devices take it, run by run.
    pub work: Vec<Work>,
    /// Bytes of the weights in the files of its graphs.
    pub weight_bytes: u64,
}

/// Counts what a query of a case would have to do at the size of the case, by the registry's configuration of the model.
///
/// # Errors
/// A model without a configuration of that size, lengths that it does not take, or graphs in which data decides what there is
/// to do.
pub fn count<T: Workload>(skill: Skill<T>, case: &Case) -> Result<Counted, Error> {
    let size = match case.size {
        Size::Tiny => SyntheticSize::Tiny,
        Size::Full => SyntheticSize::Full,
    };
    let counting = Counting::new(skill, size, &load_options(case)?)?;
    let items = T::items(counting.processor(), &case.lengths, case.batch as usize)?;
    let query = counting.count(&items)?;
    let unknown = || {
        Error::InvalidInput(format!(
            "what the graphs of {} have to do is not known of every node",
            case.model
        ))
    };
    let work = query.runs.iter().map(|(_, _, cost)| Work::of_cost(cost));
    let work = work.collect::<Option<Vec<_>>>().ok_or_else(unknown)?;
    let runs: Vec<_> = query
        .runs
        .into_iter()
        .map(|(graph, givens, cost)| {
            let cost = RunCost {
                graph: cost,
                runs: 1,
            };
            (graph, givens, cost)
        })
        .collect();
    let runs = runs
        .iter()
        .map(|(graph, givens, cost)| (graph.as_str(), givens, Some(cost)));
    Ok(Counted {
        graphs: together(runs),
        work,
        weight_bytes: query.weight_bytes,
    })
}
