//! `assay predict`: time and memory of a model on a platform, from its graphs and from what was measured of other models there.

mod table;

use clap::Args;
use metrics::Environment;
use metrics::tree::Rooted;
use serde_json::{Value, json};

use super::bench::values::size as image_size;
use super::entry;
use super::output::{self, Failure, Format};
use super::rows::{self, Source};
use super::store::StoreArguments;
use crate::Error;
use crate::bench::{Case, Counted, Row, Size, Sweep};
use crate::catalog::{Catalog, Entry, Platform, Precision, Profile};
use crate::predict::{Estimate, LEAST_FAMILIES, MEMORIES, Predictor, TIMES, TooFew, Work};
use crate::skill::AnySkill;
use crate::store::{Filter, Store};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Model id or family.
    model: String,
    /// The platform.
    platform: Platform,
    /// Items of a query.
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "1")]
    batch_sizes: Vec<u32>,
    /// Tokens of texts, special ones included.
    #[arg(long, value_delimiter = ',', value_name = "TOKENS")]
    seq: Vec<u32>,
    /// Tokens that decoders add.
    #[arg(long, value_delimiter = ',', value_name = "TOKENS")]
    new_tokens: Vec<u32>,
    /// Width and height of pictures, before they are resized.
    #[arg(long, value_delimiter = ',', value_name = "WxH", value_parser = image_size)]
    image_size: Vec<(u32, u32)>,
    /// Seconds of sounds.
    #[arg(long, value_delimiter = ',', value_name = "SECONDS")]
    audio_seconds: Vec<f64>,
    /// Number formats; the cell's first by default.
    #[arg(long, value_delimiter = ',')]
    precision: Vec<Precision>,
    /// Size of the model: `full`, or `tiny` for that of tests.
    #[arg(long, default_value_t = Size::Full)]
    size: Size,
    /// The store that the rows to learn from are in, or a JSON file of rows that were exported from one.
    #[command(flatten)]
    store: StoreArguments,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is predicted of a case.
struct Predicted {
    case: Case,
    /// Milliseconds of one query.
    time: Estimate,
    /// Bytes; `None` where too little was measured to say.
    memory: Option<Estimate>,
}

/// What the predictions of cases rest on.
enum Basis {
    /// What was measured of other models.
    Rows(Box<Predictor>),
    /// A calibrated device of the registry.
    Profile(&'static Profile),
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let entry = entry::named(catalog, &arguments.model)?;
    let skill = entry.skill(arguments.platform)?;
    let cases = cases(catalog, entry, skill, arguments)?;
    let mut all = Vec::with_capacity(cases.len());
    let mut bases: Vec<(Precision, Basis)> = Vec::new();
    for case in cases {
        if !bases.iter().any(|(known, _)| *known == case.precision) {
            bases.push((case.precision, basis(skill, &case, arguments)?));
        }
        let counted = skill.count(&case)?;
        let found = bases.iter().find(|(known, _)| *known == case.precision);
        if let Some((_, basis)) = found {
            all.push(basis.predict(case, &counted));
        }
    }
    match arguments.format {
        Format::Text => output::print(&table::table(&all, &bases)),
        Format::Json => output::print_json(&json!({
            "model": entry.model.id,
            "platform": arguments.platform,
            "provenance": "modelled",
            "predictions": all.iter().map(Predicted::json).collect::<Vec<_>>(),
            "bases": bases.iter().map(|(precision, basis)| basis.json(*precision)).collect::<Vec<_>>(),
        })),
    }
}

/// The cases that are asked for, as a benchmark would measure them.
fn cases(
    catalog: &Catalog,
    entry: &Entry,
    skill: &dyn AnySkill,
    arguments: &Arguments,
) -> Result<Vec<Case>, Failure> {
    let offered = skill.cell().precisions;
    if let Some(wanted) = arguments
        .precision
        .iter()
        .find(|one| !offered.contains(one))
    {
        let offered: Vec<_> = offered.iter().map(|one| one.name()).collect();
        return Err(Failure::bad_input(format!(
            "{} on {} does not offer {wanted}; it offers {}",
            entry.model.id,
            arguments.platform,
            offered.join(", ")
        )));
    }
    if arguments.size == Size::Full && entry.model.full.is_none() {
        return Err(Failure::bad_input(format!(
            "the registry has no full-size configuration of `{}`, whose graphs would be counted; give its entry a `full`, or \
             predict a model that has one",
            entry.model.id
        )));
    }
    let sweep = Sweep {
        models: vec![entry.model.id.to_owned()],
        platforms: vec![arguments.platform],
        size: arguments.size,
        precisions: arguments.precision.clone(),
        batch_sizes: arguments.batch_sizes.clone(),
        sequences: arguments.seq.clone(),
        new_tokens: arguments.new_tokens.clone(),
        images: arguments.image_size.clone(),
        audio_seconds: arguments.audio_seconds.clone(),
        ..Sweep::default()
    };
    // What memory there is does not matter to what runs nothing.
    let planned = sweep.cases(catalog, None)?;
    if let Some((_, reason)) = planned.iter().find_map(|one| one.skipped.as_ref()) {
        return Err(Failure::bad_input(reason.clone()));
    }
    Ok(planned.into_iter().map(|one| one.case).collect())
}

/// What cases like this one are predicted from.
fn basis(skill: &dyn AnySkill, case: &Case, arguments: &Arguments) -> Result<Basis, Failure> {
    let rows = rows(case, arguments)?;
    match (Predictor::of(&rows), skill.cell().profiles) {
        (Ok(predictor), _) => Ok(Basis::Rows(Box::new(predictor))),
        (Err(_), [profile, ..]) => Ok(Basis::Profile(profile)),
        (Err(too_few), []) => Err(unavailable(too_few, case, arguments)),
    }
}

fn unavailable(too_few: TooFew, case: &Case, arguments: &Arguments) -> Failure {
    let Case {
        platform,
        precision,
        size,
        ..
    } = case;
    Failure::failed(format!(
        "unavailable: for {platform} in {precision} at {size} size, {too_few} on this machine in {}; \
         `assay bench --key-models-only --platform {platform} --precision {precision} --size {size}` measures some of \
         {LEAST_FAMILIES} families and more",
        arguments.store.file.display()
    ))
}

/// Rows of this machine that are like a case, whatever their model.
fn rows(case: &Case, arguments: &Arguments) -> Result<Vec<Row>, Failure> {
    // A store that nothing was written to yet teaches nothing.
    if !arguments.store.file.exists() {
        return Ok(Vec::new());
    }
    let filter = Filter {
        platforms: vec![case.platform],
        sizes: vec![case.size],
        states: vec!["measured".to_owned()],
        is_latest: true,
        ..Filter::default()
    };
    let mut found = match rows::source(&arguments.store)? {
        Source::File(rows) => rows.rows(&filter),
        Source::Store(store) => store.rows(&filter).map_err(Error::from)?,
    };
    let here = Environment::read(&Rooted::system());
    found.retain(|row| row.machine == here && row.case.precision == case.precision);
    Ok(found)
}

impl Basis {
    fn predict(&self, case: Case, counted: &Counted) -> Predicted {
        match self {
            Self::Rows(predictor) => Predicted {
                time: predictor.time_ms(&counted.graphs),
                memory: predictor.memory_bytes(&counted.graphs, counted.weight_bytes),
                case,
            },
            Self::Profile(profile) => {
                let work = counted.work.iter();
                let microseconds: f64 = work.map(|work: &Work| work.microseconds(profile)).sum();
                let milliseconds = microseconds / 1e3;
                Predicted {
                    case,
                    time: Estimate {
                        value: milliseconds,
                        low: milliseconds * profile.held_out.low,
                        high: milliseconds * profile.held_out.high,
                    },
                    memory: None,
                }
            }
        }
    }

    fn json(&self, precision: Precision) -> Value {
        match self {
            Self::Rows(predictor) => json!({
                "precision": precision,
                "kind": "rows",
                "restless_rows_left_out": predictor.restless(),
                "time": predictor.time().to_json(&TIMES),
                "memory": predictor.memory().map(|memory| memory.to_json(&MEMORIES)),
            }),
            Self::Profile(profile) => json!({
                "precision": precision,
                "kind": "profile",
                "device": profile.device,
                "library": profile.library,
                "held_out": {
                    "families": profile.held_out.families,
                    "error_percent": profile.held_out.error_percent,
                },
            }),
        }
    }
}

impl Predicted {
    fn json(&self) -> Value {
        let estimate = |estimate: &Estimate| {
            json!({
                "provenance": "modelled",
                "value": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
            })
        };
        json!({
            "case": self.case,
            "latency_ms": estimate(&self.time),
            "peak_rss_bytes": self.memory.as_ref().map_or_else(
                || json!({ "provenance": "unavailable", "reason": "too little was measured to learn it from" }),
                estimate,
            ),
        })
    }
}
