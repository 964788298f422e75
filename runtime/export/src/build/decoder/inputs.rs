//! The inputs of a decoder's graphs: tokens, positions, and what is known of the tokens before them.

use super::sizes::Sizes;
use super::{BATCH, PAST, SEQUENCE, TOTAL, Tokens};
use crate::build::Form;
use crate::build::fixed_cache::Slot;
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Value};

/// The inputs of a decoder's graph.
pub(super) struct Inputs {
    pub(super) tokens: Value,
    pub(super) position_ids: Value,
    pub(super) memory: Memory,
}

/// What a graph knows of tokens before those it is given, and what it keeps of them.
pub(super) enum Memory {
    /// Keys and values of each layer, `(batch, heads, past, head width)`, to which those of the tokens are appended; the
    /// mask is that of past and tokens.
    Growing {
        attention_mask: Value,
        past: Vec<(Value, Value)>,
    },
    /// Nothing; the mask is that of the tokens.
    Absent { attention_mask: Value },
    /// Nothing yet; keys and values are kept in so many places. Rows are padded at their end, which needs no mask.
    Begun { places: u64 },
    /// Keys and values of each layer, `(batch, heads, places, head width)`, into which those of the token are written.
    Written {
        slot: Slot,
        past: Vec<(Value, Value)>,
    },
}

/// Which of a decoder's graphs is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Growing,
    Absent,
    Begun(u64),
    Written(u64),
}

impl Inputs {
    pub(super) fn declare(
        net: &mut Net<'_, '_>,
        form: Form,
        sizes: &Sizes,
        (tokens, stage): (Tokens, Stage),
    ) -> Result<Self, ExportError> {
        let graph = &mut net.graph;
        let row = |length| match stage {
            Stage::Written(_) => vec![Dim::Symbol(BATCH), Dim::Fixed(1)],
            _ => vec![Dim::Symbol(BATCH), Dim::Symbol(length)],
        };
        let tokens = match tokens {
            Tokens::Ids => graph.input("input_ids", form.ids, row(SEQUENCE)),
            Tokens::Embedded => {
                let shape = [row(SEQUENCE), vec![Dim::Fixed(sizes.hidden)]].concat();
                graph.input("inputs_embeds", Element::Float32, shape)
            }
        };
        let mut mask = |length| graph.input("attention_mask", form.ids, row(length));
        let attention_mask = match stage {
            Stage::Growing => Some(mask(TOTAL)),
            Stage::Absent => Some(mask(SEQUENCE)),
            Stage::Begun(_) | Stage::Written(_) => None,
        };
        let position_ids = graph.input("position_ids", form.ids, row(SEQUENCE));
        let heads = [
            Dim::Symbol(BATCH),
            Dim::Fixed(sizes.key_value_heads),
            match stage {
                Stage::Written(places) => Dim::Fixed(places),
                _ => Dim::Symbol(PAST),
            },
            Dim::Fixed(sizes.head_width),
        ];
        let mut past = |layer: u64, part: &str| {
            let name = format!("past_key_values.{layer}.{part}");
            graph.input(&name, form.float, heads.to_vec())
        };
        let mut past = || -> Vec<_> {
            let layers = 0..sizes.layers;
            layers
                .map(|layer| (past(layer, "key"), past(layer, "value")))
                .collect()
        };
        let memory = match (stage, attention_mask) {
            (Stage::Written(places), _) => {
                let past = past();
                let slot = |net: &mut Net<'_, '_>| Slot::new(net, position_ids, places);
                let slot = net.scope("cache", slot)?;
                Memory::Written { slot, past }
            }
            (Stage::Growing, Some(attention_mask)) => Memory::Growing {
                attention_mask,
                past: past(),
            },
            (_, Some(attention_mask)) => Memory::Absent { attention_mask },
            (Stage::Begun(places), None) => Memory::Begun { places },
            (_, None) => {
                return Err(ExportError::Recipe {
                    part: "a decoder",
                    field: "attention_mask",
                });
            }
        };
        Ok(Self {
            tokens,
            position_ids,
            memory,
        })
    }
}
