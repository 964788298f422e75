//! The outcome of a platform's test process in numbers, kept for a table of all platforms.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::outcome::Stop;
use super::summary::Record;
use crate::catalog::Platform;

/// The outcome of a platform's test process in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// The platform's name.
    pub platform: String,
    /// Checks that passed on the platform's own provider.
    pub passed_natively: usize,
    /// Checks that passed with outputs of another platform.
    pub passed_simulated: usize,
    /// Checks that did not hold, by cell and name.
    pub failed: Vec<String>,
    /// Checks that could not be made, by kind of obstacle.
    pub ignored: BTreeMap<String, usize>,
    /// From the start of the first check to the end of the last, in seconds.
    pub wall_s: f64,
    /// When the last check ended, in seconds since 1970.
    pub ended_unix_s: u64,
}

impl Tally {
    pub(super) fn of(platform: Platform, records: &[Record], wall: Duration) -> Self {
        let mut tally = Self {
            platform: platform.name().to_owned(),
            passed_natively: 0,
            passed_simulated: 0,
            failed: Vec::new(),
            ignored: BTreeMap::new(),
            wall_s: wall.as_secs_f64(),
            ended_unix_s: seconds_since_1970(),
        };
        for record in records {
            match &record.outcome {
                Ok(_) if record.is_simulated => tally.passed_simulated += 1,
                Ok(_) => tally.passed_natively += 1,
                Err(Stop::Failed(_)) => {
                    let name = format!("{}::{}", record.module, record.check);
                    tally.failed.push(name);
                }
                Err(Stop::Ignored { why, .. }) => {
                    *tally.ignored.entry(why.words().to_owned()).or_default() += 1;
                }
            }
        }
        tally
    }

    /// Keeps it in a folder, in place of an earlier one of the platform.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&file, self)?;
        file.persist(folder.join(format!("{}.json", self.platform)))?;
        Ok(())
    }

    /// Those that a folder keeps, in the order of platforms; none where there is no such folder.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no tally.
    pub fn kept(folder: &Path) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        for platform in Platform::ALL {
            let file = folder.join(format!("{platform}.json"));
            match fs::read(&file) {
                Ok(bytes) => {
                    let tally = serde_json::from_slice(&bytes);
                    let wrong = |error| io::Error::other(format!("{}: {error}", file.display()));
                    found.push(tally.map_err(wrong)?);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The folder that test processes of the running program's build keep theirs in: `assay/summary` beside the folder of
    /// the build's programs; `None` where the running program has no such place.
    #[must_use]
    pub fn folder() -> Option<PathBuf> {
        let program = env::current_exe().ok()?;
        let mut programs = program.parent()?;
        if programs.file_name().is_some_and(|name| name == "deps") {
            // Cargo keeps tests a level below programs.
            programs = programs.parent()?;
        }
        Some(programs.parent()?.join("assay").join("summary"))
    }

    /// A table with a line for each platform, and the reasons of what is ignored below.
    #[must_use]
    pub fn table(tallies: &[Self], now: SystemTime) -> String {
        let mut text = format!(
            "{:<10}  {:>9}  {:>9}  {:>7}  {:>7}  {:>9}  ended\n",
            "platform", "native", "simulated", "failed", "ignored", "wall"
        );
        for tally in tallies {
            let ignored: usize = tally.ignored.values().sum();
            let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
            let age = now.as_secs().saturating_sub(tally.ended_unix_s);
            text.push_str(&format!(
                "{:<10}  {:>9}  {:>9}  {:>7}  {ignored:>7}  {:>7.1} s  {}\n",
                tally.platform,
                tally.passed_natively,
                tally.passed_simulated,
                tally.failed.len(),
                tally.wall_s,
                ago(age),
            ));
        }
        for tally in tallies {
            let reasons: Vec<_> = tally.reasons().collect();
            if !reasons.is_empty() {
                text.push_str(&format!(
                    "{} ignored: {}\n",
                    tally.platform,
                    reasons.join(", ")
                ));
            }
            for name in &tally.failed {
                text.push_str(&format!("{} failed: {name}\n", tally.platform));
            }
        }
        text
    }

    /// How many checks could not be made for which kind of obstacle, in words.
    pub(super) fn reasons(&self) -> impl Iterator<Item = String> {
        let ignored = self.ignored.iter();
        ignored.map(|(why, count)| format!("{count} {why}"))
    }
}

fn seconds_since_1970() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// How long something is ago, in words.
fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s ago"),
        120..7200 => format!("{} min ago", seconds / 60),
        7200..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(platform: &str) -> Tally {
        Tally {
            platform: platform.to_owned(),
            passed_natively: 1240,
            passed_simulated: 3,
            failed: vec!["bert_base_uncased::loads".to_owned()],
            ignored: BTreeMap::from([
                ("not applicable".to_owned(), 4),
                ("no independent reference".to_owned(), 11),
            ]),
            wall_s: 182.34,
            ended_unix_s: 1_000,
        }
    }

    #[test]
    fn what_is_kept_comes_back_in_the_order_of_platforms() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new/summary");
        assert_eq!(Tally::kept(&folder).unwrap(), []);
        for platform in ["webgpu", "openvino", "cpu", "cpu"] {
            tally(platform).keep(&folder).unwrap();
        }
        let expected = ["cpu", "openvino", "webgpu"].map(tally);
        assert_eq!(Tally::kept(&folder).unwrap(), expected);
        fs::write(folder.join("cuda.json"), "{}").unwrap();
        let error = Tally::kept(&folder).unwrap_err().to_string();
        assert!(error.contains("cuda.json: missing field"), "{error}");
    }

    #[test]
    fn the_table_has_a_line_for_each_platform() {
        let quiet = Tally {
            passed_natively: 0,
            passed_simulated: 0,
            failed: Vec::new(),
            ignored: BTreeMap::from([("platform unavailable".to_owned(), 1240)]),
            wall_s: 0.25,
            ..tally("cuda")
        };
        let now = UNIX_EPOCH + Duration::from_secs(1_000 + 600);
        insta::assert_snapshot!(Tally::table(&[tally("cpu"), quiet], now), @r"
        platform       native  simulated   failed  ignored       wall  ended
        cpu              1240          3        1       15    182.3 s  10 min ago
        cuda                0          0        0     1240      0.2 s  10 min ago
        cpu ignored: 11 no independent reference, 4 not applicable
        cpu failed: bert_base_uncased::loads
        cuda ignored: 1240 platform unavailable
        ");
    }
}
