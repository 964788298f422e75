//! What a caller may choose about an export.

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
            external_data_above: 1 << 30,
        }
    }
}

/// Number format of weights and arithmetic. Inputs and outputs are fp32 in either, as hub exports
/// have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// IEEE 754 single.
    Fp32,
    /// IEEE 754 half; normalisation and position arithmetic stay in single.
    Fp16,
}

/// Number format of token ids and masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdWidth {
    /// 64 bits, as hub exports have them.
    Int64,
    /// 32 bits, which WebGPU needs to take every node.
    Int32,
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
