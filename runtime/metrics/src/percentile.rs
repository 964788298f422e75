//! Distribution-free percentiles: order statistics with a binomial interval (David and Nagaraja, Order Statistics, 7.1).

/// Chance that at most one sample lies above the percentile, beyond which there are too few samples to speak of it.
const CARELESSNESS: f64 = 0.01;

/// Probability left out at either end of the interval.
const TAIL: f64 = 0.025;

/// A percentile with its interval, in the unit of the samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The percentile itself: the smallest sample with at least the share of samples at or below it.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

/// Too few samples for a percentile.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{found} samples, p{} needs {needed}", share * 100.0)]
pub struct TooFewSamples {
    /// The share of samples at or below the percentile, 0 to 1.
    pub share: f64,
    /// Number of samples there are.
    pub found: usize,
    /// Number of samples it takes.
    pub needed: usize,
}

/// Number of samples from which on a percentile is given: enough that at most one of them above it is a 1 % event.
///
/// Gives 11 for the median, 64 for p90, 130 for p95, 662 for p99 and 6,636 for p99.9.
#[must_use]
pub fn minimum_samples(share: f64) -> usize {
    let at_most_one_above = |samples: i32| {
        let none = share.powi(samples);
        none + f64::from(samples) * (1.0 - share) * share.powi(samples - 1)
    };
    let enough = (1..i32::MAX).find(|samples| at_most_one_above(*samples) <= CARELESSNESS);
    enough.map_or(usize::MAX, |samples| samples as usize)
}

/// The percentile of sorted samples at a share strictly between 0 and 1.
///
/// # Errors
/// Fewer samples than [`minimum_samples`].
pub fn estimate(sorted: &[f64], share: f64) -> Result<Estimate, TooFewSamples> {
    let (found, needed) = (sorted.len(), minimum_samples(share));
    if found < needed {
        return Err(TooFewSamples {
            share,
            found,
            needed,
        });
    }
    let rank = (share * found as f64).ceil() as usize;
    let (low, high) = interval(found, share);
    Ok(Estimate {
        value: sorted[rank - 1],
        low: sorted[low],
        high: sorted[high],
    })
}

/// Indices of the order statistics that enclose the percentile with at least 95 % probability, as far as there are any.
fn interval(samples: usize, share: f64) -> (usize, usize) {
    // The number of samples below the percentile is binomial. Logarithms keep its terms from underflowing.
    let odds = (share / (1.0 - share)).ln();
    let mut log_term = samples as f64 * (1.0 - share).ln();
    let mut below = 0.0;
    let (mut low, mut high) = (0, samples - 1);
    for count in 0..samples {
        below += log_term.exp();
        if below <= TAIL {
            low = count;
        }
        if below >= 1.0 - TAIL {
            high = count.min(samples - 1);
            break;
        }
        log_term += ((samples - count) as f64 / (count + 1) as f64).ln() + odds;
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimum_samples_are_the_published_ones() {
        for (share, samples) in [
            (0.5, 11),
            (0.9, 64),
            (0.95, 130),
            (0.99, 662),
            (0.999, 6636),
        ] {
            assert_eq!(minimum_samples(share), samples, "p{}", share * 100.0);
        }
    }

    #[test]
    fn too_few_samples_give_a_reason_and_no_number() {
        let error = estimate(&[1.0; 10], 0.5).unwrap_err();
        assert_eq!(error.to_string(), "10 samples, p50 needs 11");
    }

    #[test]
    fn the_interval_of_a_median_is_the_tabulated_one() {
        // Ranks for 95 % by the sign test: n = 11: 2 and 10; n = 20: 6 and 15; n = 100: 40 and 61.
        for (samples, low, high) in [(11, 2, 10), (20, 6, 15), (100, 40, 61)] {
            let sorted: Vec<f64> = (1..=samples).map(f64::from).collect();
            let found = estimate(&sorted, 0.5).unwrap();
            assert_eq!(
                (found.low, found.high),
                (f64::from(low), f64::from(high)),
                "n = {samples}"
            );
        }
    }

    #[test]
    fn intervals_cover_the_true_percentile_as_often_as_they_say() {
        // Uniform samples from a fixed linear congruential sequence; the true p90 is 0.9.
        let mut state = 7_u64;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let covered = (0..2000).filter(|_| {
            let mut samples: Vec<f64> = (0..100).map(|_| uniform()).collect();
            samples.sort_by(f64::total_cmp);
            let found = estimate(&samples, 0.9).unwrap();
            (found.low..=found.high).contains(&0.9)
        });
        let share = covered.count() as f64 / 2000.0;
        assert!((0.94..0.985).contains(&share), "covered {share}");
    }
}
