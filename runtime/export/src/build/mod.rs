//! The architecture builders: a recipe and a config.json become a graph that names the weights it
//! needs.

mod activation;
mod attention;
mod net;
mod relative_bias;
mod resize;
mod text_encoder;
mod variant;
mod vision_transformer;

use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Element, Graph};
use crate::recipe::Recipe;
use crate::weights::Weights;

use net::Net;
pub(crate) use variant::Variant;

/// What the caller asks for besides the recipe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// Element type of weights and arithmetic.
    pub(crate) float: Element,
    /// Element type of token ids and masks.
    pub(crate) ids: Element,
    /// Height and width of images in pixels, where they are not the configuration's.
    pub(crate) image_size: Option<(u64, u64)>,
}

/// Builds the graph of a recipe; `weights` learns which tensors it needs.
pub(crate) fn build(
    recipe: &Recipe,
    config: &Config,
    variant: &Variant,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Graph, ExportError> {
    let mut net = Net::new(form.float, weights);
    match recipe {
        Recipe::TextEncoder(recipe) => {
            text_encoder::build(&mut net, recipe, config, variant, form.ids)?;
        }
        Recipe::VisionTransformer(recipe) => {
            vision_transformer::build(&mut net, recipe, config, variant, form.image_size)?;
        }
    }
    Ok(net.finish())
}

#[cfg(test)]
mod tests;
