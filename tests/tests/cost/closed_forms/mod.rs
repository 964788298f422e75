//! Multiplications of the key families' graphs, exact to the last one, from what their configurations say.
//!
//! The forms count products of matrices and convolutions of the published architectures; where the exported graph
//! computes them at another place or once for a whole batch, the form says so.

mod decoders;
mod detection;
mod seeing;
mod sequences;
mod sounds;
mod texts;
mod towers;
mod vision;

use std::fs;

use runtime::cost::GraphCost;
use runtime::export::ExportOptions;
use runtime::export::outline::Outline;
use serde_json::Value;
use workspace_tests::reference;

use crate::graphs::{Exported, LENGTHS, Lengths};

pub(crate) use texts::reference_bert;

/// A checkpoint's configuration.
struct Config(Value);

impl Config {
    fn of(family: &str) -> Self {
        let text = fs::read(reference(family).join("config.json")).unwrap();
        Self(serde_json::from_slice(&text).unwrap())
    }

    /// A part of it.
    fn part(&self, key: &str) -> Self {
        Self(self.0[key].clone())
    }

    /// The number that must stand there.
    fn size(&self, key: &str) -> u64 {
        self.0[key].as_u64().unwrap_or_else(|| panic!("no `{key}`"))
    }

    /// The numbers that must stand there.
    fn sizes(&self, key: &str) -> Vec<u64> {
        let list = self.0[key]
            .as_array()
            .unwrap_or_else(|| panic!("no `{key}`"));
        list.iter().map(|size| size.as_u64().unwrap()).collect()
    }

    /// The number of entries that must stand there.
    fn count(&self, key: &str) -> u64 {
        let entries = self.0[key].as_object();
        entries.unwrap_or_else(|| panic!("no `{key}`")).len() as u64
    }
}

/// A layer that makes `to` numbers of `from`, in each of so many rows.
fn linear(rows: u64, from: u64, to: u64) -> u64 {
    rows * from * to
}

/// Scores of queries by keys, and values weighed by them: two products over the width of all heads.
fn weighed(batch: u64, queries: u64, keys: u64, width: u64) -> u64 {
    2 * batch * queries * keys * width
}

/// Attention of rows to themselves, with four square layers around it.
fn attention(batch: u64, rows: u64, width: u64) -> u64 {
    4 * linear(batch * rows, width, width) + weighed(batch, rows, rows, width)
}

/// A feed-forward part of two layers.
fn feed_forward(rows: u64, width: u64, inner: u64) -> u64 {
    linear(rows, width, inner) + linear(rows, inner, width)
}

/// Layers of a plain transformer encoder.
fn encoder(layers: u64, batch: u64, rows: u64, width: u64, inner: u64) -> u64 {
    layers * (attention(batch, rows, width) + feed_forward(batch * rows, width, inner))
}

/// A convolution of a square kernel, at so many places of its output.
fn convolution(places: u64, from: u64, to: u64, kernel: u64) -> u64 {
    places * from * to * kernel * kernel
}

/// Pictures cut into patches, each one row.
fn patches(pictures: u64, config: &Config, channels: u64) -> u64 {
    let side = config.size("image_size") / config.size("patch_size");
    let places = pictures * side * side;
    let width = config.size("hidden_size");
    convolution(places, channels, width, config.size("patch_size"))
}

/// Rows of a vision transformer: patches, and one for the whole picture.
fn rows_of_picture(config: &Config) -> u64 {
    let side = config.size("image_size") / config.size("patch_size");
    side * side + 1
}

/// A graph's name, and its multiplications by configuration and lengths.
type Form = (&'static str, fn(&Config, Lengths) -> u64);

/// Checks every graph of a family, each with its form, at two sets of lengths.
fn check(family: &str, forms: &[Form]) {
    let config = Config::of(family);
    let exported = Exported::new(family, ExportOptions::default());
    let named: Vec<_> = forms.iter().map(|(name, _)| *name).collect();
    assert_eq!(exported.names, named, "graphs of {family}");
    for (name, form) in forms {
        let outline = Outline::read(&exported.file(name)).unwrap();
        for lengths in LENGTHS {
            let cost = GraphCost::of(&outline, &lengths.of(&outline, None)).unwrap();
            let expected = form(&config, lengths);
            assert_eq!(
                cost.macs, expected,
                "{family} {name}, batch {}",
                lengths.batch
            );
            assert_eq!(cost.flops(), 2 * expected);
            assert!(
                !cost.is_lower_bound(),
                "{family} {name}: {:?}",
                cost.unknown
            );
        }
    }
}
