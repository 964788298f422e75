//! Reading of config.json: typed look-ups whose errors name file, key and what is allowed.

mod lists;

use std::path::Path;

use serde_json::Value;

use crate::checkpoint::read_json;
use crate::error::ExportError;
use crate::recipe::{FeedForward, NormEps};

/// Sizes beyond this are refused: no model comes near, and products of them stay countable.
const LARGEST: u64 = 1 << 24;
/// More layers than this are refused.
const DEEPEST: u64 = 1 << 10;

/// A parsed config.json.
#[derive(Debug)]
pub(crate) struct Config {
    file: String,
    /// What the keys begin with in messages: nothing, or a section with a dot.
    path: String,
    json: Value,
}

impl Config {
    /// Reads the file of a checkpoint.
    pub(crate) fn read(dir: &Path) -> Result<Self, ExportError> {
        let path = dir.join("config.json");
        let json = read_json(&path)?;
        let file = path.display().to_string();
        Ok(Self::whole(file, json))
    }

    /// Parses a text that is no file.
    pub(crate) fn parse(text: &str) -> Result<Self, ExportError> {
        let file = "config.json".to_owned();
        match serde_json::from_str(text) {
            Ok(json) => Ok(Self::whole(file, json)),
            Err(source) => Err(ExportError::Json { file, source }),
        }
    }

    const fn whole(file: String, json: Value) -> Self {
        Self {
            file,
            path: String::new(),
            json,
        }
    }

    /// The same with what a family's defaults, the text of a JSON object, say of absent keys, those
    /// of its sections included.
    pub(crate) fn or_defaults(&self, defaults: &str) -> Result<Self, ExportError> {
        let mut json = serde_json::from_str(defaults).map_err(|source| ExportError::Json {
            file: "the recipe's defaults".to_owned(),
            source,
        })?;
        overlay(&mut json, &self.json);
        Ok(Self {
            file: self.file.clone(),
            path: self.path.clone(),
            json,
        })
    }

    /// A section: an object inside of the object.
    pub(crate) fn section(&self, key: &str) -> Result<Self, ExportError> {
        let json = self.required(key)?;
        if !json.is_object() {
            return Err(self.unexpected(key, json, "objects".to_owned()));
        }
        Ok(Self {
            file: self.file.clone(),
            path: format!("{}{key}.", self.path),
            json: json.clone(),
        })
    }

    /// A section, or the whole where the keys stand at the top.
    pub(crate) fn part(&self, section: Option<&str>) -> Result<Self, ExportError> {
        match section {
            Some(key) => self.section(key),
            None => Ok(Self {
                file: self.file.clone(),
                path: self.path.clone(),
                json: self.json.clone(),
            }),
        }
    }

    /// A size: a whole number from 1 to 2^24.
    pub(crate) fn size(&self, key: &str) -> Result<u64, ExportError> {
        let value = self.required(key)?;
        let size = value.as_u64().filter(|size| (1..=LARGEST).contains(size));
        size.ok_or_else(|| {
            self.unexpected(key, value, format!("whole numbers from 1 to {LARGEST}"))
        })
    }

    /// A size, or what holds where the key is absent.
    pub(crate) fn size_or(&self, key: &str, default: u64) -> Result<u64, ExportError> {
        if self.has(key) {
            self.size(key)
        } else {
            Ok(default)
        }
    }

    /// A number of layers: a whole number from 1 to 1024.
    pub(crate) fn layers(&self, key: &str) -> Result<u64, ExportError> {
        let value = self.required(key)?;
        let layers = value
            .as_u64()
            .filter(|layers| (1..=DEEPEST).contains(layers));
        layers.ok_or_else(|| {
            self.unexpected(key, value, format!("whole numbers from 1 to {DEEPEST}"))
        })
    }

    /// A token id: a whole number from 0 to 2^24.
    pub(crate) fn token(&self, key: &str) -> Result<u64, ExportError> {
        let value = self.required(key)?;
        let token = value.as_u64().filter(|token| *token <= LARGEST);
        token.ok_or_else(|| {
            self.unexpected(key, value, format!("whole numbers from 0 to {LARGEST}"))
        })
    }

    /// A list of 1 to `most` sizes.
    pub(crate) fn sizes_up_to(&self, key: &str, most: usize) -> Result<Vec<u64>, ExportError> {
        let value = self.required(key)?;
        let size = |value: &Value| value.as_u64().filter(|size| (1..=LARGEST).contains(size));
        let sizes = value
            .as_array()
            .filter(|list| (1..=most).contains(&list.len()));
        sizes
            .and_then(|list| list.iter().map(size).collect())
            .ok_or_else(|| {
                let allowed = format!("lists of 1 to {most} whole numbers from 1 to {LARGEST}");
                self.unexpected(key, value, allowed)
            })
    }

    /// A list of sizes, one for each entry of another list.
    pub(crate) fn as_many(&self, key: &str, others: &[u64]) -> Result<Vec<u64>, ExportError> {
        let sizes = self.sizes_up_to(key, others.len())?;
        if sizes.len() == others.len() {
            return Ok(sizes);
        }
        let allowed = format!("lists of {} sizes", others.len());
        Err(self.unexpected(key, &Value::from(sizes), allowed))
    }

    /// Height and width: a size for both, or a pair.
    pub(crate) fn pair(&self, key: &str) -> Result<(u64, u64), ExportError> {
        let value = self.required(key)?;
        let sizes: Option<Vec<u64>> = match value {
            Value::Array(sizes) => sizes.iter().map(Value::as_u64).collect(),
            other => other.as_u64().map(|size| vec![size; 2]),
        };
        match sizes.as_deref() {
            Some(&[height, width])
                if [height, width]
                    .iter()
                    .all(|size| (1..=LARGEST).contains(size)) =>
            {
                Ok((height, width))
            }
            _ => Err(self.unexpected(key, value, "a size in pixels, or a pair of them".to_owned())),
        }
    }

    /// A positive number.
    pub(crate) fn positive(&self, key: &str) -> Result<f64, ExportError> {
        let value = self.required(key)?;
        let number = value
            .as_f64()
            .filter(|number| number.is_finite() && *number > 0.0);
        number.ok_or_else(|| self.unexpected(key, value, "positive numbers".to_owned()))
    }

    /// A size given as its ratio to another.
    pub(crate) fn multiple(&self, key: &str, of: u64) -> Result<u64, ExportError> {
        let ratio = self.positive(key)?;
        let size = (ratio * of as f64) as u64;
        if (1..=LARGEST).contains(&size) {
            return Ok(size);
        }
        Err(self.unexpected(
            key,
            &Value::from(ratio),
            format!("ratios to {of} that give 1 to {LARGEST}"),
        ))
    }

    /// Width of a feed-forward part in blocks of this width.
    pub(crate) fn feed_forward(
        &self,
        source: FeedForward,
        hidden: u64,
    ) -> Result<u64, ExportError> {
        match source {
            FeedForward::Width(key) => self.size(key),
            FeedForward::Ratio(key) => self.multiple(key, hidden),
        }
    }

    /// The epsilon of layer normalisation.
    pub(crate) fn epsilon(&self, source: NormEps) -> Result<f32, ExportError> {
        match source {
            NormEps::Constant(number) => Ok(number as f32),
            NormEps::Key(key) => self.positive(key).map(|number| number as f32),
        }
    }

    /// A name.
    pub(crate) fn name(&self, key: &str) -> Result<&str, ExportError> {
        let value = self.required(key)?;
        value
            .as_str()
            .ok_or_else(|| self.unexpected(key, value, "names".to_owned()))
    }

    /// Whether a key is present.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.json.get(key).is_some_and(|value| !value.is_null())
    }

    /// A truth value, or what holds where the key is absent.
    pub(crate) fn flag(&self, key: &str, default: bool) -> Result<bool, ExportError> {
        match self.json.get(key) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self.unexpected(key, other, "true or false".to_owned())),
        }
    }

    /// Fails where a key is present and has another value than the only one implemented.
    pub(crate) fn only(&self, key: &str, implemented: &Value) -> Result<(), ExportError> {
        match self.json.get(key) {
            Some(value) if !value.is_null() && value != implemented => {
                Err(self.unexpected(key, value, implemented.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// The class the checkpoint was saved from, such as `BertForMaskedLM`.
    pub(crate) fn class(&self) -> Option<&str> {
        self.json.get("architectures")?.get(0)?.as_str()
    }

    /// Number of labels of a classifier: `id2label`, else `num_labels`, else Hugging Face's default
    /// of 2.
    pub(crate) fn labels(&self) -> Result<u64, ExportError> {
        match self.json.get("id2label") {
            Some(Value::Object(labels)) if !labels.is_empty() => Ok(labels.len() as u64),
            _ if self.json.get("num_labels").is_some() => self.size("num_labels"),
            _ => Ok(2),
        }
    }

    /// The error of a value that is not among those allowed.
    pub(crate) fn unexpected(&self, key: &str, found: &Value, allowed: String) -> ExportError {
        let mut found = found.to_string();
        if found.chars().count() > 60 {
            found = found.chars().take(60).chain("…".chars()).collect();
        }
        ExportError::ConfigValue {
            file: self.file.clone(),
            key: format!("{}{key}", self.path),
            found,
            allowed,
        }
    }

    /// A part's size, which must divide the whole's.
    pub(crate) fn divisor(&self, key: &str, whole: u64) -> Result<u64, ExportError> {
        let size = self.size(key)?;
        if whole.is_multiple_of(size) {
            return Ok(size);
        }
        Err(self.unexpected(key, &Value::from(size), format!("divisors of {whole}")))
    }

    /// A value that is there and not null.
    pub(crate) fn find(&self, key: &str) -> Option<&Value> {
        self.json.get(key).filter(|value| !value.is_null())
    }

    /// What a key names; dots lead into sections.
    fn required(&self, key: &str) -> Result<&Value, ExportError> {
        let mut parts = key.split('.');
        let value = parts.try_fold(&self.json, |json, part| json.get(part));
        let value = value.filter(|value| !value.is_null());
        value.ok_or_else(|| ExportError::ConfigMissing {
            file: self.file.clone(),
            key: format!("{}{key}", self.path),
        })
    }
}

/// Puts what is given over what is there, object by object. A null takes a value away, and leaves a
/// section as it is.
fn overlay(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(_), Value::Null) => {}
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                overlay(under.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}
