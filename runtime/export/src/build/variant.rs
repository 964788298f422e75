//! Which of the forms a family's checkpoints come in is at hand: with or without prefix, head and
//! pooler.

use crate::config::Config;
use crate::error::ExportError;
use crate::options::Head;
use crate::recipe::{TextEncoder, VisionTransformer};
use crate::weights::Weights;

/// The form of a checkpoint and of the graph built from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Variant {
    /// What the encoder's weight names begin with.
    pub(super) prefix: &'static str,
    /// Whether the graph ends in the family's head.
    pub(super) has_head: bool,
    /// Whether the graph has a pooler with weights of its own.
    pub(super) has_pooler: bool,
}

impl Variant {
    /// What to build of a text encoder. Where only a configuration is at hand, the class it names decides, and without
    /// one the encoder is bare with its pooler.
    pub(super) fn of_text_encoder(
        recipe: &TextEncoder,
        config: &Config,
        head: Head,
        weights: &Weights<'_>,
    ) -> Result<Self, ExportError> {
        let TextEncoder {
            prefix,
            weights: names,
            ..
        } = *recipe;
        if weights.is_recording() {
            let has_head = recipe.mask_head.is_some() && is_masked_lm(config);
            return Ok(Self {
                prefix: if has_head { prefix } else { "" },
                has_head,
                has_pooler: !has_head && names.pooler.is_some(),
            });
        }
        let has = |name: String| weights.contains(&name);
        let is_prefixed = has(format!("{prefix}{}", names.word_embeddings));
        let prefix = if is_prefixed { prefix } else { "" };
        let stored = recipe
            .mask_head
            .is_some_and(|mask| has(format!("{}.weight", mask.dense)));
        let has_head = match head {
            Head::Auto => stored && is_masked_lm(config),
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
            has_pooler: !has_head && names.pooler.is_some_and(pooler),
        })
    }

    /// What to build of a vision transformer. Where only a configuration is at hand, the class it names decides, and
    /// without one there is the family's classifier.
    pub(super) fn of_vision_transformer(
        recipe: &VisionTransformer,
        config: &Config,
        head: Head,
        weights: &Weights<'_>,
    ) -> Result<Self, ExportError> {
        let prefix = recipe.prefix;
        if weights.is_recording() {
            let classifies = |class: &str| class.contains("ForImageClassification");
            let has_head = recipe.classifier.is_some() && config.class().is_none_or(classifies);
            return Ok(Self {
                prefix: if has_head { prefix } else { "" },
                has_head,
                has_pooler: false,
            });
        }
        let is_prefixed =
            weights.contains(&format!("{prefix}{}", recipe.weights.position_embeddings));
        let stored = |name: &&str| weights.contains(&format!("{name}.weight"));
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
