//! The sizes of an encoder–decoder, read from config.json once for all its graphs.

use serde_json::{Value as Json, json};

use crate::build::Form;
use crate::build::activation::Activation;
use crate::build::net::numbered;
use crate::config::Config;
use crate::error::ExportError;
use crate::recipe::{EncoderDecoder, Source, StackPositions};
use crate::weights::Weights;

/// The distance from which on T5 tells distances no longer apart, where config.json does not say.
const USUAL_MAX_DISTANCE: u64 = 128;

/// An encoder–decoder: its recipe and what config.json says.
pub(super) struct Model<'a> {
    pub(super) recipe: &'a EncoderDecoder,
    pub(super) prefix: &'static str,
    pub(super) form: Form,
    pub(super) width: u64,
    pub(super) vocabulary: u64,
    pub(super) epsilon: f32,
    pub(super) feed_forward: FeedForward,
    pub(super) scales_tokens: bool,
    pub(super) is_tied: bool,
    /// Name of the bias of the logits, where there is one.
    pub(super) logits_bias: Option<&'static str>,
    /// Features of a frame, where the encoder reads audio.
    pub(super) channels: Option<u64>,
    pub(super) encoder: Stack,
    pub(super) decoder: Stack,
    /// What hides a score.
    pub(super) hidden: f64,
}

/// What the feed-forward part of a block computes.
#[derive(Clone, Copy)]
pub(super) enum FeedForward {
    /// An activation between two linear layers.
    Plain(Activation),
    /// Two linear layers, of which the activated one gates the other (Shazeer, 2020,
    /// arXiv:2002.05202), and a third; the names of the two.
    Gated(Activation, [&'static str; 2]),
}

/// One of the two stacks.
pub(super) struct Stack {
    /// What `{stack}` stands for in names.
    pub(super) name: &'static str,
    /// What `{last}` stands for in names.
    last: u64,
    pub(super) layers: u64,
    pub(super) heads: u64,
    pub(super) head_width: u64,
    pub(super) intermediate: u64,
    pub(super) places: Places,
}

impl Stack {
    /// The name of a weight of the whole stack.
    pub(super) fn named(&self, prefix: &str, name: &str) -> String {
        format!("{prefix}{}", name.replace("{stack}", self.name))
    }

    /// The name of a weight of a block.
    pub(super) fn numbered(&self, prefix: &str, name: &str, layer: u64) -> String {
        let name = name.replace("{last}", &self.last.to_string());
        numbered("", &self.named(prefix, &name), layer)
    }
}

/// How positions enter a stack.
#[derive(Clone, Copy)]
pub(super) enum Places {
    /// A bias per bucket of distances.
    Buckets { buckets: u32, max_distance: u32 },
    /// A row of a table is added.
    Table { rows: u64, unused: u64 },
}

impl<'a> Model<'a> {
    pub(super) fn new(
        recipe: &'a EncoderDecoder,
        config: &Config,
        form: Form,
        weights: &Weights<'_>,
    ) -> Result<Self, ExportError> {
        config.only("is_encoder_decoder", &json!(true))?;
        let width = config.size(recipe.config.width)?;
        let is_prefixed = weights.is_recording()
            || weights.contains(&format!("{}{}", recipe.prefix, recipe.tokens));
        let scales_tokens = match recipe.token_scale {
            Some(key) => config.flag(key, false)?,
            None => false,
        };
        let stored = |name: &str| weights.is_recording() || weights.contains(name);
        let channels = match recipe.source {
            Source::Tokens => None,
            Source::Features(stem) => Some(config.size(stem.channels)?),
        };
        Ok(Self {
            recipe,
            prefix: if is_prefixed { recipe.prefix } else { "" },
            form,
            width,
            vocabulary: config.size("vocab_size")?,
            epsilon: config.epsilon(recipe.config.norm_eps)?,
            feed_forward: feed_forward(recipe, config)?,
            scales_tokens,
            is_tied: config.flag("tie_word_embeddings", recipe.head.is_tied_by_default)?,
            logits_bias: recipe.head.bias.filter(|name| stored(name)),
            channels,
            encoder: encoder(recipe, config, width)?,
            decoder: decoder(recipe, config, width)?,
            hidden: form.float.lowest_score(),
        })
    }

    /// Full name of the table of token embeddings.
    pub(super) fn tokens(&self) -> String {
        format!("{}{}", self.prefix, self.recipe.tokens)
    }
}

fn encoder(recipe: &EncoderDecoder, config: &Config, width: u64) -> Result<Stack, ExportError> {
    let keys = &recipe.config;
    let heads = config.size(keys.encoder_heads)?;
    let rows = match recipe.positions {
        StackPositions::Table { encoder, .. } => encoder,
        StackPositions::Buckets { .. } => "",
    };
    Ok(Stack {
        name: "encoder",
        last: 1,
        layers: config.layers(keys.encoder_layers)?,
        heads,
        head_width: head_width(recipe, config, keys.encoder_heads, heads, width)?,
        intermediate: config.size(keys.encoder_intermediate)?,
        places: places(recipe, config, rows)?,
    })
}

fn decoder(recipe: &EncoderDecoder, config: &Config, width: u64) -> Result<Stack, ExportError> {
    let keys = &recipe.config;
    let heads = config.size(keys.decoder_heads)?;
    let is_own = config.has(keys.decoder_layers);
    let rows = match recipe.positions {
        StackPositions::Table { decoder, .. } => decoder,
        StackPositions::Buckets { .. } => "",
    };
    Ok(Stack {
        name: "decoder",
        last: 2,
        layers: config.layers(if is_own {
            keys.decoder_layers
        } else {
            keys.encoder_layers
        })?,
        heads,
        head_width: head_width(recipe, config, keys.decoder_heads, heads, width)?,
        intermediate: config.size(keys.decoder_intermediate)?,
        places: places(recipe, config, rows)?,
    })
}

fn head_width(
    recipe: &EncoderDecoder,
    config: &Config,
    heads_key: &str,
    heads: u64,
    width: u64,
) -> Result<u64, ExportError> {
    match recipe.config.head_width {
        Some(key) => config.size(key),
        None => config.divisor(heads_key, width).map(|_| width / heads),
    }
}

fn places(recipe: &EncoderDecoder, config: &Config, rows: &str) -> Result<Places, ExportError> {
    Ok(match recipe.positions {
        StackPositions::Buckets {
            buckets: buckets_key,
            max_distance: distance_key,
        } => {
            let buckets = config.size(buckets_key)?;
            let max_distance = config.size_or(distance_key, USUAL_MAX_DISTANCE)?;
            // The decoder tells half of the buckets apart, the encoder a quarter in each direction.
            if buckets < 4 || max_distance <= buckets / 2 {
                let allowed = "4 buckets or more, and a distance of more than half of them";
                let found = json!([buckets, max_distance]);
                return Err(config.unexpected(buckets_key, &found, allowed.to_owned()));
            }
            // Sizes are below 2^24.
            Places::Buckets {
                buckets: buckets as u32,
                max_distance: max_distance as u32,
            }
        }
        StackPositions::Table { unused_rows, .. } => Places::Table {
            rows: config.size(rows)?,
            unused: unused_rows.into(),
        },
    })
}

/// What the feed-forward part computes. A gated GELU is the approximation by the hyperbolic tangent, as transformers'
/// `T5Config` has it.
fn feed_forward(recipe: &EncoderDecoder, config: &Config) -> Result<FeedForward, ExportError> {
    let key = recipe.config.activation;
    let name = if config.has(key) {
        config.name(key)?
    } else {
        recipe.config.default_activation
    };
    let Some(gated) = name.strip_prefix("gated-") else {
        return Ok(FeedForward::Plain(Activation::named(config, key, name)?));
    };
    let Some(names) = recipe.stack.gated else {
        let allowed = "activations without a gate".to_owned();
        return Err(config.unexpected(key, &Json::from(name), allowed));
    };
    let name = if gated == "gelu" { "gelu_new" } else { gated };
    Ok(FeedForward::Gated(
        Activation::named(config, key, name)?,
        names,
    ))
}
