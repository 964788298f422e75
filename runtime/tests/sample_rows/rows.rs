//! Rows one after the other, each a minute after the one before.

use metrics::Environment;
use runtime::bench::{Case, Outcome, Row, Simulation, Subject};

use super::figures::{artifact, component, measurement};
use super::{BEGUN_MS, Device, Model, Random, Work};

/// Makes rows one after the other.
pub(crate) struct Rows {
    random: Random,
    machine: Environment,
    pub(crate) made: Vec<Row>,
}

impl Rows {
    pub(crate) fn on(machine: Environment, seed: u64) -> Self {
        Self {
            random: Random(seed),
            machine,
            made: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, model: Model, case: Case, outcome: Outcome) -> &mut Row {
        let place = self.made.len() as i64;
        let row = Row {
            id: format!("{:016x}{:016x}", self.random.next(), self.random.next()),
            case,
            subject: Subject {
                title: model.title.to_owned(),
                family: model.family.to_owned(),
                group: model.group.to_owned(),
                task: model.task.to_owned(),
                parameters: model.parameters,
            },
            started_ms: BEGUN_MS + place * 60_000,
            took_ms: 20_000.0,
            machine: self.machine.clone(),
            version: "0.1.0".to_owned(),
            outcome,
        };
        self.made.push(row);
        self.made.last_mut().unwrap()
    }

    /// A measured case: `ms` is what a query takes about, `samples` how many were taken.
    pub(crate) fn measured(
        &mut self,
        model: Model,
        case: Case,
        device: &Device,
        work: Work,
        ms: f64,
        samples: usize,
    ) {
        let mut found = measurement(&mut self.random, &case, device, work, ms, samples);
        found.artifact = artifact(model.id, model.is_synthetic);
        self.add(model, case, Outcome::Measured(Box::new(found)));
    }

    /// The same with parts, each with its share of the time, its runs in a query and the graph's name.
    pub(crate) fn parted(
        &mut self,
        model: Model,
        case: Case,
        device: &Device,
        work: Work,
        ms: f64,
        parts: &[(&str, &str, f64, f64)],
    ) {
        let mut found = measurement(&mut self.random, &case, device, work, ms, 40);
        found.artifact = artifact(model.id, model.is_synthetic);
        for (name, graph, share, runs) in parts {
            let times = self.random.times(ms * share / runs, 40);
            found.samples.insert(format!("{name}_ms"), times);
            let part = component(name, graph, *runs, work, *share, device, ms);
            found.components.push(part);
        }
        self.add(model, case, Outcome::Measured(Box::new(found)));
    }

    pub(crate) fn simulated(&mut self, model: Model, case: Case, work: Work, ms: f64) {
        let simulation = Simulation {
            execution: serde_json::json!({ "kind": "simulated" }),
            placement:
                "simulated, because no browser takes the graph: outputs from the CPU provider"
                    .to_owned(),
            artifact: artifact(model.id, model.is_synthetic),
            predicted_ms: metrics::Quantity::modelled(
                ms,
                "work of the graph over the device's profile",
                metrics::ModelError::Percent(24.0),
            ),
            interval_ms: Some((ms * 0.7, ms * 1.45)),
            profile: Some("XNNPACK, headless_shell 153".to_owned()),
            work: work.figures(),
        };
        self.add(model, case, Outcome::Simulated(Box::new(simulation)));
    }

    pub(crate) fn failed(&mut self, model: Model, case: Case, kind: &str, error: &str) -> &mut Row {
        let outcome = Outcome::Failed {
            kind: kind.to_owned(),
            error: error.to_owned(),
        };
        self.add(model, case, outcome)
    }

    pub(crate) fn skipped(&mut self, model: Model, case: Case, kind: &str, reason: &str) {
        let outcome = Outcome::Skipped {
            kind: kind.to_owned(),
            reason: reason.to_owned(),
        };
        self.add(model, case, outcome);
    }
}
