//! The form of the graphs that a platform, or an exception there, wants.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::{IdWidth, KvCache, Shapes};

/// The form of the graphs of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphForm {
    /// Number format of token ids and masks; 64 bits where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "IdWidth")]
    pub ids: Option<IdWidth>,
    /// Whether axes such as batch and tokens have names or numbers; names where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Shapes")]
    pub shapes: Option<Shapes>,
    /// What a decoder remembers; where it is left out a cache that grows, or one of a fixed length in static graphs, which
    /// cannot grow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "KvCache")]
    pub kv_cache: Option<KvCache>,
    /// The lengths of static shapes and fixed caches.
    #[serde(default)]
    pub lengths: Lengths,
}

impl GraphForm {
    /// Number format of token ids and masks.
    #[must_use]
    pub fn ids(self) -> IdWidth {
        self.ids.unwrap_or(IdWidth::Int64)
    }

    /// Whether axes have numbers in place of names.
    #[must_use]
    pub fn is_static(self) -> bool {
        self.shapes == Some(Shapes::Static)
    }

    /// What a decoder remembers; `None` for a cache that grows.
    #[must_use]
    pub fn kv_cache(self) -> Option<KvCache> {
        self.kv_cache
            .or_else(|| self.is_static().then_some(KvCache::Fixed))
    }

    /// Whether it is the form of hub exports.
    #[must_use]
    pub fn is_hub(self) -> bool {
        self.ids() == IdWidth::Int64 && !self.is_static() && self.kv_cache().is_none()
    }
}

impl fmt::Display for GraphForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lengths {
            batch,
            tokens,
            cache,
            samples,
        } = self.lengths;
        write!(f, "{} ids, ", self.ids())?;
        if self.is_static() {
            write!(f, "static shapes of {batch} × {tokens} tokens, ")?;
            if let Some(samples) = samples {
                write!(f, "sounds of {samples} samples at most, ")?;
            }
        } else {
            write!(f, "symbolic shapes, ")?;
        }
        match self.kv_cache() {
            None => write!(f, "a cache that grows"),
            Some(KvCache::Fixed) => write!(f, "a cache of {cache} places"),
            Some(KvCache::None) => write!(f, "no cache"),
        }
    }
}

/// The lengths of static shapes and fixed caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lengths {
    /// Items of one run.
    #[schemars(range(min = 1, max = 65_536))]
    pub batch: u32,
    /// Tokens of a text or a prompt.
    #[schemars(range(min = 1, max = 65_536))]
    pub tokens: u32,
    /// Places of a decoder's cache: the most tokens of prompt and answer together.
    #[schemars(range(min = 1, max = 65_536))]
    pub cache: u32,
    /// The most samples of a sound; as many as the checkpoint takes where it is left out.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub samples: Option<u32>,
}

impl Default for Lengths {
    fn default() -> Self {
        Self {
            batch: 1,
            tokens: 128,
            cache: 256,
            samples: None,
        }
    }
}
