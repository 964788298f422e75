//! Which of the forms a family's checkpoints come in is at hand: with or without prefix, head and
//! pooler.

use crate::checkpoint::Checkpoint;
use crate::config::Config;
use crate::error::ExportError;
use crate::options::Head;
use crate::recipe::{Recipe, TextEncoder, VisionTransformer};

/// The form of a checkpoint and of the graph built from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variant {
    /// What the encoder's weight names begin with.
    pub(crate) prefix: &'static str,
    /// Whether the graph ends in the family's head.
    pub(crate) has_head: bool,
    /// Whether the graph has a pooler with weights of its own.
    pub(crate) has_pooler: bool,
}

impl Variant {
    /// What to build from a checkpoint.
    pub(crate) fn of_checkpoint(
        recipe: &Recipe,
        checkpoint: &Checkpoint,
        head: Head,
    ) -> Result<Self, ExportError> {
        let has = |name: String| checkpoint.find(&name).is_some();
        match recipe {
            Recipe::TextEncoder(recipe) => {
                let prefix = recipe.prefix;
                let is_prefixed = has(format!("{prefix}{}", recipe.weights.word_embeddings));
                let prefix = if is_prefixed { prefix } else { "" };
                let stored = recipe
                    .mask_head
                    .is_some_and(|mask| has(format!("{}.weight", mask.dense)));
                let has_head = match head {
                    Head::Auto => stored && is_masked_lm(&checkpoint.config),
                    Head::Base => false,
                    Head::MaskedLm => {
                        recipe.mask_head.is_some() || refuse(head, "the family's recipe has none")?
                    }
                    Head::Classifier => refuse(
                        head,
                        "text encoders are exported with a masked-lm head or with none",
                    )?,
                };
                let pooler = |name| has(format!("{prefix}{name}.weight"));
                Ok(Self {
                    prefix,
                    has_head,
                    has_pooler: !has_head && recipe.weights.pooler.is_some_and(pooler),
                })
            }
            Recipe::VisionTransformer(recipe) => {
                let prefix = recipe.prefix;
                let is_prefixed = has(format!("{prefix}{}", recipe.weights.position_embeddings));
                let stored = |name: &&str| has(format!("{name}.weight"));
                let has_head = match head {
                    Head::Auto => recipe
                        .classifier
                        .is_some_and(|classifier| classifier.heads.iter().any(stored)),
                    Head::Base => false,
                    Head::Classifier => {
                        recipe.classifier.is_some() || refuse(head, "the family's recipe has none")?
                    }
                    Head::MaskedLm => refuse(
                        head,
                        "vision transformers are exported with a classifier or with none",
                    )?,
                };
                Ok(Self {
                    prefix: if is_prefixed { prefix } else { "" },
                    has_head,
                    has_pooler: false,
                })
            }
        }
    }

    /// What a checkpoint of this configuration holds, by the class it names; without one, the
    /// family's usual form: text encoders bare with a pooler, vision transformers with their
    /// classifier.
    pub(crate) fn of_config(recipe: &Recipe, config: &Config) -> Self {
        match recipe {
            Recipe::TextEncoder(recipe) => {
                let has_head = recipe.mask_head.is_some() && is_masked_lm(config);
                let TextEncoder {
                    prefix, weights, ..
                } = recipe;
                Self {
                    prefix: if has_head { prefix } else { "" },
                    has_head,
                    has_pooler: !has_head && weights.pooler.is_some(),
                }
            }
            Recipe::VisionTransformer(VisionTransformer {
                prefix, classifier, ..
            }) => {
                let classifies = |class: &str| class.contains("ForImageClassification");
                let has_head = classifier.is_some() && config.class().is_none_or(classifies);
                Self {
                    prefix: if has_head { prefix } else { "" },
                    has_head,
                    has_pooler: false,
                }
            }
        }
    }
}

fn is_masked_lm(config: &Config) -> bool {
    config
        .class()
        .is_some_and(|class| class.ends_with("ForMaskedLM"))
}

fn refuse(head: Head, reason: &str) -> Result<bool, ExportError> {
    Err(ExportError::Head {
        head: head.name(),
        reason: reason.to_owned(),
    })
}
