//! Convolutions over one axis, whose weight may be stored as a direction and a length.

use crate::build::net::Net;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Stride, Value};

/// A convolution of `(batch, channels, length)` that keeps the length.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// Name of its weights without `.weight`.
    name: &'a str,
    /// Channels of what goes in.
    from: u64,
    /// Channels of what comes out.
    to: u64,
    kernel: u64,
    stride: Stride,
    /// Whether checkpoints store the weight under weight normalisation.
    is_normed: bool,
    has_bias: bool,
}

impl<'a> Line<'a> {
    /// A convolution that sees one place at a time.
    pub(super) fn new(name: &'a str, from: u64, to: u64) -> Self {
        Self {
            name,
            from,
            to,
            kernel: 1,
            stride: Stride::bare(&[1]),
            is_normed: false,
            has_bias: true,
        }
    }

    /// The same over `kernel` places, `dilation` apart, with the place at hand in the middle; of an even kernel the one
    /// before the middle.
    pub(super) fn over(mut self, kernel: u64, dilation: u64) -> Self {
        self.kernel = kernel;
        self.stride.before = vec![(kernel - 1) * dilation / 2];
        self.stride.after = vec![(kernel - 1) * dilation - self.stride.before[0]];
        self.stride.dilations = vec![dilation];
        self
    }

    /// The same on every channel by itself.
    pub(super) fn by_channel(mut self) -> Self {
        self.stride.groups = self.from;
        self
    }

    /// The same with weight normalisation.
    pub(super) fn normed(mut self) -> Self {
        self.is_normed = true;
        self
    }

    /// The same without a bias.
    pub(super) fn unbiased(mut self) -> Self {
        self.has_bias = false;
        self
    }
}

impl Net<'_, '_> {
    /// A convolution over the last axis.
    pub(super) fn line(&mut self, x: Value, line: &Line<'_>) -> Result<Value, ExportError> {
        let shape = [line.to, line.from / line.stride.groups, line.kernel];
        let weight = self.filters(line.name, shape, line.is_normed);
        let bias = line
            .has_bias
            .then(|| self.tensor(&format!("{}.bias", line.name), &[line.to]));
        let length = self.graph.shape(x).last().copied();
        let length = length.unwrap_or(crate::graph::Dim::Fixed(1));
        self.graph
            .convolution(x, weight, bias, &line.stride, length)
    }

    /// A weight `(filters, channels, kernel)` as it is, or the direction and the length that weight normalisation (Salimans and Kingma, 2016,
    /// arXiv:1602.07868) stores for every filter, multiplied.
    /// `is_normed` says which form is asked for where there is no checkpoint that has one.
    pub(super) fn filters(&mut self, name: &str, shape: [u64; 3], is_normed: bool) -> Value {
        let plain = format!("{name}.weight");
        let modern = format!("{name}.parametrizations.weight.original0");
        let old = format!("{name}.weight_g");
        let has = |tensor: &str| self.weights.contains(tensor);
        let (length, direction) = if has(&modern) {
            (modern, format!("{name}.parametrizations.weight.original1"))
        } else if has(&old) || (is_normed && !has(&plain)) {
            (old, format!("{name}.weight_v"))
        } else {
            return self.tensor(&plain, &shape);
        };
        let filter = (shape[1] * shape[2]) as usize;
        let compute = move |tensors: &[Vec<f32>]| {
            let filters = tensors[1].chunks(filter).zip(&tensors[0]);
            let scaled = filters.flat_map(|(direction, &length)| {
                let squares = direction.iter().map(|&number| f64::from(number).powi(2));
                let scale = f64::from(length) / squares.sum::<f64>().sqrt();
                let scaled = direction.iter();
                scaled.map(move |&number| (f64::from(number) * scale) as f32)
            });
            scaled.collect()
        };
        let from = vec![(length, vec![shape[0], 1, 1]), (direction, shape.to_vec())];
        self.computed(&plain, shape.to_vec(), from, Box::new(compute))
    }
}

/// A kernel that has a middle.
pub(super) fn odd(config: &Config, key: &str) -> Result<u64, ExportError> {
    let kernel = config.size(key)?;
    if kernel % 2 == 1 && kernel <= WIDEST {
        return Ok(kernel);
    }
    let allowed = format!("odd numbers up to {WIDEST}");
    Err(config.unexpected(key, &serde_json::Value::from(kernel), allowed))
}

/// Wider kernels are refused: no model has one, and products with dilations stay countable.
pub(super) const WIDEST: u64 = 1 << 12;
