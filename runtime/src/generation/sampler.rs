//! Choosing a token by its score: the likeliest, or one drawn by its probability.

use super::likeliest::likeliest;
use super::{GenerationOptions, Random};

/// Number of likeliest tokens to draw from where nobody says otherwise, as transformers has it.
const TOP_K: usize = 50;

/// How one row's tokens are chosen.
#[derive(Debug, Clone)]
pub enum Sampler {
    /// The likeliest token; of equal ones the first.
    Greedy,
    /// A token drawn by its probability.
    Drawn(Draw),
}

/// How tokens are drawn.
#[derive(Debug, Clone)]
pub struct Draw {
    temperature: f32,
    top_k: usize,
    top_p: f32,
    min_p: f32,
    random: Random,
}

impl Sampler {
    /// The sampler of options that are resolved already; `row` keeps the rows of a batch apart.
    #[must_use]
    pub fn new(options: &GenerationOptions, row: usize) -> Self {
        if options.is_sampled != Some(true) {
            return Self::Greedy;
        }
        let mut seed = Random::new(options.seed.unwrap_or(0));
        for _ in 0..row {
            seed.next_bits();
        }
        Self::Drawn(Draw {
            temperature: options.temperature.unwrap_or(1.0),
            top_k: options.top_k.unwrap_or(TOP_K),
            top_p: options.top_p.unwrap_or(1.0),
            min_p: options.min_p.unwrap_or(0.0),
            random: Random::new(seed.next_bits()),
        })
    }

    /// Chooses a token by scores `(vocabulary)`; `None` where none is finite.
    pub fn choose(&mut self, scores: &[f32]) -> Option<i64> {
        match self {
            Self::Greedy => likeliest(scores).map(|token| token as i64),
            Self::Drawn(draw) => draw.choose(scores),
        }
    }
}

impl Draw {
    /// Temperature, then the likeliest k, then those that make up p (Holtzman et al., 2019, arXiv:1904.09751), then
    /// those not too far from the likeliest (Nguyen et al., 2024, arXiv:2407.01082), as transformers orders them.
    fn choose(&mut self, scores: &[f32]) -> Option<i64> {
        let mut tokens: Vec<(usize, f32)> = scores
            .iter()
            .map(|score| score / self.temperature)
            .enumerate()
            .filter(|(_, score)| score.is_finite())
            .collect();
        // Equal scores keep the order of the vocabulary.
        let descending =
            |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if self.top_k > 0 && self.top_k < tokens.len() {
            tokens.select_nth_unstable_by(self.top_k - 1, descending);
            tokens.truncate(self.top_k);
        }
        tokens.sort_unstable_by(descending);
        let highest = tokens.first()?.1;
        let mut weights: Vec<f64> = tokens
            .iter()
            .map(|(_, score)| f64::from(score - highest).exp())
            .collect();
        weights.truncate(within(&weights, f64::from(self.top_p)));
        // The likeliest weighs 1.
        let least = f64::from(self.min_p);
        let kept = weights.iter().take_while(|&&weight| weight >= least);
        weights.truncate(kept.count().max(1));
        let total: f64 = weights.iter().sum();
        let mut left = self.random.next_share() * total;
        let drawn = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        // Rounding may leave a rest beyond the last.
        let place = drawn.unwrap_or(weights.len() - 1);
        tokens.get(place).map(|&(token, _)| token as i64)
    }
}

/// How many of the descending weights it takes to reach a share of their sum; at least one.
fn within(weights: &[f64], share: f64) -> usize {
    if share >= 1.0 {
        return weights.len();
    }
    let wanted = share * weights.iter().sum::<f64>();
    let mut sum = 0.0;
    let before = weights.iter().take_while(|&&weight| {
        let is_wanted = sum < wanted;
        sum += weight;
        is_wanted
    });
    before.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORES: [f32; 4] = [1.0, 3.0, f32::NEG_INFINITY, 2.0];

    fn sampled(options: &GenerationOptions) -> [usize; 4] {
        let options = GenerationOptions {
            is_sampled: Some(true),
            ..options.clone()
        };
        let mut sampler = Sampler::new(&options, 0);
        let mut counts = [0; 4];
        for _ in 0..10_000 {
            counts[sampler.choose(&SCORES).unwrap() as usize] += 1;
        }
        counts
    }

    #[test]
    fn the_likeliest_is_taken_and_of_equal_ones_the_first() {
        let mut greedy = Sampler::new(&GenerationOptions::default(), 0);
        assert_eq!(greedy.choose(&SCORES), Some(1));
        assert_eq!(greedy.choose(&[f32::NAN, 1.0, 1.0]), Some(1));
        assert_eq!(greedy.choose(&[f32::NAN, f32::NEG_INFINITY]), None);
    }

    #[test]
    fn tokens_are_drawn_by_their_probability() {
        let near = |counts: [usize; 4], scores: [f64; 4]| {
            let total: f64 = scores.iter().map(|score| score.exp()).sum();
            for (count, score) in counts.into_iter().zip(scores) {
                let expected = 10_000.0 * score.exp() / total;
                // Four standard deviations of a count of 10,000 are at most 200.
                assert!((count as f64 - expected).abs() < 200.0, "{counts:?}");
            }
        };
        let none = f64::NEG_INFINITY;
        near(
            sampled(&GenerationOptions::default()),
            [1.0, 3.0, none, 2.0],
        );
        let hot = GenerationOptions {
            temperature: Some(2.0),
            ..GenerationOptions::default()
        };
        near(sampled(&hot), [0.5, 1.5, none, 1.0]);
    }

    #[test]
    fn unlikely_tokens_are_left_out() {
        let drawn = |options: GenerationOptions| sampled(&options).map(|count| count > 0);
        let likely = [false, true, false, true];
        let top_k = Some(2);
        // Shares are 0.67, 0.24 and 0.09; the weights against the likeliest 1, 0.37 and 0.14.
        let top_p = Some(0.7);
        let min_p = Some(0.2);
        let open = GenerationOptions::default;
        assert_eq!(drawn(GenerationOptions { top_k, ..open() }), likely);
        assert_eq!(drawn(GenerationOptions { top_p, ..open() }), likely);
        assert_eq!(drawn(GenerationOptions { min_p, ..open() }), likely);
        let top_p = Some(0.6);
        let alone = [false, true, false, false];
        assert_eq!(drawn(GenerationOptions { top_p, ..open() }), alone);
    }

    #[test]
    fn rows_and_seeds_draw_differently_and_repeat() {
        let sequence = |seed, row| {
            let options = GenerationOptions {
                is_sampled: Some(true),
                seed: Some(seed),
                ..GenerationOptions::default()
            };
            let mut sampler = Sampler::new(&options, row);
            (0..32)
                .map(|_| sampler.choose(&[0.0; 9]).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(sequence(1, 0), sequence(1, 0));
        assert_ne!(sequence(1, 0), sequence(2, 0));
        assert_ne!(sequence(1, 0), sequence(1, 1));
    }
}
