//! Particulars of encoder–decoder transformers.

use super::{NormEps, NormPlace};

/// Particulars of an encoder–decoder transformer (T5, Whisper, BART and their like).
///
/// Weight names are relative to `prefix`, those of the head excepted. Both stacks go by the same names:
/// `{stack}` stands for `encoder` or `decoder`, `{last}` for the number of a block's last part, 1 or 2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderDecoder {
    /// Prefix of the weights in checkpoints that carry the vocabulary head, such as `model.`.
    pub prefix: &'static str,
    /// What the encoder reads.
    pub source: Source,
    /// What a normalisation computes.
    pub norm: StackNorm,
    /// Where normalisation stands in a block.
    pub norm_place: NormPlace,
    /// Which linear layers of a block have a bias.
    pub biases: StackBiases,
    /// Whether attention scores are divided by the square root of a head's width.
    pub scales_scores: bool,
    /// How positions enter.
    pub positions: StackPositions,
    /// Keys of config.json.
    pub config: EncoderDecoderConfig,
    /// Table of token embeddings, `(vocabulary, width)`, which both stacks share.
    pub tokens: &'static str,
    /// Key of config.json that says whether token embeddings are multiplied by the square root of
    /// their width; none where they never are.
    pub token_scale: Option<&'static str>,
    /// Weights of either stack.
    pub stack: StackWeights,
    /// Weights of the decoder's attention to the encoder.
    pub cross: AttentionWeights,
    /// The projection to the vocabulary.
    pub head: VocabularyHead,
}

/// What the encoder reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Token ids with a mask.
    Tokens,
    /// Frames of audio features, a fixed number of them.
    Features(FeatureStem),
}

/// The convolutions between audio features and an encoder; kernel 3, padding 1, GELU after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureStem {
    /// Key of config.json with the number of features of a frame.
    pub channels: &'static str,
    /// The convolutions in order.
    pub convolutions: &'static [StemConvolution],
}

/// One convolution over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StemConvolution {
    /// Its name.
    pub name: &'static str,
    /// Its stride.
    pub stride: u32,
}

/// What a normalisation computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackNorm {
    /// Layer normalisation with scale and shift.
    Layer,
    /// Division by the root of the mean square, with a scale (Zhang and Sennrich, 2019,
    /// arXiv:1910.07467).
    RootMeanSquare,
}

/// Which linear layers of a block have a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackBiases {
    /// None of them.
    Absent,
    /// All but the key projections.
    AllButKey,
    /// All of them.
    All,
}

/// How positions enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackPositions {
    /// A bias per head and bucket of distances, which all layers of a stack add to their
    /// self-attention scores (Raffel et al., 2020, arXiv:1910.10683).
    Buckets {
        /// Key of config.json with the number of buckets.
        buckets: &'static str,
        /// Key of config.json with the distance from which on everything falls into the last
        /// bucket; 128 where it is absent.
        max_distance: &'static str,
    },
    /// A row of a table is added to each embedding.
    Table {
        /// Key of config.json with the most positions of the encoder.
        encoder: &'static str,
        /// Key of config.json with the most positions of the decoder.
        decoder: &'static str,
        /// Number of rows at the table's beginning that no position uses.
        unused_rows: u32,
    },
}

/// Keys of config.json that an encoder–decoder reads, besides `vocab_size` and
/// `tie_word_embeddings`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderDecoderConfig {
    /// Width of a hidden state.
    pub width: &'static str,
    /// Width of an attention head; the hidden width divided by the heads where there is no such
    /// key.
    pub head_width: Option<&'static str>,
    /// Number of the encoder's blocks.
    pub encoder_layers: &'static str,
    /// Number of the decoder's blocks; as many as the encoder's where the key is absent.
    pub decoder_layers: &'static str,
    /// Number of the encoder's attention heads.
    pub encoder_heads: &'static str,
    /// Number of the decoder's attention heads.
    pub decoder_heads: &'static str,
    /// Width of the encoder's feed-forward part.
    pub encoder_intermediate: &'static str,
    /// Width of the decoder's feed-forward part.
    pub decoder_intermediate: &'static str,
    /// Activation of the feed-forward part; `gated-` before its name asks for a gate.
    pub activation: &'static str,
    /// The activation where the key is absent.
    pub default_activation: &'static str,
    /// Epsilon of normalisation.
    pub norm_eps: NormEps,
}

/// Names of the weights of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackWeights {
    /// Table of positions `(positions, width)`, or of distances `(buckets, heads)`, by its full
    /// name.
    pub positions: &'static str,
    /// Normalisation of the embeddings, where there is one.
    pub embedding_norm: Option<&'static str>,
    /// Self-attention of a block.
    pub attention: AttentionWeights,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// The two first projections of a gated feed-forward part, the activated one first; none where
    /// the family has no such form.
    pub gated: Option<[&'static str; 2]>,
    /// Last projection of the feed-forward part.
    pub output: &'static str,
    /// Normalisation that belongs to the feed-forward part.
    pub output_norm: &'static str,
    /// Normalisation after the last block, where there is one.
    pub norm: Option<&'static str>,
}

/// Names of the weights of one attention layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionWeights {
    /// Query projection.
    pub query: &'static str,
    /// Key projection.
    pub key: &'static str,
    /// Value projection.
    pub value: &'static str,
    /// Output projection.
    pub output: &'static str,
    /// Normalisation that belongs to the layer.
    pub norm: &'static str,
}

/// The projection to the vocabulary; its names stand outside the recipe's prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VocabularyHead {
    /// Matrix `(vocabulary, width)` by its full name, where it is not tied to the embeddings.
    pub matrix: &'static str,
    /// Bias `(1, vocabulary)` by its full name, where the family has one.
    pub bias: Option<&'static str>,
    /// Whether the matrix is tied where config.json does not say.
    pub is_tied_by_default: bool,
    /// Whether a tied matrix is applied to states divided by the square root of their width.
    pub scales_when_tied: bool,
}
