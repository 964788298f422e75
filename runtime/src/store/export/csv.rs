//! Rows as comma-separated values: what headlines hold, and the samples in a file of their own.

use std::path::{Path, PathBuf};

use csv::Writer;

use super::super::{Filter, Headline, SqliteStore, Store, StoreError, date};
use super::{Draft, Exported};
use crate::bench::Outcome;

/// Writes a field of a headline.
type Field = fn(&Headline) -> String;

/// The columns, each with how it follows from a headline. What is not there is empty.
const COLUMNS: &[(&str, Field)] = &[
    ("id", |row| row.id.clone()),
    ("case_id", |row| row.case_id.clone()),
    ("model", |row| row.case.model.clone()),
    ("title", |row| row.subject.title.clone()),
    ("family", |row| row.subject.family.clone()),
    ("group", |row| row.subject.group.clone()),
    ("task", |row| row.subject.task.clone()),
    ("parameters", |row| row.subject.parameters.to_string()),
    ("platform", |row| row.case.platform.to_string()),
    ("size", |row| row.case.size.to_string()),
    ("checkpoint", |row| row.case.checkpoint.clone()),
    ("graph", |row| row.case.graph.clone()),
    ("precision", |row| row.case.precision.to_string()),
    ("batch", |row| row.case.batch.to_string()),
    ("tokens", |row| number(row.case.lengths.tokens)),
    ("new_tokens", |row| number(row.case.lengths.new_tokens)),
    ("image_width", |row| {
        number(row.case.lengths.image.map(|(width, _)| width))
    }),
    ("image_height", |row| {
        number(row.case.lengths.image.map(|(_, height)| height))
    }),
    ("audio_ms", |row| number(row.case.lengths.audio_ms)),
    ("scenario", |row| row.case.scenario.to_string()),
    ("queries_per_second", |row| {
        number(row.case.queries_per_second)
    }),
    ("threads", |row| row.case.settings.threads.to_string()),
    ("options", |row| row.case.options.join(" ")),
    ("state", |row| row.state.clone()),
    ("machine", |row| row.machine.clone()),
    ("device", |row| row.device.clone().unwrap_or_default()),
    ("library", |row| row.library.clone().unwrap_or_default()),
    ("version", |row| row.version.clone()),
    ("started_ms", |row| row.started_ms.to_string()),
    ("started_utc", |row| date::utc(row.started_ms)),
    ("is_synthetic", |row| row.is_synthetic.to_string()),
    ("samples", |row| row.samples.to_string()),
    ("p50_ms", |row| number(row.p50_ms.map(|p50| p50.0))),
    ("p50_low_ms", |row| number(row.p50_ms.map(|p50| p50.1))),
    ("p50_high_ms", |row| number(row.p50_ms.map(|p50| p50.2))),
    ("fastest_ms", |row| {
        number(row.range_ms.map(|range| range.0))
    }),
    ("slowest_ms", |row| {
        number(row.range_ms.map(|range| range.1))
    }),
    ("throughput_items_per_second", |row| number(row.throughput)),
    ("joules_per_item", |row| number(row.joules_per_item)),
    ("peak_rss_bytes", |row| number(row.peak_rss_bytes)),
    ("predicted_ms", |row| number(row.predicted_ms)),
    ("reason", |row| row.reason.clone().unwrap_or_default()),
];

fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

pub(super) fn write(
    store: &SqliteStore,
    filter: &Filter,
    output: &Path,
) -> Result<Exported, StoreError> {
    let mut of_rows = Draft::new(output)?;
    let mut of_samples = Draft::new(&beside(output))?;
    let failed = of_rows.failed();
    let rows = {
        let mut writer = Writer::from_writer(&mut of_rows.file);
        let names = COLUMNS.iter().map(|(name, _)| name);
        writer.write_record(names).map_err(&failed)?;
        let headlines = store.headlines(filter)?;
        for headline in &headlines {
            let fields = COLUMNS.iter().map(|(_, field)| field(headline));
            writer.write_record(fields).map_err(&failed)?;
        }
        writer.flush().map_err(|error| failed(error.into()))?;
        headlines.len()
    };
    let failed = of_samples.failed();
    {
        let mut writer = Writer::from_writer(&mut of_samples.file);
        let names = ["id", "name", "number", "value"];
        writer.write_record(names).map_err(&failed)?;
        store.each_row(filter, |row| {
            let Outcome::Measured(measurement) = &row.outcome else {
                return Ok(());
            };
            for (name, series) in &measurement.samples {
                for (index, sample) in series.iter().enumerate() {
                    let (index, sample) = (index.to_string(), sample.to_string());
                    let fields = [&row.id, name, &index, &sample];
                    writer.write_record(fields).map_err(&failed)?;
                }
            }
            Ok(())
        })?;
        writer.flush().map_err(|error| failed(error.into()))?;
    }
    let files = vec![of_rows.finish()?, of_samples.finish()?];
    Ok(Exported { rows, files })
}

/// The file of samples beside that of rows: `rows.samples.csv` beside `rows.csv`.
fn beside(output: &Path) -> PathBuf {
    let mut name = output.file_stem().unwrap_or_default().to_owned();
    name.push(".samples.csv");
    output.with_file_name(name)
}
