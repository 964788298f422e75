//! Rotary positions (Su et al., 2021, arXiv:2104.09864) as a table: runtimes' own sines and cosines differ too much.

use serde_json::Value as Json;

use super::rope_scaling::{SCALINGS, Scaling};
use crate::build::net::Net;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Value};

/// Cosines and signed sines of a batch's positions, `(batch, sequence, head width)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rotation {
    cosines: Value,
    sines: Value,
    width: u64,
}

/// How fast each pair of a head's components turns, and what cosines and sines are multiplied by.
#[derive(Debug, Clone)]
pub(super) struct Frequencies {
    pub(super) turns: Vec<f32>,
    pub(super) gain: f64,
}

impl Frequencies {
    /// Reads `rope_theta` and `rope_scaling`, or `rope_parameters`, which holds both in newer files; `positions` is their
    /// number.
    pub(super) fn read(
        config: &Config,
        head_width: u64,
        positions: u64,
    ) -> Result<Self, ExportError> {
        let key = ["rope_parameters", "rope_scaling"]
            .into_iter()
            .find(|key| config.find(key).is_some());
        let scaling = key.and_then(|key| config.find(key));
        let theta = match scaling.and_then(|scaling| scaling.get("rope_theta")?.as_f64()) {
            Some(theta) => theta,
            None if config.find("rope_theta").is_some() => config.positive("rope_theta")?,
            None => 10_000.0,
        };
        if !head_width.is_multiple_of(2) || theta < 1.0 {
            let found = format!("{theta} over a head of {head_width}");
            let allowed = "a base of at least 1 over a head of even width".to_owned();
            return Err(config.unexpected("rope_theta", &Json::from(found), allowed));
        }
        let turn = |pair| (1.0 / theta.powf(2.0 * pair as f64 / head_width as f64)) as f32;
        let plain = Self {
            turns: (0..head_width / 2).map(turn).collect(),
            gain: 1.0,
        };
        let (Some(key), Some(json)) = (key, scaling) else {
            return Ok(plain);
        };
        let scaling = Scaling {
            json,
            theta,
            positions,
        };
        let refuse = || config.unexpected(key, json, SCALINGS.to_owned());
        scaling.apply(plain).ok_or_else(refuse)
    }

    /// A table of `(positions, head width / 2)`.
    fn table(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        positions: u64,
        of: fn(f64) -> f64,
    ) -> Value {
        let (turns, gain) = (self.turns.clone(), self.gain);
        let shape = vec![positions, turns.len() as u64];
        let compute = move |_: &[Vec<f32>]| {
            let row = |place: u64| {
                let angle = move |turn: &f32| (gain * of(f64::from(place as f32 * turn))) as f32;
                turns.iter().map(angle).collect::<Vec<_>>()
            };
            (0..positions).flat_map(row).collect()
        };
        net.computed(name, shape, vec![], Box::new(compute))
    }

    /// Looks the positions `(batch, sequence)` up.
    pub(super) fn at(
        &self,
        net: &mut Net<'_, '_>,
        positions: u64,
        places: Value,
    ) -> Result<Rotation, ExportError> {
        let width = 2 * self.turns.len() as u64;
        let cosines = self.table(net, "rotary/cosines", positions, f64::cos);
        let sines = self.table(net, "rotary/sines", positions, f64::sin);
        let back = self.table(net, "rotary/negative_sines", positions, |angle| {
            -angle.sin()
        });
        let mut look_up = |tables: [Value; 2]| {
            let first = net.graph.gather(tables[0], places)?;
            let second = net.graph.gather(tables[1], places)?;
            let both = net.graph.concat(&[first, second], 2, Dim::Fixed(width))?;
            net.graph.unsqueeze(both, &[1])
        };
        Ok(Rotation {
            cosines: look_up([cosines, cosines])?,
            sines: look_up([back, sines])?,
            width,
        })
    }
}

impl Rotation {
    /// Rotates `(batch, heads, sequence, head width)`.
    pub(super) fn apply(&self, net: &mut Net<'_, '_>, x: Value) -> Result<Value, ExportError> {
        let graph = &mut net.graph;
        let half = self.width / 2;
        let first = graph.cut(x, 3, 0, half)?;
        let second = graph.cut(x, 3, half, self.width)?;
        let turned = graph.concat(&[second, first], 3, Dim::Fixed(self.width))?;
        let straight = graph.mul(x, self.cosines)?;
        let across = graph.mul(turned, self.sines)?;
        graph.add(straight, across)
    }
}
