//! Particulars of decoder-only language models.

use super::NormEps;

/// Particulars of a decoder-only language model (LLaMA, Qwen, GPT-2, Gemma, `OLMo` and their like).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decoder {
    /// Prefix of the weights in checkpoints that carry the head, such as `model.`.
    pub prefix: &'static str,
    /// How hidden states are normalised.
    pub norm: DecoderNorm,
    /// Which side of a block's parts is normalised.
    pub norm_place: DecoderNormPlace,
    /// How a token's place enters.
    pub positions: DecoderPositions,
    /// What token embeddings are multiplied by.
    pub embedding_scale: EmbeddingScale,
    /// How the matrices of the blocks are stored.
    pub storage: MatrixStorage,
    /// Keys of config.json.
    pub config: DecoderConfig,
    /// Names of the weights.
    pub weights: DecoderWeights,
}

/// How a decoder normalises hidden states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecoderNorm {
    /// Division by the root mean square, then a weight (Zhang and Sennrich, 2019, arXiv:1910.07467).
    RootMeanSquare,
    /// The same with one added to the weight.
    RootMeanSquarePlusOne,
    /// Layer normalisation with weight and bias.
    Layer,
    /// Layer normalisation without weights.
    PlainLayer,
}

/// Which side of a block's parts is normalised; the last hidden state always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecoderNormPlace {
    /// What goes into attention and into the feed-forward part.
    Before,
    /// What comes out of them, before it is added.
    After,
}

/// How a token's place enters a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecoderPositions {
    /// Queries and keys are rotated by halves (Su et al., 2021, arXiv:2104.09864), by the keys `rope_theta`,
    /// `rope_scaling` and `rope_parameters`.
    Rotary,
    /// A row of this table, `(positions, hidden)`, is added to the embedding.
    Learned(&'static str),
}

/// What token embeddings are multiplied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbeddingScale {
    /// Nothing.
    One,
    /// The square root of the hidden width.
    RootOfWidth,
}

/// How a block's matrices are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatrixStorage {
    /// `(out, in)`, as linear layers do.
    OutIn,
    /// `(in, out)`, as GPT-2's one-dimensional convolutions do.
    InOut,
}

/// Keys of config.json that a decoder reads, besides `vocab_size` and `tie_word_embeddings`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecoderConfig {
    /// Width of a hidden state.
    pub hidden_size: &'static str,
    /// Number of blocks.
    pub layers: &'static str,
    /// Number of attention heads.
    pub heads: &'static str,
    /// Number of heads that keys and values have; where the key is absent, as many as queries have.
    pub key_value_heads: Option<&'static str>,
    /// Width of a head; where the key is absent, the hidden width divided by the heads.
    pub head_width: Option<&'static str>,
    /// Width of the feed-forward part; where the key is absent, four times the hidden width.
    pub intermediate_size: &'static str,
    /// Activation of the feed-forward part.
    pub activation: &'static str,
    /// Number of positions.
    pub positions: &'static str,
    /// Epsilon of normalisation.
    pub norm_eps: NormEps,
    /// Whether query, key and value have a bias.
    pub qkv_bias: Bias,
    /// Whether attention's output projection has a bias.
    pub output_bias: Bias,
    /// Whether the feed-forward part has biases.
    pub feed_forward_bias: Bias,
    /// Whether the head is the table of embeddings where `tie_word_embeddings` is absent.
    pub is_tied: bool,
    /// The window that attention is limited to, where the family has one.
    pub window: Option<Window>,
    /// Keys with the only values implemented, as JSON: `("scale_attn_weights", "true")`.
    pub only: &'static [(&'static str, &'static str)],
}

/// Whether linear layers have a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// They have.
    Always,
    /// They have none.
    Never,
    /// This key says so; they have none where it is absent.
    Key(&'static str),
}

/// Keys of config.json about a window of tokens that attention is limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Number of tokens; no window where it is absent.
    pub size: &'static str,
    /// Whether there is one; it is where the recipe names no key.
    pub switch: Option<&'static str>,
    /// The first block that has one; all have where the recipe names no key.
    pub first_layer: Option<&'static str>,
}

/// Names of a decoder's weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecoderWeights {
    /// Table of token embeddings, `(vocabulary, hidden)`, by its full name.
    pub embeddings: &'static str,
    /// Normalisation that belongs to attention.
    pub attention_norm: &'static str,
    /// Projections to query, key and value.
    pub projections: Projections,
    /// Normalisation of queries and keys, where the family has it.
    pub head_norm: Option<HeadNorm>,
    /// Output projection of attention.
    pub attention_output: &'static str,
    /// Normalisation that belongs to the feed-forward part.
    pub feed_forward_norm: &'static str,
    /// Projection whose activation gates the other, where the feed-forward part is gated (Shazeer, 2020,
    /// arXiv:2002.05202).
    pub gate: Option<&'static str>,
    /// First projection of the feed-forward part.
    pub up: &'static str,
    /// Second projection of the feed-forward part.
    pub down: &'static str,
    /// Final normalisation.
    pub norm: &'static str,
    /// Projection to the vocabulary; outside the prefix.
    pub head: &'static str,
}

/// Projections to query, key and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projections {
    /// One each.
    Separate {
        /// Query projection.
        query: &'static str,
        /// Key projection.
        key: &'static str,
        /// Value projection.
        value: &'static str,
    },
    /// One for all, queries first, then keys, then values.
    Fused(&'static str),
}

/// Normalisation of queries and keys before they are rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadNorm {
    /// Weight for queries.
    pub query: &'static str,
    /// Weight for keys.
    pub key: &'static str,
    /// What is normalised together.
    pub over: HeadNormOver,
}

/// What the normalisation of queries and keys takes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadNormOver {
    /// Each head for itself.
    Head,
    /// All heads of a token.
    Token,
}
