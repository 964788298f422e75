//! A ResNet with frozen batch normalisation (He et al., 2015, arXiv:1512.03385), as `modeling_resnet` of transformers
//! has it.

use serde_json::json;

use crate::build::activation::Activation;
use crate::build::map::{Conv, staged};
use crate::build::net::Net;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Sliding, Value};
use crate::recipe::Detector;

/// What `ResNetConfig` of transformers says of absent keys.
const DEFAULTS: &str = r#"{
    "num_channels": 3, "embedding_size": 64, "hidden_sizes": [256, 512, 1024, 2048], "depths": [3, 4, 6, 3],
    "layer_type": "bottleneck", "hidden_act": "relu"
}"#;

/// How much narrower a bottleneck is inside.
const REDUCTION: u64 = 4;

/// A convolution of a block: its channels, and how its kernel moves.
type Layer = (u64, u64, Sliding);

/// The sizes of a residual network.
pub(super) struct Backbone<'a> {
    recipe: &'a Detector,
    /// Number of colour channels.
    pub(super) channels: u64,
    embedding: u64,
    widths: Vec<u64>,
    depths: Vec<u64>,
    is_bottleneck: bool,
    is_first_halved: bool,
    is_halved_inside: bool,
    activation: Activation,
    epsilon: f32,
}

impl<'a> Backbone<'a> {
    /// Reads the section about the backbone. Only its last stage's map may be asked for.
    pub(super) fn new(
        recipe: &'a Detector,
        config: &Config,
        epsilon: f32,
    ) -> Result<Self, ExportError> {
        config.only("use_timm_backbone", &json!(false))?;
        config.only("dilation", &json!(false))?;
        let config = config
            .section(recipe.config.backbone)?
            .or_defaults(DEFAULTS)?;
        config.only("model_type", &json!("resnet"))?;
        let widths = config.sizes("hidden_sizes", None)?;
        let last = format!("stage{}", widths.len());
        config.only("out_features", &json!([last]))?;
        let is_bottleneck = match config.name("layer_type")? {
            "bottleneck" => true,
            "basic" => false,
            other => {
                let allowed = "bottleneck, basic".to_owned();
                return Err(config.unexpected("layer_type", &json!(other), allowed));
            }
        };
        Ok(Self {
            recipe,
            channels: config.size("num_channels")?,
            embedding: config.size("embedding_size")?,
            depths: config.depths("depths", Some(widths.len()))?,
            widths,
            is_bottleneck,
            is_first_halved: config.flag("downsample_in_first_stage", false)?,
            is_halved_inside: config.flag("downsample_in_bottleneck", false)?,
            activation: Activation::of(&config, "hidden_act")?,
            epsilon,
        })
    }

    /// Channels of the map that comes out.
    pub(super) fn width(&self) -> u64 {
        self.widths[self.widths.len() - 1]
    }

    /// The last stage's map.
    pub(super) fn apply(&self, net: &mut Net<'_, '_>, pixels: Value) -> Result<Value, ExportError> {
        let halving = |kernel: u64| sliding(kernel, 2);
        let stem = (self.channels, self.embedding, halving(7));
        let map = self.normed(net, pixels, self.recipe.weights.stem, stem)?;
        let map = self.activation.apply(net, map)?;
        let mut map = net.graph.max_pool(map, halving(3))?;
        let mut from = self.embedding;
        for (stage, (&to, &depth)) in self.widths.iter().zip(&self.depths).enumerate() {
            for layer in 0..depth {
                let is_halved = layer == 0 && (stage > 0 || self.is_first_halved);
                let stride = if is_halved { 2 } else { 1 };
                map = net.scope(&format!("stage.{stage}.layer.{layer}"), |net| {
                    self.block(net, map, (stage, layer), (from, to, stride))
                })?;
                from = to;
            }
        }
        Ok(map)
    }

    fn block(
        &self,
        net: &mut Net<'_, '_>,
        map: Value,
        (stage, layer): (usize, u64),
        (from, to, stride): (u64, u64, u64),
    ) -> Result<Value, ExportError> {
        let block = staged("", self.recipe.weights.residual_block, stage, layer);
        let layers: Vec<Layer> = if self.is_bottleneck {
            let inner = to / REDUCTION;
            let (first, second) = if self.is_halved_inside {
                (stride, 1)
            } else {
                (1, stride)
            };
            vec![
                (from, inner, sliding(1, first)),
                (inner, inner, sliding(3, second)),
                (inner, to, sliding(1, 1)),
            ]
        } else {
            vec![(from, to, sliding(3, stride)), (to, to, sliding(3, 1))]
        };
        let mut change = map;
        for (number, &layer) in layers.iter().enumerate() {
            let name = format!("{block}.layer.{number}");
            change = self.normed(net, change, &name, layer)?;
            if number + 1 < layers.len() {
                change = self.activation.apply(net, change)?;
            }
        }
        let mut shortcut = map;
        if from != to || stride != 1 {
            let name = format!("{block}.shortcut");
            shortcut = self.normed(net, map, &name, (from, to, sliding(1, stride)))?;
        }
        let sum = net.graph.add(change, shortcut)?;
        self.activation.apply(net, sum)
    }

    fn normed(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        name: &str,
        (from, to, sliding): Layer,
    ) -> Result<Value, ExportError> {
        let convolution = format!("{name}.convolution");
        let conv = Conv {
            has_bias: false,
            ..Conv::new(&convolution, from, to, sliding)
        };
        net.normed_conv(x, conv, &format!("{name}.normalization"), self.epsilon)
    }
}

/// A kernel with half of it put around the map.
const fn sliding(kernel: u64, stride: u64) -> Sliding {
    Sliding {
        kernel,
        stride,
        padding: kernel / 2,
    }
}
