//! Times and memory of queries on a platform of a machine, from the rows that were measured of other models there.

use std::collections::BTreeSet;

use metrics::Quantity;

use super::counts::{self, MEMORIES, Roof, TIMES, USUAL_MEMORIES, USUAL_TIMES};
use super::fit::quantile;
use super::learned::{Estimate, LEAST_FAMILIES, Learned, Observation, TooFew};
use crate::bench::{GraphRuns, Measurement, Outcome, Row, Scenario};
use crate::engine::Settings;

/// Rows are restless where the middle half of their times is wider than this share of the median: something else ran beside them.
const RESTLESS: f64 = 0.1;

/// What the rows of one platform, precision and size of models on one machine teach.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictor {
    roof: Roof,
    restless: usize,
    time: Learned<{ TIMES.len() }>,
    memory: Option<Learned<{ MEMORIES.len() }>>,
}

/// What a row says of its query.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Family id of its model.
    pub family: String,
    /// The graphs that it ran.
    pub graphs: Vec<GraphRuns>,
    /// What the machine reached at most shortly before.
    pub roof: Roof,
    /// Bytes of the weights in the files of the graphs.
    pub weight_bytes: u64,
    /// Median latency in milliseconds.
    pub milliseconds: f64,
    /// How wide the middle half of the latencies is, as a share of the median.
    pub scatter: f64,
    /// Peak of the process's memory less what it had before loading, in bytes.
    pub peak_rss_bytes: Option<f64>,
}

impl Sample {
    /// What a row says; `None` of one that was not measured as usual: one query after the other, with the settings that
    /// nobody chose, in graphs of which every node is counted.
    #[must_use]
    pub fn of(row: &Row) -> Option<Self> {
        let Outcome::Measured(measured) = &row.outcome else {
            return None;
        };
        let case = &row.case;
        let is_usual = case.scenario == Scenario::SingleStream
            && case.replicas == 1
            && case.settings == Settings::default()
            && case.options.is_empty()
            && case.graph == "own";
        let is_counted = measured.graphs.iter().all(|graph| !graph.nodes.is_empty());
        if !is_usual || !is_counted || measured.graphs.is_empty() {
            return None;
        }
        let latencies = measured.series("latency_ms");
        let memory = measured.peak_rss_bytes.value();
        Some(Self {
            family: row.subject.family.clone(),
            graphs: measured.graphs.clone(),
            roof: roof(measured)?,
            weight_bytes: measured.artifact.model_file_bytes,
            milliseconds: median(latencies)?,
            scatter: scatter(latencies)?,
            peak_rss_bytes: memory
                .map(|bytes| *bytes as f64)
                .filter(|bytes| *bytes > 0.0),
        })
    }
}

impl Predictor {
    /// Learns from rows, which are to be of one platform, precision, size of models and machine. Rows of unusual settings, and
    /// graphs in which data decides what there is to do, are passed over.
    ///
    /// # Errors
    /// [`TooFew`] families.
    pub fn of(rows: &[Row]) -> Result<Self, TooFew> {
        let samples: Vec<Sample> = rows.iter().filter_map(Sample::of).collect();
        Self::learn(&samples)
    }

    /// Learns from samples of one machine; from those that are not restless, where they are of enough families.
    ///
    /// # Errors
    /// [`TooFew`] families.
    pub fn learn(samples: &[Sample]) -> Result<Self, TooFew> {
        let is_calm = |sample: &&Sample| sample.scatter <= RESTLESS;
        let mut usable: Vec<&Sample> = samples.iter().filter(is_calm).collect();
        let families: BTreeSet<&str> = usable.iter().map(|one| one.family.as_str()).collect();
        if families.len() < LEAST_FAMILIES {
            usable = samples.iter().collect();
        }
        let restless = samples.len() - usable.len();
        let typical = |of: fn(&Roof) -> f64| {
            let values: Vec<f64> = usable.iter().map(|sample| of(&sample.roof)).collect();
            median(&values).ok_or(TooFew { found: 0 })
        };
        let roof = Roof {
            gflops: typical(|roof| roof.gflops)?,
            gbps: typical(|roof| roof.gbps)?,
        };
        let times: Vec<_> = usable
            .iter()
            .map(|sample| Observation {
                family: sample.family.clone(),
                counts: counts::of_time(&sample.graphs, roof),
                measured: sample.milliseconds,
            })
            .collect();
        let memories: Vec<_> = usable
            .iter()
            .filter_map(|sample| {
                Some(Observation {
                    family: sample.family.clone(),
                    counts: counts::of_memory(&sample.graphs, sample.weight_bytes)?,
                    measured: sample.peak_rss_bytes?,
                })
            })
            .collect();
        Ok(Self {
            roof,
            restless,
            time: Learned::of(&times, &USUAL_TIMES)?,
            memory: Learned::of(&memories, &USUAL_MEMORIES).ok(),
        })
    }

    /// Number of samples that were passed over because something ran beside them.
    #[must_use]
    pub const fn restless(&self) -> usize {
        self.restless
    }

    /// What was learnt of times, in milliseconds.
    #[must_use]
    pub const fn time(&self) -> &Learned<{ TIMES.len() }> {
        &self.time
    }

    /// What was learnt of memory, in bytes; `None` where too little was measured.
    #[must_use]
    pub const fn memory(&self) -> Option<&Learned<{ MEMORIES.len() }>> {
        self.memory.as_ref()
    }

    /// Milliseconds of a query that runs these graphs.
    #[must_use]
    pub fn time_ms(&self, graphs: &[GraphRuns]) -> Estimate {
        self.time.estimate(counts::of_time(graphs, self.roof))
    }

    /// Peak of the process's memory less what it had before loading, in bytes, with files of so many bytes of weights; `None`
    /// where too little was measured.
    #[must_use]
    pub fn memory_bytes(&self, graphs: &[GraphRuns], weight_bytes: u64) -> Option<Estimate> {
        let memory = self.memory.as_ref()?;
        Some(memory.estimate(counts::of_memory(graphs, weight_bytes)?))
    }
}

/// The roof that a measurement stands below.
fn roof(measured: &Measurement) -> Option<Roof> {
    let peak = |quantity: &Quantity| quantity.value().copied().filter(|value| *value > 0.0);
    Some(Roof {
        gflops: peak(&measured.roof.gflops)?,
        gbps: peak(&measured.roof.gbps)?,
    })
}

/// How wide the middle half of some numbers is, as a share of their median.
fn scatter(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let middle = median(values)?;
    Some((quantile(&sorted, 0.75) - quantile(&sorted, 0.25)) / middle)
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn median(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| metrics::compare::median(values.to_vec()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::bench::NodeGroup;

    /// A family's query: so many products of a millisecond of arithmetic each.
    fn sample(family: u32, scatter: f64) -> Sample {
        let product = NodeGroup {
            operator: "MatMul".to_owned(),
            nodes: 10 * (family + 1),
            macs: 50_000_000,
            other_operations: 0,
            read_bytes: 1000,
            written_bytes: 1000,
        };
        Sample {
            family: family.to_string(),
            graphs: vec![GraphRuns {
                graph: "model".to_owned(),
                inputs: BTreeMap::new(),
                runs: 1,
                nodes: vec![product],
                peak_activation_bytes: Some(1 << 20),
                read_weight_bytes: Some(1 << 26),
            }],
            roof: Roof {
                gflops: 100.0,
                gbps: 10.0,
            },
            weight_bytes: 1 << 26,
            milliseconds: 12.0 * f64::from(family + 1),
            scatter,
            peak_rss_bytes: None,
        }
    }

    #[test]
    fn restless_rows_are_passed_over_where_enough_remain() {
        let families = |restless: u32| -> Vec<Sample> {
            let scatter = |family| if family < restless { 0.5 } else { 0.01 };
            (0..7)
                .map(|family| sample(family, scatter(family)))
                .collect()
        };
        let learnt = |restless| {
            let predictor = Predictor::learn(&families(restless)).unwrap();
            (predictor.restless(), predictor.time().held_out.families)
        };
        assert_eq!([0, 1, 2].map(learnt), [(0, 7), (1, 6), (0, 7)]);
    }

    #[test]
    fn queries_take_what_the_others_show_and_memory_that_nobody_measured_is_not_told() {
        let samples: Vec<Sample> = (0..8).map(|family| sample(family, 0.0)).collect();
        let predictor = Predictor::learn(&samples).unwrap();
        let graphs = sample(19, 0.0).graphs;
        let found = predictor.time_ms(&graphs);
        assert!((found.value / 240.0 - 1.0).abs() < 0.02, "{found:?}");
        assert_eq!(predictor.memory_bytes(&graphs, 1), None);
    }

    #[test]
    fn half_of_the_times_tell_whether_they_scatter() {
        let of = |values: &[f64]| scatter(values).unwrap();
        assert!(of(&[10.0, 10.0, 10.1, 10.0, 30.0]) < RESTLESS);
        assert!(of(&[10.0, 12.0, 10.1, 14.0, 30.0]) > RESTLESS);
        assert_eq!((scatter(&[]), median(&[3.0, 1.0])), (None, Some(2.0)));
    }
}
