//! Figures in words: numbers with three digits that matter, units, cases, times.

use metrics::Estimate;

use crate::bench::{Case, Scenario};
use crate::catalog::Platform;
use crate::store::date::utc;

/// Bytes in a mebibyte.
const MIB: f64 = 1_048_576.0;

/// A number with three digits that matter, and thousands apart.
pub(super) fn number(value: f64) -> String {
    rounded(value, 3)
}

/// A number with so many digits that matter, and thousands apart.
fn rounded(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if !(1e-4..1e12).contains(&size) {
        return format!("{value:.2e}");
    }
    // What rounds up to a power of ten has a digit less after the point.
    let exponent = (size * (1.0 + 0.5 * 10_f64.powi(-digits))).log10().floor() as i32;
    let digits = (digits - 1 - exponent).max(0) as usize;
    let text = format!("{value:.digits$}");
    match text.split_once('.') {
        Some((whole, rest)) => format!("{}.{rest}", grouped(whole)),
        None => grouped(&text),
    }
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |digits| ("-", digits));
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
    let groups = groups.iter().map(|group| String::from_utf8_lossy(group));
    format!("{sign}{}", groups.collect::<Vec<_>>().join(","))
}

/// A value with its interval; one digit more, for intervals are narrow.
pub(super) fn estimate(found: &Estimate) -> String {
    let interval = interval(found.low, found.high);
    format!("{} ({interval})", rounded(found.value, 4))
}

/// An interval, with one digit more than other numbers.
pub(super) fn interval(low: f64, high: f64) -> String {
    format!("{}–{}", rounded(low, 4), rounded(high, 4))
}

/// From one value to another.
pub(super) fn span(low: f64, high: f64) -> String {
    let (low, high) = (number(low), number(high));
    if low == high {
        return low;
    }
    format!("{low}–{high}")
}

/// Bytes in MiB.
pub(super) fn mib(bytes: u64) -> String {
    number(bytes as f64 / MIB)
}

/// `1 row`, `2 rows`.
pub(super) fn count(number: usize, of: &str) -> String {
    if number == 1 {
        return format!("1 {of}");
    }
    format!("{number} {of}s")
}

/// A platform in prose.
pub(super) const fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Cpu => "CPU",
        Platform::Cuda => "CUDA",
        Platform::Rocm => "ROCm",
        Platform::Mps => "Core ML",
        Platform::OpenVino => "OpenVINO",
        Platform::WebNn => "WebNN",
        Platform::WebGpu => "WebGPU",
    }
}

/// What goes into a query of a case, and how: `batch 1, 128 tokens, fp32`.
pub(super) fn workload(case: &Case) -> String {
    let mut parts = vec![format!("batch {}", case.batch)];
    parts.extend(lengths(case));
    parts.push(manner(case));
    parts.join(", ")
}

/// How much goes into an item of a case.
pub(super) fn lengths(case: &Case) -> Vec<String> {
    let given = &case.lengths;
    let mut parts = Vec::new();
    parts.extend(given.tokens.map(|tokens| format!("{tokens} tokens")));
    parts.extend(given.new_tokens.map(|tokens| format!("{tokens} new")));
    let image = given.image;
    parts.extend(image.map(|(width, height)| format!("{width}×{height} pixels")));
    let seconds = given.audio_ms.map(|ms| f64::from(ms) / 1e3);
    parts.extend(seconds.map(|seconds| format!("{} s of sound", number(seconds))));
    parts
}

/// Everything else that decides about a case's numbers; what is usual is left out.
pub(super) fn manner(case: &Case) -> String {
    let mut parts = vec![case.precision.to_string()];
    if case.scenario != Scenario::SingleStream {
        parts.push(case.scenario.to_string());
    }
    let rate = case.queries_per_second;
    parts.extend(rate.map(|rate| format!("{} queries/s", number(rate))));
    if case.graph != "own" {
        parts.push(format!("{} graphs", case.graph));
    }
    if case.settings.threads != 0 {
        parts.push(count(case.settings.threads, "thread"));
    }
    parts.join(", ")
}

/// A platform with the options that were given to its provider.
pub(super) fn series(case: &Case) -> String {
    if case.options.is_empty() {
        return platform(case.platform).to_owned();
    }
    format!("{} {}", platform(case.platform), case.options.join(" "))
}

/// A time in milliseconds since 1970 as its day and minute in UTC.
pub(super) fn date(since_1970_ms: i64) -> String {
    let mut text = utc(since_1970_ms);
    // The seconds.
    text.truncate(text.len() - 3);
    text
}

/// The beginning of a text, so that it takes no more characters than these.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_that_matter() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1.00"),
            (0.012_34, "0.0123"),
            (9.996, "10.0"),
            (99.96, "100"),
            (123.4, "123"),
            (12_345.6, "12,346"),
            (-1234.0, "-1,234"),
            (1e-9, "1.00e-9"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(span(1.0, 1.001), "1.00");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (ms, text) in [
            (0, "1970-01-01 00:00"),
            (951_782_399_000, "2000-02-28 23:59"),
            (951_782_400_000, "2000-02-29 00:00"),
            (1_795_186_800_000, "2026-11-20 15:00"),
            (-60_000, "1969-12-31 23:59"),
        ] {
            assert_eq!(date(ms), text);
        }
    }

    #[test]
    fn long_texts_are_cut_at_characters() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüx", 3), "äö…");
    }
}
