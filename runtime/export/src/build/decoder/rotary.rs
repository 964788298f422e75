//! Rotary positions (Su et al., 2021, arXiv:2104.09864) as a table: runtimes' own sines and cosines differ too much.

use std::f64::consts::PI;

use serde_json::Value as Json;

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

/// How fast each pair of a head's components turns.
#[derive(Debug, Clone)]
pub(super) struct Frequencies(Vec<f32>);

/// The kinds of scaling that are implemented, as messages list them.
const SCALINGS: &str = "null, or a `rope_type` of default, linear with its factor, llama3 with its four factors, or \
    factors with one for each frequency";

impl Frequencies {
    /// Reads `rope_theta` and `rope_scaling`, or `rope_parameters`, which holds both in newer files. The formulas are
    /// those of `transformers.modeling_rope_utils`, in single precision as there.
    pub(super) fn read(config: &Config, head_width: u64) -> Result<Self, ExportError> {
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
        let plain: Vec<f32> = (0..head_width / 2).map(turn).collect();
        let (Some(key), Some(scaling)) = (key, scaling) else {
            return Ok(Self(plain));
        };
        let scaled = Scaling(scaling).apply(plain);
        let refuse = || config.unexpected(key, scaling, SCALINGS.to_owned());
        scaled.map(Self).ok_or_else(refuse)
    }

    /// A table of `(positions, head width / 2)`.
    fn table(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        positions: u64,
        of: fn(f64) -> f64,
    ) -> Value {
        let turns = self.0.clone();
        let shape = vec![positions, turns.len() as u64];
        let compute = move |_: &[Vec<f32>]| {
            let row = |place: u64| {
                let angle = move |turn: &f32| of(f64::from(place as f32 * turn)) as f32;
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
        let width = 2 * self.0.len() as u64;
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

/// The object that describes a scaling of frequencies.
struct Scaling<'a>(&'a Json);

impl Scaling<'_> {
    /// The frequencies it makes of plain ones; `None` where it is not implemented or lacks a number.
    fn apply(&self, plain: Vec<f32>) -> Option<Vec<f32>> {
        self.0.as_object()?;
        let name = self.0.get("rope_type").or_else(|| self.0.get("type"));
        match name.map_or(Some("default"), Json::as_str)? {
            "default" => Some(plain),
            "linear" => {
                let factor = self.number("factor")? as f32;
                Some(plain.into_iter().map(|turn| turn / factor).collect())
            }
            "llama3" => self.by_wave_length(plain),
            "factors" => self.by_factors(&plain),
            _ => None,
        }
    }

    /// Llama 3.1's scaling: long waves are stretched, short ones kept, those between interpolated.
    fn by_wave_length(&self, plain: Vec<f32>) -> Option<Vec<f32>> {
        let factor = self.number("factor")? as f32;
        let (low, high) = (
            self.number("low_freq_factor")?,
            self.number("high_freq_factor")?,
        );
        let context = self.number("original_max_position_embeddings")?;
        if low >= high {
            return None;
        }
        let (longest, shortest) = ((context / low) as f32, (context / high) as f32);
        let scaled = |turn: f32| {
            let wave = (2.0 * PI) as f32 / turn;
            if wave > longest {
                turn / factor
            } else if wave < shortest {
                turn
            } else {
                let share = (context as f32 / wave - low as f32) / (high - low) as f32;
                (1.0 - share) * (turn / factor) + share * turn
            }
        };
        Some(plain.into_iter().map(scaled).collect())
    }

    /// A divisor for each frequency, which llama.cpp stores in place of a formula.
    fn by_factors(&self, plain: &[f32]) -> Option<Vec<f32>> {
        let factors = self.0.get("factors")?.as_array()?;
        let divided = |(turn, factor): (&f32, &Json)| {
            let factor = factor.as_f64().filter(|factor| *factor > 0.0)?;
            Some(turn / factor as f32)
        };
        let scaled: Option<Vec<f32>> = plain.iter().zip(factors).map(divided).collect();
        scaled.filter(|scaled| scaled.len() == plain.len() && factors.len() == plain.len())
    }

    fn number(&self, key: &str) -> Option<f64> {
        let number = self.0.get(key)?.as_f64()?;
        (number.is_finite() && number > 0.0).then_some(number)
    }
}
