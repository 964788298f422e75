//! Benchmarks: what is measured of which case, and what became of it.

mod artifact;
mod case;
mod choices;
mod effort;
mod figures;
mod measure;
mod parts;
mod row;
mod runner;
mod scenario;
mod subject;
mod sweep;
mod watch;
mod workload;

pub use case::{Case, Lengths, Scenario, Size};
pub use effort::{Effort, Until};
pub use measure::{Order, measure};
pub use row::{
    Artifact, Component, Conditions, GraphRuns, Measurement, Outcome, RoofFigures, Row, Settling,
    Simulation, Subject, WorkFigures,
};
pub use runner::{Observer, Runner};
pub use sweep::{Metric, Planned, Sweep};
pub use workload::{Takes, Workload};
