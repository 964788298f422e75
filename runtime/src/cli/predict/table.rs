//! Predictions for people.

use super::{Basis, Predicted};
use crate::catalog::Precision;
use crate::predict::{Estimate, HeldOutError};

/// Every case with what is predicted, and what the predictions rest on.
pub(super) fn table(all: &[Predicted], bases: &[(Precision, Basis)]) -> String {
    let cases: Vec<String> = all.iter().map(|one| one.case.to_string()).collect();
    let width = cases.iter().map(|case| case.chars().count()).max();
    let width = width.unwrap_or(0).max(4);
    let mut text = format!(
        "predicted, not measured\n{:<width$} {:>12} {:>22} {:>11} {:>18}\n",
        "case", "predicted ms", "90 % interval ms", "memory MiB", "90 % interval MiB"
    );
    for (one, case) in all.iter().zip(&cases) {
        let (value, interval) = shown(&one.time);
        let (memory, memories) = one.memory.as_ref().map_or_else(
            || ("not known".to_owned(), String::new()),
            |memory| shown(&memory.scaled(1.0 / f64::from(1 << 20))),
        );
        let line = format!("{case:<width$} {value:>12} {interval:>22} {memory:>11} {memories:>18}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for (precision, basis) in bases {
        text.push_str(&rests_on(*precision, basis));
    }
    text
}

/// What predictions rest on, and how far they are off.
fn rests_on(precision: Precision, basis: &Basis) -> String {
    match basis {
        Basis::Rows(predictor) => {
            let time = predictor.time();
            let mut text = format!("{precision}: {}\n", told("times", &time.held_out));
            if predictor.restless() > 0 {
                text.push_str(&format!(
                    "{precision}: {} rows left out, beside which something else ran: their times scatter\n",
                    predictor.restless()
                ));
            }
            match predictor.memory() {
                Some(memory) => {
                    text.push_str(&format!(
                        "{precision}: {}\n",
                        told("memory", &memory.held_out)
                    ));
                }
                None => text.push_str(&format!(
                    "{precision}: too little was measured of memory to learn it from\n"
                )),
            }
            text
        }
        Basis::Profile(profile) => format!(
            "{precision}: by the registry's profile of {} ({}), off by {:.0} % in the mean for {} families held out; \
             memory is not known\n",
            profile.device,
            profile.library,
            profile.held_out.error_percent,
            profile.held_out.families
        ),
    }
}

fn told(what: &str, held_out: &HeldOutError) -> String {
    let covered = held_out.covered_percent.map_or_else(
        || "too few families to say how many cases intervals hold".to_owned(),
        |percent| format!("intervals held {percent:.0} % of the cases"),
    );
    format!(
        "{what} learnt from {} cases of {} families on this machine; each family predicted by the others: off by {:.1} % \
         in the mean, {covered}",
        held_out.cases, held_out.families, held_out.error_percent
    )
}

/// A value and its interval, to three digits.
fn shown(estimate: &Estimate) -> (String, String) {
    let interval = format!("{} to {}", digits(estimate.low), digits(estimate.high));
    (digits(estimate.value), interval)
}

/// Three digits, or all before the point.
fn digits(number: f64) -> String {
    let before = number.abs().max(1e-9).log10().floor() as i32;
    let places = usize::try_from(2 - before).unwrap_or(0).min(6);
    format!("{number:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let numbers = [1234.5, 99.96, 1.2345, 0.012_345, 0.0];
        let numbers = numbers.map(digits);
        assert_eq!(numbers, ["1234", "100.0", "1.23", "0.0123", "0.000000"]);
    }
}
