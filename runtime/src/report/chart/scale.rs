//! Scales: which values a chart spans, where its ticks are, and what they say.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::super::figures::{number, shortened};

/// The most ticks of a scale that are aimed at.
const TICKS: f64 = 6.0;
/// The most pixels of a name beside a chart.
const WIDEST: u32 = 310;
/// Greatest value over the least, below which logarithms are no help.
const NARROW: f64 = 4.0;

/// From one value to another, evenly or by powers of ten.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Scale {
    /// What it shows, with the unit.
    pub(in crate::report) label: String,
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
    is_log: bool,
    is_names: bool,
}

impl Scale {
    /// An even scale from zero to beyond the greatest value.
    pub(in crate::report) fn from_zero(
        label: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        let highest = finite(values).fold(0.0, f64::max);
        Self::even(label.into(), 0.0, if highest > 0.0 { highest } else { 1.0 })
    }

    /// An even scale around values that lie far from zero.
    pub(in crate::report) fn around(
        label: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        let (low, high) = bounds(values).unwrap_or((0.0, 1.0));
        // A scale that begins at zero is easier to read, as long as the values still fill half of it.
        if low >= 0.0 && low < high / 2.0 {
            return Self::even(label.into(), 0.0, high);
        }
        let room = ((high - low) / 10.0)
            .max(high.abs() * 0.01)
            .max(f64::MIN_POSITIVE);
        Self::even(label.into(), low - room, high + room)
    }

    fn even(label: String, low: f64, high: f64) -> Self {
        let step = step((high - low) / TICKS);
        let high = (high / step).ceil() * step;
        let first = (low / step).ceil() as i64;
        let last = (high / step).round() as i64;
        let ticks = (first..=last).map(|place| {
            let value = place as f64 * step;
            (value, tick(value))
        });
        Self {
            label,
            low,
            high,
            ticks: ticks.collect(),
            is_log: false,
            is_names: false,
        }
    }

    /// A scale by powers of ten around positive values; others are left out.
    pub(in crate::report) fn log(
        label: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        let positive = finite(values).filter(|value| *value > 0.0);
        let (low, high) = bounds(positive).unwrap_or((1.0, 10.0));
        if high / low < NARROW {
            return Self::around(label, [low, high]);
        }
        let (low, high) = (low / 1.3, high * 1.3);
        let decades = high.log10() - low.log10();
        // The fewer decades there are, the more ticks one takes.
        let steps: &[f64] = match decades {
            ..1.2 => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            1.2..3.0 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let stride = (decades / 7.0).ceil().max(1.0) as usize;
        let powers = (low.log10().floor() as i32..=high.log10().ceil() as i32).step_by(stride);
        let ticks = powers.flat_map(|power| {
            let unit = 10_f64.powi(power);
            steps.iter().map(move |step| step * unit)
        });
        let ticks = ticks.filter(|value| (low..=high).contains(value));
        Self {
            label: label.into(),
            low,
            high,
            ticks: ticks.map(|value| (value, tick(value))).collect(),
            is_log: true,
            is_names: false,
        }
    }

    /// Powers of two, or whatever positive values there are, each at its place by its logarithm, with a tick at each of a few.
    pub(in crate::report) fn steps(
        label: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        let mut values: Vec<f64> = finite(values).filter(|value| *value > 0.0).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            return Self::log(label, []);
        };
        if values.len() > TICKS as usize + 2 {
            return Self::log(label, values);
        }
        Self {
            label: label.into(),
            low: first / 1.3,
            high: last * 1.3,
            ticks: values.iter().map(|value| (*value, tick(*value))).collect(),
            is_log: true,
            is_names: false,
        }
    }

    /// Names from the top to the bottom, at 0, 1, 2 and so on.
    pub(in crate::report) fn names(names: &[String]) -> Self {
        let ticks = names.iter().enumerate();
        Self {
            label: String::new(),
            low: names.len() as f64 - 0.5,
            high: -0.5,
            ticks: ticks
                .map(|(place, name)| (place as f64, fitted(name, WIDEST)))
                .collect(),
            is_log: false,
            is_names: true,
        }
    }

    /// Whether it lists names.
    pub(super) const fn is_names(&self) -> bool {
        self.is_names
    }

    /// Pixels of the widest tick.
    pub(super) fn widest(&self) -> u32 {
        let widths = self.ticks.iter().map(|(_, text)| pixels(text));
        widths.max().unwrap_or(0)
    }

    /// Number of ticks.
    pub(super) fn tick_count(&self) -> usize {
        self.ticks.len()
    }

    /// Lowest and highest value.
    pub(in crate::report) const fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// A value as near to it as the scale reaches.
    pub(in crate::report) fn within(&self, value: f64) -> f64 {
        value.clamp(self.low.min(self.high), self.low.max(self.high))
    }

    /// Place of a value, 0 at the lower end and 1 at the upper.
    fn place(&self, value: f64) -> f64 {
        if self.is_log {
            let above = |value: f64| value.max(f64::MIN_POSITIVE).ln() - self.low.ln();
            return above(value) / above(self.high);
        }
        (value - self.low) / (self.high - self.low)
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let place = self.place(*value);
        // What lies far outside is cut off at the edge, and a pixel is a whole number.
        let place = if place.is_finite() {
            place.clamp(-0.05, 1.05)
        } else {
            0.0
        };
        limit.0 + (f64::from(limit.1 - limit.0) * place).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, _: H) -> Vec<f64> {
        self.ticks.iter().map(|(value, _)| *value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        let found = self
            .ticks
            .iter()
            .find(|(tick, _)| tick.total_cmp(value).is_eq());
        found.map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

fn finite(values: impl IntoIterator<Item = f64>) -> impl Iterator<Item = f64> {
    values.into_iter().filter(|value| value.is_finite())
}

fn bounds(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    finite(values).fold(None, |bounds, value| match bounds {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// The next of 1, 2, 5, 10 and so on.
fn step(least: f64) -> f64 {
    let unit = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * unit);
    steps
        .into_iter()
        .find(|step| *step >= least * 0.999)
        .unwrap_or(10.0 * unit)
}

/// About how wide a text is in pixels, rather too much than too little: fonts differ.
pub(super) fn pixels(text: &str) -> u32 {
    let width = |c| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '!' | ' ' | '\'' => 5,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '<' | '>' | '=' | '+' | '_' => 12,
        'A'..='Z' | '&' | '#' => 10,
        c if c.is_ascii() => 8,
        _ => 13,
    };
    text.chars().map(width).sum()
}

/// The beginning of a text that is no wider than these pixels.
fn fitted(text: &str, widest: u32) -> String {
    let lengths = (1..=text.chars().count()).rev();
    let mut cuts = lengths.map(|length| shortened(text, length));
    cuts.find(|cut| pixels(cut) <= widest).unwrap_or_default()
}

/// A value as ticks write it: without zeros that say nothing.
fn tick(value: f64) -> String {
    let text = number(value);
    if text.contains('e') || !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(scale: &Scale) -> Vec<&str> {
        scale.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            ticks(&Scale::from_zero("ms", [3.0, 11.2])),
            ["0", "2", "4", "6", "8", "10", "12"]
        );
        assert_eq!(ticks(&Scale::log("ms", [0.02, 40.0])), ["0.1", "1", "10"]);
        assert_eq!(
            ticks(&Scale::steps("batch", [1.0, 2.0, 8.0, 4.0])),
            ["1", "2", "4", "8"]
        );
        assert_eq!(
            ticks(&Scale::log("ms", [9.0, 11.0])),
            ["9", "9.5", "10", "10.5", "11", "11.5"]
        );
        assert_eq!(
            ticks(&Scale::around("ms", [100.0, 101.0])),
            ["99", "100", "101", "102", "103"]
        );
    }

    #[test]
    fn every_scale_has_ends_and_ticks_whatever_the_values() {
        for values in [
            vec![],
            vec![0.0],
            vec![5.0, 5.0],
            vec![f64::NAN, f64::INFINITY],
            vec![1e-300, 1e300],
            vec![-1.0, 1.0],
        ] {
            for scale in [
                Scale::from_zero("", values.iter().copied()),
                Scale::around("", values.iter().copied()),
                Scale::log("", values.iter().copied()),
                Scale::steps("", values.iter().copied()),
            ] {
                let (low, high) = scale.ends();
                assert!(low < high, "{values:?}: {scale:?}");
                assert!(
                    (1..=16).contains(&scale.ticks.len()),
                    "{values:?}: {scale:?}"
                );
                for value in &values {
                    let at = scale.map(value, (0, 100));
                    assert!((-5..=105).contains(&at), "{value} at {at}");
                }
            }
        }
    }

    #[test]
    fn names_are_cut_by_their_width() {
        assert_eq!(
            fitted("BERT base uncased, batch 1", 230),
            "BERT base uncased, batch 1"
        );
        for text in ["w".repeat(500), "ä".repeat(500), "i".repeat(500)] {
            let cut = fitted(&text, 230);
            assert!(cut.ends_with('…') && pixels(&cut) <= 230 && cut.chars().count() > 10);
        }
        assert_eq!(fitted("", 230), "");
    }

    #[test]
    fn names_go_down() {
        let scale = Scale::names(&["first".to_owned(), "second".to_owned()]);
        // Pixels of a vertical axis are given from the bottom up.
        assert!(scale.map(&0.0, (100, 0)) < scale.map(&1.0, (100, 0)));
    }
}
