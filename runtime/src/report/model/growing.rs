//! How cost grows with what goes in: cases that differ in one length alone, and the line through them.

use metrics::Quantity;
use serde::Serialize;

use super::super::growth::{Fit, LEAST_POINTS, fit};
use super::compare::grouped;
use super::measured::Measured;
use super::{MachineReport, measured};
use crate::bench::{Case, Row};

/// What differs between cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Varied {
    /// Items of a query.
    Batch,
    /// Tokens of a text.
    Tokens,
    /// Tokens that a decoder adds.
    NewTokens,
    /// Pixels of a picture.
    Pixels,
    /// Seconds of a sound.
    Seconds,
}

impl Varied {
    const ALL: [Self; 5] = [
        Self::Batch,
        Self::Tokens,
        Self::NewTokens,
        Self::Pixels,
        Self::Seconds,
    ];

    /// What it is called, with the unit.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Tokens => "tokens",
            Self::NewTokens => "new tokens",
            Self::Pixels => "pixels",
            Self::Seconds => "seconds of sound",
        }
    }

    fn of(self, case: &Case) -> Option<f64> {
        let lengths = &case.lengths;
        match self {
            Self::Batch => Some(f64::from(case.batch)),
            Self::Tokens => lengths.tokens.map(f64::from),
            Self::NewTokens => lengths.new_tokens.map(f64::from),
            Self::Pixels => {
                let (width, height) = lengths.image?;
                Some(f64::from(width) * f64::from(height))
            }
            Self::Seconds => lengths.audio_ms.map(|ms| f64::from(ms) / 1e3),
        }
    }

    /// What must be equal for cases to differ in this alone.
    fn but(self, case: &Case) -> String {
        let mut same = case.clone();
        match self {
            Self::Batch => same.batch = 0,
            Self::Tokens => same.lengths.tokens = None,
            Self::NewTokens => same.lengths.new_tokens = None,
            Self::Pixels => same.lengths.image = None,
            Self::Seconds => same.lengths.audio_ms = None,
        }
        same.id()
    }
}

/// A cost of one model on one platform over one length, measured at four lengths or more.
#[derive(Debug, Clone, Serialize)]
pub struct Growing<'a> {
    /// The first of the rows: what all have in common.
    #[serde(serialize_with = "first")]
    pub of: Measured<'a>,
    /// What differs.
    pub varied: Varied,
    /// The cost, with its unit.
    pub cost: &'static str,
    /// Length and cost, by length.
    pub points: Vec<(f64, f64)>,
    /// The line through them.
    pub fit: Fit,
}

fn first<S: serde::Serializer>(of: &Measured<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let row: &Row = of.row;
    measured::identity(&row, serializer)
}

/// The costs that grow, each with its unit.
type Cost = (&'static str, fn(&Measured<'_>) -> Option<f64>);

const COSTS: [Cost; 3] = [
    ("latency, ms", |found| found.p50_ms().map(|p50| p50.value)),
    ("memory, MiB", |found| {
        let peak = found.measurement.peak_rss_bytes.value()?;
        Some(*peak as f64 / 1_048_576.0)
    }),
    ("GFLOPs", |found| match &found.measurement.work.flops {
        Quantity::Unavailable { .. } => None,
        known => known.value().map(|flops| *flops as f64 / 1e9),
    }),
];

impl<'a> MachineReport<'a> {
    /// Every cost that was measured at four lengths or more, with the line through it.
    #[must_use]
    pub fn growing(&self) -> Vec<Growing<'a>> {
        let mut found = Vec::new();
        for varied in Varied::ALL {
            let with = self
                .measured
                .iter()
                .filter(|one| varied.of(one.case()).is_some());
            for group in grouped(with, |one| varied.but(one.case())) {
                if group.len() < LEAST_POINTS {
                    continue;
                }
                for (cost, value) in COSTS {
                    let points = group
                        .iter()
                        .filter_map(|one| Some((varied.of(one.case())?, value(one)?)));
                    let mut points: Vec<_> = points.collect();
                    points.sort_by(|one, two| one.0.total_cmp(&two.0));
                    if let Some(fit) = fit(&points) {
                        found.push(Growing {
                            of: group[0].clone(),
                            varied,
                            cost,
                            points,
                            fit,
                        });
                    }
                }
            }
        }
        found
    }
}
