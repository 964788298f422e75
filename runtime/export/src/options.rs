//! What a caller may choose about an export.

use std::collections::BTreeMap;

/// Choices about an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// Number format of weights and arithmetic.
    pub precision: Precision,
    /// Number format of token ids and masks.
    pub ids: IdWidth,
    /// Which head the graph ends in.
    pub head: Head,
    /// Height and width in pixels of the images a vision transformer takes; `None` takes
    /// config.json's `image_size`. The table of positions is resized to it.
    pub image_size: Option<(u32, u32)>,
    /// Whether axes such as batch and sequence keep their names or have numbers.
    pub shapes: Shapes,
    /// What a decoder's graphs remember from run to run.
    pub cache: KvCache,
    /// The one graph to write, by its stem; all where it is open.
    pub only: Option<String>,
    /// Weights of more bytes than this go into a file of their own beside the model.
    pub external_data_above: u64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            precision: Precision::Fp32,
            ids: IdWidth::Int64,
            head: Head::Auto,
            image_size: None,
            shapes: Shapes::Symbolic,
            cache: KvCache::Growing,
            only: None,
            external_data_above: 1 << 30,
        }
    }
}

/// Number format of weights and arithmetic. Inputs and outputs are fp32 in all of them, as
/// hub exports have them; a decoder's cache is in the format of its arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// IEEE 754 single.
    Fp32,
    /// IEEE 754 half; normalisation and position arithmetic stay in single.
    Fp16,
    /// The upper half of an IEEE 754 single; what opset 18 computes in no such numbers, convolutions among it, stays in
    /// single.
    Bf16,
}

/// Number format of token ids and masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdWidth {
    /// 64 bits, as hub exports have them.
    Int64,
    /// 32 bits, which WebGPU needs to take every node.
    Int32,
}

/// Lengths of the axes that a model does not fix itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Shapes {
    /// Known at run time, by the names that hub exports use.
    #[default]
    Symbolic,
    /// Numbers for all of them, by those names, of which `_size` and `_length` may be left out. A sum such as `past_sequence_length + sequence_length` follows from its
    /// parts.
    Static(BTreeMap<String, u64>),
}

/// What a decoder's graphs remember of the tokens they were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KvCache {
    /// Keys and values of all tokens so far, in tensors that grow, as hub exports have them.
    #[default]
    Growing,
    /// Keys and values in tensors of this many places, into which a token is written where it stands. A graph that
    /// begins (`decoder_model`) and one that goes on by one token (`decoder_with_past_model`).
    Fixed(u64),
    /// Nothing: the graph is given the whole sequence each time.
    None,
}

/// Which head the graph ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// The one the checkpoint was saved with: a classifier where it has the weights, the
    /// masked-language-model head where config.json names its class, else none.
    Auto,
    /// None: hidden states, and the pooler's output where there is one.
    Base,
    /// The masked-language-model head.
    MaskedLm,
    /// The image classifier.
    Classifier,
}

impl Head {
    /// The name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Base => "base",
            Self::MaskedLm => "masked-lm",
            Self::Classifier => "classifier",
        }
    }
}
