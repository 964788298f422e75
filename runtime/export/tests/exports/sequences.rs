//! Recipes of encoder–decoders, as the registry writes them.

use export::recipe::{
    AttentionWeights, EncoderDecoder, EncoderDecoderConfig, FeatureStem, NormEps, NormPlace,
    Source, StackBiases, StackNorm, StackPositions, StackWeights, StemConvolution, VocabularyHead,
};

/// T5.
pub(crate) const T5: EncoderDecoder = EncoderDecoder {
    prefix: "",
    source: Source::Tokens,
    norm: StackNorm::RootMeanSquare,
    norm_place: NormPlace::Pre,
    biases: StackBiases::Absent,
    scales_scores: false,
    positions: StackPositions::Buckets {
        buckets: "relative_attention_num_buckets",
        max_distance: "relative_attention_max_distance",
    },
    config: EncoderDecoderConfig {
        width: "d_model",
        head_width: Some("d_kv"),
        encoder_layers: "num_layers",
        decoder_layers: "num_decoder_layers",
        encoder_heads: "num_heads",
        decoder_heads: "num_heads",
        encoder_intermediate: "d_ff",
        decoder_intermediate: "d_ff",
        activation: "feed_forward_proj",
        default_activation: "relu",
        norm_eps: NormEps::Key("layer_norm_epsilon"),
    },
    tokens: "shared.weight",
    token_scale: None,
    stack: StackWeights {
        positions: "{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
        embedding_norm: None,
        attention: AttentionWeights {
            query: "{stack}.block.{layer}.layer.0.SelfAttention.q",
            key: "{stack}.block.{layer}.layer.0.SelfAttention.k",
            value: "{stack}.block.{layer}.layer.0.SelfAttention.v",
            output: "{stack}.block.{layer}.layer.0.SelfAttention.o",
            norm: "{stack}.block.{layer}.layer.0.layer_norm",
        },
        intermediate: "{stack}.block.{layer}.layer.{last}.DenseReluDense.wi",
        gated: Some([
            "{stack}.block.{layer}.layer.{last}.DenseReluDense.wi_0",
            "{stack}.block.{layer}.layer.{last}.DenseReluDense.wi_1",
        ]),
        output: "{stack}.block.{layer}.layer.{last}.DenseReluDense.wo",
        output_norm: "{stack}.block.{layer}.layer.{last}.layer_norm",
        norm: Some("{stack}.final_layer_norm"),
    },
    cross: AttentionWeights {
        query: "decoder.block.{layer}.layer.1.EncDecAttention.q",
        key: "decoder.block.{layer}.layer.1.EncDecAttention.k",
        value: "decoder.block.{layer}.layer.1.EncDecAttention.v",
        output: "decoder.block.{layer}.layer.1.EncDecAttention.o",
        norm: "decoder.block.{layer}.layer.1.layer_norm",
    },
    head: VocabularyHead {
        matrix: "lm_head.weight",
        bias: None,
        is_tied_by_default: true,
        scales_when_tied: true,
    },
};

/// Whisper.
pub(crate) const WHISPER: EncoderDecoder = EncoderDecoder {
    source: Source::Features(FeatureStem {
        channels: "num_mel_bins",
        convolutions: &[
            StemConvolution {
                name: "encoder.conv1",
                stride: 1,
            },
            StemConvolution {
                name: "encoder.conv2",
                stride: 2,
            },
        ],
    }),
    norm_place: NormPlace::Pre,
    biases: StackBiases::AllButKey,
    positions: StackPositions::Table {
        encoder: "max_source_positions",
        decoder: "max_target_positions",
        unused_rows: 0,
    },
    tokens: "decoder.embed_tokens.weight",
    token_scale: None,
    stack: StackWeights {
        embedding_norm: None,
        norm: Some("{stack}.layer_norm"),
        ..BART.stack
    },
    head: VocabularyHead {
        matrix: "proj_out.weight",
        bias: None,
        ..BART.head
    },
    ..BART
};

/// BART.
pub(crate) const BART: EncoderDecoder = EncoderDecoder {
    prefix: "model.",
    source: Source::Tokens,
    norm: StackNorm::Layer,
    norm_place: NormPlace::Post,
    biases: StackBiases::All,
    scales_scores: true,
    positions: StackPositions::Table {
        encoder: "max_position_embeddings",
        decoder: "max_position_embeddings",
        unused_rows: 2,
    },
    config: EncoderDecoderConfig {
        width: "d_model",
        head_width: None,
        encoder_layers: "encoder_layers",
        decoder_layers: "decoder_layers",
        encoder_heads: "encoder_attention_heads",
        decoder_heads: "decoder_attention_heads",
        encoder_intermediate: "encoder_ffn_dim",
        decoder_intermediate: "decoder_ffn_dim",
        activation: "activation_function",
        default_activation: "gelu",
        norm_eps: NormEps::Constant(1e-5),
    },
    tokens: "shared.weight",
    token_scale: Some("scale_embedding"),
    stack: StackWeights {
        positions: "{stack}.embed_positions.weight",
        embedding_norm: Some("{stack}.layernorm_embedding"),
        attention: AttentionWeights {
            query: "{stack}.layers.{layer}.self_attn.q_proj",
            key: "{stack}.layers.{layer}.self_attn.k_proj",
            value: "{stack}.layers.{layer}.self_attn.v_proj",
            output: "{stack}.layers.{layer}.self_attn.out_proj",
            norm: "{stack}.layers.{layer}.self_attn_layer_norm",
        },
        intermediate: "{stack}.layers.{layer}.fc1",
        gated: None,
        output: "{stack}.layers.{layer}.fc2",
        output_norm: "{stack}.layers.{layer}.final_layer_norm",
        norm: None,
    },
    cross: AttentionWeights {
        query: "decoder.layers.{layer}.encoder_attn.q_proj",
        key: "decoder.layers.{layer}.encoder_attn.k_proj",
        value: "decoder.layers.{layer}.encoder_attn.v_proj",
        output: "decoder.layers.{layer}.encoder_attn.out_proj",
        norm: "decoder.layers.{layer}.encoder_attn_layer_norm",
    },
    head: VocabularyHead {
        matrix: "lm_head.weight",
        bias: Some("final_logits_bias"),
        is_tied_by_default: true,
        scales_when_tied: false,
    },
};
