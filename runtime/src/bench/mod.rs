//! Benchmarks: what is measured of which case, and what became of it.

mod artifact;
mod benchmark;
mod case;
mod choices;
mod count;
mod duel;
mod effort;
mod figures;
mod graph_runs;
mod measure;
mod parts;
mod row;
mod runner;
mod scenario;
mod subject;
mod sweep;
mod watch;
mod workload;

pub use benchmark::{Benchmark, Results};
pub use case::{Case, Lengths, Scenario, Size};
pub use count::{Counted, count};
pub use duel::{Duel, Processes, Side, duel};
pub use effort::{Effort, Until};
pub(crate) use graph_runs::held;
pub(crate) use measure::load_options;
pub use measure::{Order, latency, measure};
pub use row::{
    Artifact, Component, Conditions, GraphRuns, Measurement, NodeGroup, Outcome, RoofFigures, Row,
    Settling, Simulation, Subject, WorkFigures,
};
pub use runner::{Observer, Runner, VERSION};
pub use sweep::{Metric, Planned, Sweep};
pub use workload::{Takes, Workload};
