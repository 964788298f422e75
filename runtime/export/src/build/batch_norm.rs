//! Batch normalisation (Ioffe and Szegedy, 2015, arXiv:1502.03167) with its stored statistics, folded at export time.

use super::net::Net;
use crate::graph::Value;

/// Torch's own epsilon.
const EPSILON: f64 = 1e-5;

/// The statistics and weights of a normalisation over `channels`, as names with shapes.
fn sources(name: &str, channels: u64) -> Vec<(String, Vec<u64>)> {
    ["weight", "bias", "running_mean", "running_var"]
        .map(|part| (format!("{name}.{part}"), vec![channels]))
        .to_vec()
}

/// Scale and shift of each channel, of the tensors that [`sources`] names.
fn scale_and_shift(tensors: &[Vec<f32>]) -> Vec<(f64, f64)> {
    let [weights, biases, means, variances, ..] = tensors else {
        return Vec::new();
    };
    let channels = weights.iter().zip(biases).zip(means).zip(variances);
    channels
        .map(|(((&weight, &bias), &mean), &variance)| {
            let scale = f64::from(weight) / (f64::from(variance) + EPSILON).sqrt();
            (scale, f64::from(bias) - f64::from(mean) * scale)
        })
        .collect()
}

/// Scale and shift as tables `(channels)`, to be multiplied with and added.
pub(super) fn affine(net: &mut Net<'_, '_>, name: &str, channels: u64) -> (Value, Value) {
    let scale = |tensors: &[Vec<f32>]| {
        scale_and_shift(tensors)
            .iter()
            .map(|of| of.0 as f32)
            .collect()
    };
    let shift = |tensors: &[Vec<f32>]| {
        scale_and_shift(tensors)
            .iter()
            .map(|of| of.1 as f32)
            .collect()
    };
    let from = || sources(name, channels);
    (
        net.computed(
            &format!("{name}.scale"),
            vec![channels],
            from(),
            Box::new(scale),
        ),
        net.computed(
            &format!("{name}.shift"),
            vec![channels],
            from(),
            Box::new(shift),
        ),
    )
}

/// Weight and bias of a convolution with the normalisation `norm` of its output in them; `shape` is the weight's, filters
/// first.
pub(super) fn folded(
    net: &mut Net<'_, '_>,
    convolution: &str,
    norm: &str,
    shape: &[u64],
) -> (Value, Value) {
    let filters = shape[0];
    let (weight, bias) = (
        format!("{convolution}.weight"),
        format!("{convolution}.bias"),
    );
    let scaled = move |tensors: &[Vec<f32>]| {
        let numbers = &tensors[4];
        let length = numbers.len() / filters as usize;
        let rows = numbers
            .chunks_exact(length.max(1))
            .zip(scale_and_shift(tensors));
        rows.flat_map(|(row, (scale, _))| row.iter().map(move |&n| (f64::from(n) * scale) as f32))
            .collect()
    };
    let shifted = |tensors: &[Vec<f32>]| {
        let channels = tensors[4].iter().zip(scale_and_shift(tensors));
        channels
            .map(|(&bias, (scale, shift))| (f64::from(bias) * scale + shift) as f32)
            .collect()
    };
    let from = |name: &str, shape: &[u64]| {
        let mut from = sources(norm, filters);
        from.push((name.to_owned(), shape.to_vec()));
        from
    };
    let weight_from = from(&weight, shape);
    let bias_from = from(&bias, &[filters]);
    (
        net.computed(
            &format!("{weight}.folded"),
            shape.to_vec(),
            weight_from,
            Box::new(scaled),
        ),
        net.computed(
            &format!("{bias}.folded"),
            vec![filters],
            bias_from,
            Box::new(shifted),
        ),
    )
}
