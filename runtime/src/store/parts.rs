//! A row taken apart as tables hold it, and put together again.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::StoreError;
use super::samples::{self, deflate, inflate};
use crate::bench::{Outcome, Row};

/// The largest document that is read, in bytes.
const LARGEST_DOCUMENT: usize = 64 << 20;

/// What of a row stands in tables of its own.
const APART: [&str; 3] = ["case", "subject", "machine"];

/// A row taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    /// JSON of the case, the subject and the machine.
    pub(super) case: String,
    pub(super) subject: String,
    pub(super) machine: String,
    /// JSON of the rest without samples.
    pub(super) document: Map<String, Value>,
    pub(super) samples: BTreeMap<String, Vec<f64>>,
}

impl Parts {
    /// Takes a row apart.
    ///
    /// # Errors
    /// A row that would not come back as it is, such as one that holds an infinite number: JSON has none.
    pub(super) fn of(row: &Row) -> Result<Self, StoreError> {
        let unstorable = |reason: String| StoreError::Unstorable {
            id: row.id.clone(),
            reason,
        };
        let mut bare = row.clone();
        let samples = match &mut bare.outcome {
            Outcome::Measured(measurement) => std::mem::take(&mut measurement.samples),
            _ => BTreeMap::new(),
        };
        for (name, series) in &samples {
            if series.len() > samples::MOST {
                let (found, most) = (series.len(), samples::MOST);
                return Err(unstorable(format!(
                    "`{name}` has {found} samples, {most} is the most"
                )));
            }
            if let Some(sample) = series.iter().find(|sample| !sample.is_finite()) {
                return Err(unstorable(format!("`{name}` has the sample {sample}")));
            }
        }
        let json = |error: serde_json::Error| unstorable(error.to_string());
        let Value::Object(mut document) = serde_json::to_value(&bare).map_err(json)? else {
            return Err(unstorable("it is no JSON object".to_owned()));
        };
        for part in APART {
            document.shift_remove(part);
        }
        let parts = Self {
            case: serde_json::to_string(&row.case).map_err(json)?,
            subject: serde_json::to_string(&row.subject).map_err(json)?,
            machine: serde_json::to_string(&row.machine).map_err(json)?,
            document,
            samples,
        };
        match parts.row() {
            Ok(same) if same == *row => Ok(parts),
            Ok(_) => Err(unstorable(
                "a number in it is infinite or none at all".to_owned(),
            )),
            Err(error) => Err(unstorable(error)),
        }
    }

    /// Reads a row's parts by its number, and holds them against their digest: SQLite would not notice a changed bit.
    ///
    /// # Errors
    /// Within, what is wrong with the stored form.
    pub(super) fn read(
        connection: &Connection,
        number: i64,
    ) -> rusqlite::Result<Result<Self, String>> {
        const PARTS: &str =
            "SELECT cases.document, subjects.document, machines.document, content, digest
            FROM rows
            JOIN cases ON cases.number = case_number
            JOIN subjects ON subjects.number = subject_number
            JOIN machines ON machines.number = machine_number
            JOIN documents ON row_number = rows.number
            WHERE rows.number = ?";
        const SAMPLES: &str = "SELECT name, count, content FROM samples WHERE row_number = ?";
        let found = connection.query_row(PARTS, [number], |row| {
            let shared: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
            let sealed: [Vec<u8>; 2] = [row.get(3)?, row.get(4)?];
            Ok((shared, sealed))
        });
        let Some(([case, subject, machine], [content, digest])) = found.optional()? else {
            return Ok(Err("a part of it is missing".to_owned()));
        };
        let text = match inflate(&content, LARGEST_DOCUMENT) {
            Ok(text) => text,
            Err(reason) => return Ok(Err(format!("its document is {reason}"))),
        };
        let mut samples = BTreeMap::new();
        let mut statement = connection.prepare(SAMPLES)?;
        let mut found = statement.query([number])?;
        while let Some(row) = found.next()? {
            let (name, content): (String, Vec<u8>) = (row.get(0)?, row.get(2)?);
            match samples::unpack(row.get(1)?, &content) {
                Ok(series) => samples.insert(name, series),
                Err(reason) => return Ok(Err(format!("samples `{name}`: {reason}"))),
            };
        }
        if digest != digest_of([&case, &subject, &machine], &text, &samples) {
            return Ok(Err("it is not what was written".to_owned()));
        }
        Ok(serde_json::from_slice(&text)
            .map_err(|error| format!("its document: {error}"))
            .map(|document| Self {
                case,
                subject,
                machine,
                document,
                samples,
            }))
    }

    /// Puts the row together.
    ///
    /// # Errors
    /// What is wrong with a part.
    pub(super) fn row(&self) -> Result<Row, String> {
        let mut document = self.document.clone();
        for (name, part) in APART
            .into_iter()
            .zip([&self.case, &self.subject, &self.machine])
        {
            let part =
                serde_json::from_str(part).map_err(|error| format!("its {name}: {error}"))?;
            document.insert(name.to_owned(), part);
        }
        serde_json::from_value(Value::Object(document))
            .map_err(|error| format!("its document: {error}"))
            .map(|mut row: Row| {
                if let Outcome::Measured(measurement) = &mut row.outcome {
                    measurement.samples = self.samples.clone();
                }
                row
            })
    }

    /// Whether both are the same row, in whatever order their JSON tells it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same = |one: &str, two: &str| {
            one == two || {
                let parsed = serde_json::from_str::<Value>(one).ok();
                parsed.is_some() && parsed == serde_json::from_str(two).ok()
            }
        };
        same(&self.case, &other.case)
            && same(&self.subject, &other.subject)
            && same(&self.machine, &other.machine)
            && self.document == other.document
            && self.samples == other.samples
    }

    /// The document's stored form, and the digest of all parts.
    pub(super) fn sealed(&self) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
        let text = Value::Object(self.document.clone()).to_string();
        let shared = [&self.case, &self.subject, &self.machine];
        let digest = digest_of(shared, text.as_bytes(), &self.samples);
        Ok((deflate(text.as_bytes())?, digest))
    }
}

/// SHA-256 of a row's parts, each after its length in eight bytes, least first.
fn digest_of(
    shared: [&String; 3],
    document: &[u8],
    samples: &BTreeMap<String, Vec<f64>>,
) -> Vec<u8> {
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    };
    for part in shared {
        add(part.as_bytes());
    }
    add(document);
    for (name, series) in samples {
        add(name.as_bytes());
        let bytes: Vec<u8> = series.iter().flat_map(|s| s.to_le_bytes()).collect();
        add(&bytes);
    }
    digest.finalize().to_vec()
}
