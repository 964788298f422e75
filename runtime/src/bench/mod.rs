//! Benchmarks: what is measured of which case, and what became of it.

mod case;
mod row;

pub use case::{Case, Lengths, Scenario, Size};
pub use row::{
    Artifact, Component, Conditions, GraphRuns, Measurement, Outcome, RoofFigures, Row, Settling,
    Simulation, Subject, WorkFigures,
};
