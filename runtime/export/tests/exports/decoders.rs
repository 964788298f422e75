//! Recipes of the reference kit's decoder-only families, as the registry writes them, and of others of their kind.

use export::recipe::{
    Bias, Decoder, DecoderConfig, DecoderNorm, DecoderNormPlace, DecoderPositions, DecoderWeights,
    EmbeddingScale, HeadNorm, HeadNormOver, MatrixStorage, NormEps, Projections, Window,
};

/// LLaMA.
pub(crate) const LLAMA: Decoder = Decoder {
    prefix: "model.",
    norm: DecoderNorm::RootMeanSquare,
    norm_place: DecoderNormPlace::Before,
    positions: DecoderPositions::Rotary,
    embedding_scale: EmbeddingScale::One,
    storage: MatrixStorage::OutIn,
    config: DecoderConfig {
        hidden_size: "hidden_size",
        layers: "num_hidden_layers",
        heads: "num_attention_heads",
        key_value_heads: Some("num_key_value_heads"),
        head_width: Some("head_dim"),
        intermediate_size: "intermediate_size",
        activation: "hidden_act",
        positions: "max_position_embeddings",
        norm_eps: NormEps::Key("rms_norm_eps"),
        qkv_bias: Bias::Key("attention_bias"),
        output_bias: Bias::Key("attention_bias"),
        feed_forward_bias: Bias::Key("mlp_bias"),
        is_tied: false,
        window: None,
        only: &[],
    },
    weights: DecoderWeights {
        embeddings: "embed_tokens.weight",
        attention_norm: "layers.{layer}.input_layernorm",
        projections: Projections::Separate {
            query: "layers.{layer}.self_attn.q_proj",
            key: "layers.{layer}.self_attn.k_proj",
            value: "layers.{layer}.self_attn.v_proj",
        },
        head_norm: None,
        attention_output: "layers.{layer}.self_attn.o_proj",
        feed_forward_norm: "layers.{layer}.post_attention_layernorm",
        gate: Some("layers.{layer}.mlp.gate_proj"),
        up: "layers.{layer}.mlp.up_proj",
        down: "layers.{layer}.mlp.down_proj",
        norm: "norm",
        head: "lm_head",
    },
};

const QWEN_WINDOW: Window = Window {
    size: "sliding_window",
    switch: Some("use_sliding_window"),
    first_layer: Some("max_window_layers"),
};

/// Qwen2.
pub(crate) const QWEN2: Decoder = Decoder {
    config: DecoderConfig {
        qkv_bias: Bias::Always,
        output_bias: Bias::Never,
        feed_forward_bias: Bias::Never,
        window: Some(QWEN_WINDOW),
        ..LLAMA.config
    },
    ..LLAMA
};

/// Qwen3.
pub(crate) const QWEN3: Decoder = Decoder {
    config: DecoderConfig {
        feed_forward_bias: Bias::Never,
        window: Some(QWEN_WINDOW),
        ..LLAMA.config
    },
    weights: DecoderWeights {
        head_norm: Some(HeadNorm {
            query: "layers.{layer}.self_attn.q_norm",
            key: "layers.{layer}.self_attn.k_norm",
            over: HeadNormOver::Head,
        }),
        ..LLAMA.weights
    },
    ..LLAMA
};

/// GPT-2.
pub(crate) const GPT2: Decoder = Decoder {
    prefix: "transformer.",
    norm: DecoderNorm::Layer,
    positions: DecoderPositions::Learned("wpe.weight"),
    storage: MatrixStorage::InOut,
    config: DecoderConfig {
        hidden_size: "n_embd",
        layers: "n_layer",
        heads: "n_head",
        key_value_heads: None,
        head_width: None,
        intermediate_size: "n_inner",
        activation: "activation_function",
        positions: "n_positions",
        norm_eps: NormEps::Key("layer_norm_epsilon"),
        qkv_bias: Bias::Always,
        output_bias: Bias::Always,
        feed_forward_bias: Bias::Always,
        is_tied: true,
        window: None,
        only: &[
            ("scale_attn_weights", "true"),
            ("scale_attn_by_inverse_layer_idx", "false"),
        ],
    },
    weights: DecoderWeights {
        embeddings: "wte.weight",
        attention_norm: "h.{layer}.ln_1",
        projections: Projections::Fused("h.{layer}.attn.c_attn"),
        attention_output: "h.{layer}.attn.c_proj",
        feed_forward_norm: "h.{layer}.ln_2",
        gate: None,
        up: "h.{layer}.mlp.c_fc",
        down: "h.{layer}.mlp.c_proj",
        norm: "ln_f",
        ..LLAMA.weights
    },
    ..LLAMA
};

/// Gemma.
pub(crate) const GEMMA: Decoder = Decoder {
    norm: DecoderNorm::RootMeanSquarePlusOne,
    embedding_scale: EmbeddingScale::RootOfWidth,
    config: DecoderConfig {
        is_tied: true,
        feed_forward_bias: Bias::Never,
        ..LLAMA.config
    },
    ..LLAMA
};

/// `OLMo`.
pub(crate) const OLMO: Decoder = Decoder {
    norm: DecoderNorm::PlainLayer,
    config: DecoderConfig {
        norm_eps: NormEps::Constant(1e-5),
        feed_forward_bias: Bias::Never,
        only: &[("clip_qkv", "null")],
        ..LLAMA.config
    },
    ..LLAMA
};

/// `OLMo` 2.
pub(crate) const OLMO2: Decoder = Decoder {
    norm_place: DecoderNormPlace::After,
    weights: DecoderWeights {
        attention_norm: "layers.{layer}.post_attention_layernorm",
        feed_forward_norm: "layers.{layer}.post_feedforward_layernorm",
        head_norm: Some(HeadNorm {
            query: "layers.{layer}.self_attn.q_norm",
            key: "layers.{layer}.self_attn.k_norm",
            over: HeadNormOver::Token,
        }),
        ..LLAMA.weights
    },
    ..LLAMA
};

/// Mistral.
pub(crate) const MISTRAL: Decoder = Decoder {
    config: DecoderConfig {
        qkv_bias: Bias::Never,
        output_bias: Bias::Never,
        feed_forward_bias: Bias::Never,
        window: Some(Window {
            size: "sliding_window",
            switch: None,
            first_layer: None,
        }),
        ..LLAMA.config
    },
    ..LLAMA
};
