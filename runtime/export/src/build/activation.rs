//! Activation functions by the names config.json gives them.

use serde_json::Value as Json;

use super::net::Net;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::Value;

/// An activation function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// `x Φ(x)` with the error function (Hendrycks and Gimpel, 2016, arXiv:1606.08415).
    Gelu,
    /// Its approximation by the hyperbolic tangent, from the same paper.
    GeluTanh,
    /// `x σ(1.702 x)`, from the same paper.
    QuickGelu,
    /// `max(x, 0)`.
    Relu,
    /// `x σ(x)`.
    Silu,
}

/// Names in config.json, as `transformers.activations.ACT2FN` has them.
const NAMES: [(&str, Activation); 7] = [
    ("gelu", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("quick_gelu", Activation::QuickGelu),
    ("relu", Activation::Relu),
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
];

impl Activation {
    /// The activation a key of config.json names.
    pub(super) fn of(config: &Config, key: &str) -> Result<Self, ExportError> {
        Self::named(config, key, config.name(key)?)
    }

    /// The activation of that name, which stands at a key of config.json.
    pub(super) fn named(config: &Config, key: &str, name: &str) -> Result<Self, ExportError> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|&(_, activation)| activation).ok_or_else(|| {
            let names = NAMES.map(|(known, _)| known).join(", ");
            config.unexpected(key, &Json::from(name), names)
        })
    }

    /// Applies it. The forms are those that ONNX Runtime fuses into one node.
    pub(super) fn apply(self, net: &mut Net<'_, '_>, x: Value) -> Result<Value, ExportError> {
        let graph = &mut net.graph;
        match self {
            Self::Gelu => {
                let root = graph.scalar(std::f64::consts::SQRT_2);
                let scaled = graph.div(x, root)?;
                let erf = graph.erf(scaled)?;
                let one = graph.scalar(1.0);
                let sum = graph.add(erf, one)?;
                let product = graph.mul(x, sum)?;
                let half = graph.scalar(0.5);
                graph.mul(product, half)
            }
            Self::GeluTanh => {
                let cubic = graph.scalar(0.044_715);
                let cube = graph.power(x, 3.0)?;
                let correction = graph.mul(cube, cubic)?;
                let inner = graph.add(x, correction)?;
                let root = graph.scalar((2.0 / std::f64::consts::PI).sqrt());
                let scaled = graph.mul(inner, root)?;
                let tanh = graph.tanh(scaled)?;
                let one = graph.scalar(1.0);
                let sum = graph.add(tanh, one)?;
                let half = graph.scalar(0.5);
                let halved = graph.mul(x, half)?;
                graph.mul(halved, sum)
            }
            Self::QuickGelu => {
                let slope = graph.scalar(1.702);
                let scaled = graph.mul(x, slope)?;
                let gate = graph.sigmoid(scaled)?;
                graph.mul(x, gate)
            }
            Self::Relu => graph.relu(x),
            Self::Silu => {
                let gate = graph.sigmoid(x)?;
                graph.mul(x, gate)
            }
        }
    }
}
