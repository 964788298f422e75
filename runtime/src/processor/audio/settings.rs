//! `preprocessor_config.json` of checkpoints that take sounds.

use std::path::Path;

use super::{MAX_RATE, MIN_RATE};
use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

/// The file.
pub(super) const FILE: &str = "preprocessor_config.json";

/// The file of a folder, whose class must be `class`; old files name none.
pub(super) fn load(dir: &Path, class: &str) -> Result<Settings, ProcessorError> {
    load_or(dir, class, None)
}

/// The same, with what the file says where there is none.
pub(super) fn load_or(
    dir: &Path,
    class: &str,
    absent: Option<&str>,
) -> Result<Settings, ProcessorError> {
    let settings = Settings::load_or(dir, FILE, absent)?;
    let key = "feature_extractor_type";
    match settings.text(key)? {
        Some(found) if found != class => {
            Err(settings.refuse(key, &found.into(), &format!("`{class}`")))
        }
        _ => Ok(settings),
    }
}

/// The sampling rate, in hertz.
pub(super) fn rate(settings: &Settings, default: u32) -> Result<u32, ProcessorError> {
    let key = "sampling_rate";
    let Some(found) = settings.find(key) else {
        return Ok(default);
    };
    let rate = found.as_u64().and_then(|rate| u32::try_from(rate).ok());
    rate.filter(|rate| (MIN_RATE..=MAX_RATE).contains(rate))
        .ok_or_else(|| {
            let expected = format!("a whole number from {MIN_RATE} to {MAX_RATE}");
            settings.refuse(key, found, &expected)
        })
}
