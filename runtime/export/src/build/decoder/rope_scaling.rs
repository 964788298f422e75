//! Scalings of rotary frequencies for contexts longer than those trained for. The formulas are those of
//! `transformers.modeling_rope_utils`, in single precision as there.

use std::f64::consts::PI;

use serde_json::Value as Json;

use super::rotary::Frequencies;

/// The kinds that are implemented, as messages list them.
pub(super) const SCALINGS: &str = "null, or a `rope_type` of default, linear with its factor, llama3 with its four \
    factors, yarn with its factor, or factors with one for each frequency";

/// A scaling of frequencies, as config.json describes it.
pub(super) struct Scaling<'a> {
    pub(super) json: &'a Json,
    /// The base of the frequencies.
    pub(super) theta: f64,
    /// The configuration's number of positions.
    pub(super) positions: u64,
}

impl Scaling<'_> {
    /// What it makes of plain frequencies; `None` where it is not implemented or lacks a number.
    pub(super) fn apply(&self, plain: Frequencies) -> Option<Frequencies> {
        self.json.as_object()?;
        let name = self.json.get("rope_type").or_else(|| self.json.get("type"));
        let turns = match name.map_or(Some("default"), Json::as_str)? {
            "default" => plain.turns,
            "linear" => {
                let factor = self.number("factor")? as f32;
                plain.turns.into_iter().map(|turn| turn / factor).collect()
            }
            "llama3" => self.by_wave_length(plain.turns)?,
            "factors" => self.by_factors(&plain.turns)?,
            "yarn" => return self.yarn(&plain.turns),
            _ => return None,
        };
        Some(Frequencies { turns, ..plain })
    }

    /// `YaRN` (Peng et al., 2023, arXiv:2309.00071): between two places, frequencies go over from plain to divided
    /// ones, and attention is sharpened.
    fn yarn(&self, plain: &[f32]) -> Option<Frequencies> {
        let factor = self.number("factor")?;
        let original = self.number("original_max_position_embeddings");
        let original = original.unwrap_or(self.positions as f64);
        let mscale = |scale: f64| {
            if factor <= 1.0 {
                1.0
            } else {
                0.1 * scale * factor.ln() + 1.0
            }
        };
        let scales = self.number("mscale").zip(self.number("mscale_all_dim"));
        let inferred = scales.map_or(mscale(1.0), |(one, all)| mscale(one) / mscale(all));
        let width = 2.0 * plain.len() as f64;
        let place = |rotations: f64| {
            width * (original / (rotations * 2.0 * PI)).ln() / (2.0 * self.theta.ln())
        };
        let low = place(self.number("beta_fast").unwrap_or(32.0));
        let high = place(self.number("beta_slow").unwrap_or(1.0));
        let truncates = self.json.get("truncate").and_then(Json::as_bool);
        let (low, high) = match truncates {
            Some(false) => (low, high),
            _ => (low.floor(), high.ceil()),
        };
        let (low, mut high) = (low.max(0.0), high.min(width - 1.0));
        if (high - low).abs() < f64::EPSILON {
            high += 0.001;
        }
        let scaled = |(pair, turn): (usize, &f32)| {
            let ramp = ((pair as f64 - low) / (high - low)).clamp(0.0, 1.0) as f32;
            turn / factor as f32 * ramp + turn * (1.0 - ramp)
        };
        Some(Frequencies {
            turns: plain.iter().enumerate().map(scaled).collect(),
            gain: self.number("attention_factor").unwrap_or(inferred),
        })
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
        let factors = self.json.get("factors")?.as_array()?;
        let divided = |(turn, factor): (&f32, &Json)| {
            let factor = factor.as_f64().filter(|factor| *factor > 0.0)?;
            Some(turn / factor as f32)
        };
        let scaled: Option<Vec<f32>> = plain.iter().zip(factors).map(divided).collect();
        scaled.filter(|scaled| scaled.len() == plain.len() && factors.len() == plain.len())
    }

    fn number(&self, key: &str) -> Option<f64> {
        let number = self.json.get(key)?.as_f64()?;
        (number.is_finite() && number > 0.0).then_some(number)
    }
}
