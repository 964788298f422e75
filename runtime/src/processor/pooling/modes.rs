//! The ways to make one vector of a text's token vectors.
//!
//! Formulas and names are those of `Pooling` in sentence-transformers.

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, Zip};

/// What is taken of a text's tokens; padding never counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The first token.
    Cls,
    /// The largest value of each dimension.
    Max,
    /// The mean.
    Mean,
    /// The sum over the square root of the number of tokens.
    MeanSqrtLength,
    /// The mean weighted by position, the first token once, the second twice, and so on.
    WeightedMean,
    /// The last token.
    LastToken,
}

/// Keeps a text without tokens from dividing by zero.
const LEAST: f32 = 1e-9;

impl Mode {
    /// Every mode with its name and its older switch in a pooling module's `config.json`, in the order in which
    /// several are concatenated.
    pub(super) const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Cls, "cls", "pooling_mode_cls_token"),
        (Self::Max, "max", "pooling_mode_max_tokens"),
        (Self::Mean, "mean", "pooling_mode_mean_tokens"),
        (
            Self::MeanSqrtLength,
            "mean_sqrt_len_tokens",
            "pooling_mode_mean_sqrt_len_tokens",
        ),
        (
            Self::WeightedMean,
            "weightedmean",
            "pooling_mode_weightedmean_tokens",
        ),
        (Self::LastToken, "lasttoken", "pooling_mode_lasttoken"),
    ];

    /// Pools `tokens`, `(length, width)`, into `out`, `(width)`, which holds zeros.
    pub(super) fn pool(
        self,
        tokens: &ArrayView2<'_, f32>,
        mask: &ArrayView1<'_, i64>,
        mut out: ArrayViewMut1<'_, f32>,
    ) {
        let is_token = |&(_, &bit): &(usize, &i64)| bit != 0;
        let mut positions = mask
            .iter()
            .enumerate()
            .filter(is_token)
            .map(|(position, _)| position);
        match self {
            Self::Cls => {
                // A text without any token gives its first position, as an argmax over zeros does.
                if let Some(first) = positions.next().or((!mask.is_empty()).then_some(0)) {
                    out.assign(&tokens.row(first));
                }
            }
            Self::LastToken => {
                if let Some(last) = positions.next_back() {
                    out.assign(&tokens.row(last));
                }
            }
            Self::Max => {
                out.fill(f32::NEG_INFINITY);
                for position in positions {
                    Zip::from(&mut out)
                        .and(tokens.row(position))
                        .for_each(|out, &value| *out = out.max(value));
                }
            }
            Self::Mean | Self::MeanSqrtLength | Self::WeightedMean => {
                let mut sum = 0.0;
                for position in positions {
                    let weight = if self == Self::WeightedMean {
                        (position + 1) as f32
                    } else {
                        1.0
                    };
                    sum += weight;
                    out.scaled_add(weight, &tokens.row(position));
                }
                let sum = sum.max(LEAST);
                out /= if self == Self::MeanSqrtLength {
                    sum.sqrt()
                } else {
                    sum
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, arr1, arr2};

    use super::*;

    #[test]
    fn every_mode_pools_what_its_formula_says() {
        let tokens = arr2(&[[1.0, -2.0], [3.0, -4.0], [5.0, -9.0], [100.0, 100.0]]);
        let check = |mode: Mode, mask: [i64; 4], expected: [f32; 2]| {
            let mut out = Array1::zeros(2);
            mode.pool(&tokens.view(), &arr1(&mask).view(), out.view_mut());
            assert_eq!(out, arr1(&expected), "{mode:?} {mask:?}");
        };
        let three = [1, 1, 1, 0];
        check(Mode::Cls, three, [1.0, -2.0]);
        check(Mode::Cls, [0, 1, 1, 0], [3.0, -4.0]);
        check(Mode::Max, three, [5.0, -2.0]);
        check(Mode::Mean, three, [3.0, -5.0]);
        check(Mode::MeanSqrtLength, [1, 0, 0, 0], [1.0, -2.0]);
        check(Mode::MeanSqrtLength, [1, 1, 1, 1], [54.5, 42.5]);
        check(Mode::WeightedMean, three, [22.0 / 6.0, -37.0 / 6.0]);
        check(Mode::LastToken, three, [5.0, -9.0]);
        check(Mode::Mean, [0; 4], [0.0, 0.0]);
    }
}
