//! Bicubic interpolation of position tables to another grid of patches.

/// Sharpness of the cubic kernel in tensor interpolation (Keys, 1981); image libraries take -0.5.
const A: f32 = -0.75;

/// Resizes `(rows, columns, width)` from one grid to another: bicubic, corners not aligned, no
/// antialiasing, borders repeated, in single precision, as `torch.nn.functional.interpolate` does.
/// The same grid is returned untouched.
pub(super) fn resize_positions(
    table: &[f32],
    from: (u64, u64),
    to: (u64, u64),
    width: usize,
) -> Vec<f32> {
    if from == to {
        return table.to_vec();
    }
    let (rows, columns) = (taps(from.0, to.0), taps(from.1, to.1));
    let stride = from.1 as usize;
    let mut resized = Vec::with_capacity(rows.len() * columns.len() * width);
    for row in &rows {
        for column in &columns {
            for channel in 0..width {
                let along_row = |source: usize| -> f32 {
                    let value = |&(place, weight): &(usize, f32)| {
                        table[(source * stride + place) * width + channel] * weight
                    };
                    column.iter().map(value).sum()
                };
                resized.push(
                    row.iter()
                        .map(|&(source, weight)| along_row(source) * weight)
                        .sum(),
                );
            }
        }
    }
    resized
}

/// For each place of the result the four places it is mixed from, with their weights.
fn taps(from: u64, to: u64) -> Vec<[(usize, f32); 4]> {
    let scale = from as f32 / to as f32;
    let last = from as i64 - 1;
    let tap = |place: u64| {
        let source = (place as f32 + 0.5) * scale - 0.5;
        let below = source.floor();
        let weights = cubic(source - below);
        let source = |offset: i64| (below as i64 + offset).clamp(0, last) as usize;
        [
            (source(-1), weights[0]),
            (source(0), weights[1]),
            (source(1), weights[2]),
            (source(2), weights[3]),
        ]
    };
    (0..to).map(tap).collect()
}

/// Weights of the four neighbours of a point that lies `t` beyond the second.
fn cubic(t: f32) -> [f32; 4] {
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one() {
        for step in 0..=10 {
            let sum: f32 = cubic(step as f32 / 10.0).iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        }
    }

    #[test]
    fn a_grid_is_resized_as_torch_does() {
        let table: Vec<f32> = (0..12).map(|n| (n * n % 7) as f32).collect();
        assert_eq!(resize_positions(&table, (3, 4), (3, 4), 1), table);
        // Values of torch 2.15, interpolate(mode="bicubic", align_corners=False).
        let check = |to, expected: &[f32]| {
            let resized = resize_positions(&table, (3, 4), to, 1);
            assert_eq!(resized.len(), expected.len());
            for (resized, expected) in resized.iter().zip(expected) {
                assert!((resized - expected).abs() < 1e-6, "{resized} {expected}");
            }
        };
        check(
            (2, 3),
            &[
                0.631_397_37,
                2.763_671_9,
                1.764_002_2,
                1.742_278_2,
                3.167_968_8,
                1.461_716_8,
            ],
        );
        check(
            (5, 2),
            &[
                -0.075_249_84,
                3.575_250_4,
                1.449_750_7,
                1.978_249_5,
                3.281_25,
                0.218_75,
                3.138_374_8,
                0.973_625_84,
                2.630_500_6,
                1.965_500_2,
            ],
        );
    }
}
