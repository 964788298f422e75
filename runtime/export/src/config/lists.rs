//! Look-ups of lists in config.json: one entry a stage, or one a layer.

use serde_json::Value;

use super::{Config, DEEPEST, LARGEST};
use crate::error::ExportError;

/// Lists of more entries are refused: no model has so many stages.
const LONGEST: usize = 64;

impl Config {
    /// A list of sizes, each from 1 to 2^24, of `count` entries where that is known.
    pub(crate) fn sizes(&self, key: &str, count: Option<usize>) -> Result<Vec<u64>, ExportError> {
        let size = |value: &Value| value.as_u64().filter(|size| (1..=LARGEST).contains(size));
        self.list(key, count, "whole numbers from 1 to 16777216", size)
    }

    /// A list of numbers of layers, each from 1 to 1024, of `count` entries where that is known.
    pub(crate) fn depths(&self, key: &str, count: Option<usize>) -> Result<Vec<u64>, ExportError> {
        let depth = |value: &Value| value.as_u64().filter(|depth| (1..=DEEPEST).contains(depth));
        self.list(key, count, "whole numbers from 1 to 1024", depth)
    }

    /// A list of positive numbers of `count` entries.
    pub(crate) fn ratios(&self, key: &str, count: usize) -> Result<Vec<f64>, ExportError> {
        let ratio = |value: &Value| {
            value
                .as_f64()
                .filter(|ratio| *ratio > 0.0 && *ratio <= LARGEST as f64)
        };
        self.list(key, Some(count), "positive numbers", ratio)
    }

    /// A number that is not negative, or what holds where the key is absent.
    pub(crate) fn number(&self, key: &str, default: f64) -> Result<f64, ExportError> {
        let Some(value) = self.json.get(key).filter(|value| !value.is_null()) else {
            return Ok(default);
        };
        let number = value.as_f64().filter(|number| *number >= 0.0);
        number.ok_or_else(|| self.unexpected(key, value, "numbers from 0 on".to_owned()))
    }

    /// A list of layers' numbers, which may be empty.
    pub(crate) fn layer_numbers(&self, key: &str) -> Result<Vec<u64>, ExportError> {
        let value = self.required(key)?;
        let number = |value: &Value| value.as_u64().filter(|number| *number < DEEPEST);
        let numbers = value
            .as_array()
            .and_then(|numbers| numbers.iter().map(number).collect());
        numbers.ok_or_else(|| self.unexpected(key, value, "lists of layers' numbers".to_owned()))
    }

    /// A list of `count` lists of 1 to 64 sizes.
    pub(crate) fn nested_sizes(
        &self,
        key: &str,
        count: usize,
    ) -> Result<Vec<Vec<u64>>, ExportError> {
        let size = |value: &Value| value.as_u64().filter(|size| (1..=LARGEST).contains(size));
        let sizes = |value: &Value| {
            let list = value.as_array()?;
            let fits = (1..=LONGEST).contains(&list.len());
            fits.then(|| list.iter().map(size).collect()).flatten()
        };
        let what = "lists of whole numbers from 1 to 16777216";
        self.list(key, Some(count), what, sizes)
    }

    fn list<T>(
        &self,
        key: &str,
        count: Option<usize>,
        what: &str,
        entry: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, ExportError> {
        let value = self.required(key)?;
        let fits = |list: &&Vec<Value>| match count {
            Some(count) => list.len() == count,
            None => (1..=LONGEST).contains(&list.len()),
        };
        let list = value.as_array().filter(fits);
        list.and_then(|list| list.iter().map(entry).collect())
            .ok_or_else(|| {
                let count = count.map_or_else(|| format!("1 to {LONGEST}"), |n| n.to_string());
                self.unexpected(key, value, format!("lists of {count} {what}"))
            })
    }
}
