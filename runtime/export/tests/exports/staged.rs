//! Recipes of the kit's families of stages, detectors and segmenters, as the registry writes them.

use export::recipe::{
    Convolutional, ConvolutionalConfig, ConvolutionalWeights, Detector, DetectorConfig,
    DetectorWeights, HierarchicalVision, HierarchicalVisionConfig, HierarchicalVisionWeights,
    MixTransformer, MixTransformerConfig, MixTransformerWeights, NormEps, PromptableSegmenter,
    PromptableSegmenterConfig, PromptableSegmenterWeights, Recipe,
};

/// Folders of the kit with their recipes.
pub(crate) const STAGED: [(&str, Recipe); 5] = [
    ("swin", Recipe::HierarchicalVision(SWIN)),
    ("convnext", Recipe::Convolutional(CONVNEXT)),
    ("detr", Recipe::Detector(DETR)),
    ("sam", Recipe::PromptableSegmenter(SAM)),
    ("segformer", Recipe::MixTransformer(SEGFORMER)),
];

/// Swin.
pub(crate) const SWIN: HierarchicalVision = HierarchicalVision {
    prefix: "swin.",
    config: HierarchicalVisionConfig {
        image_size: "image_size",
        patch_size: "patch_size",
        channels: "num_channels",
        width: "embed_dim",
        depths: "depths",
        heads: "num_heads",
        window: "window_size",
        feed_forward_ratio: "mlp_ratio",
        activation: "hidden_act",
        norm_eps: NormEps::Key("layer_norm_eps"),
        stage_norm_eps: 1e-5,
    },
    weights: HierarchicalVisionWeights {
        patch_projection: "embeddings.patch_embeddings.projection",
        embedding_norm: "embeddings.norm",
        norm_before: "encoder.layers.{stage}.blocks.{layer}.layernorm_before",
        query: "encoder.layers.{stage}.blocks.{layer}.attention.self.query",
        key: "encoder.layers.{stage}.blocks.{layer}.attention.self.key",
        value: "encoder.layers.{stage}.blocks.{layer}.attention.self.value",
        relative_bias: "encoder.layers.{stage}.blocks.{layer}.attention.self.relative_position_bias_table",
        attention_output: "encoder.layers.{stage}.blocks.{layer}.attention.output.dense",
        norm_after: "encoder.layers.{stage}.blocks.{layer}.layernorm_after",
        intermediate: "encoder.layers.{stage}.blocks.{layer}.intermediate.dense",
        output: "encoder.layers.{stage}.blocks.{layer}.output.dense",
        merge_norm: "encoder.layers.{stage}.downsample.norm",
        merge_reduction: "encoder.layers.{stage}.downsample.reduction",
        norm: "layernorm",
    },
    classifier: Some("classifier"),
};

/// ConvNeXt.
pub(crate) const CONVNEXT: Convolutional = Convolutional {
    prefix: "convnext.",
    config: ConvolutionalConfig {
        image_size: "image_size",
        patch_size: "patch_size",
        channels: "num_channels",
        widths: "hidden_sizes",
        depths: "depths",
        activation: "hidden_act",
        layer_scale: "layer_scale_init_value",
        norm_eps: NormEps::Key("layer_norm_eps"),
        stage_norm_eps: 1e-6,
    },
    weights: ConvolutionalWeights {
        patch_projection: "embeddings.patch_embeddings",
        embedding_norm: "embeddings.layernorm",
        reduction_norm: "encoder.stages.{stage}.downsampling_layer.0",
        reduction: "encoder.stages.{stage}.downsampling_layer.1",
        depthwise: "encoder.stages.{stage}.layers.{layer}.dwconv",
        norm_before: "encoder.stages.{stage}.layers.{layer}.layernorm",
        intermediate: "encoder.stages.{stage}.layers.{layer}.pwconv1",
        output: "encoder.stages.{stage}.layers.{layer}.pwconv2",
        scale: "encoder.stages.{stage}.layers.{layer}.layer_scale_parameter",
        norm: "layernorm",
    },
    classifier: Some("classifier"),
};

/// DETR.
pub(crate) const DETR: Detector = Detector {
    config: DetectorConfig {
        backbone: "backbone_config",
        width: "d_model",
        queries: "num_queries",
        encoder_layers: "encoder_layers",
        encoder_heads: "encoder_attention_heads",
        encoder_feed_forward: "encoder_ffn_dim",
        decoder_layers: "decoder_layers",
        decoder_heads: "decoder_attention_heads",
        decoder_feed_forward: "decoder_ffn_dim",
        activation: "activation_function",
        norm_eps: NormEps::Constant(1e-5),
    },
    weights: DetectorWeights {
        stem: "model.backbone.conv_encoder.model.embedder.embedder",
        residual_block: "model.backbone.conv_encoder.model.encoder.stages.{stage}.layers.{layer}",
        input_projection: "model.input_projection",
        queries: "model.query_position_embeddings.weight",
        encoder_block: "model.encoder.layers.{layer}",
        decoder_block: "model.decoder.layers.{layer}",
        self_attention: "self_attn",
        self_norm: "self_attn_layer_norm",
        cross_attention: "encoder_attn",
        cross_norm: "encoder_attn_layer_norm",
        intermediate: "fc1",
        output: "fc2",
        output_norm: "final_layer_norm",
        norm: "model.decoder.layernorm",
        classifier: "class_labels_classifier",
        boxes: "bbox_predictor.layers.{layer}",
    },
};

/// SAM.
pub(crate) const SAM: PromptableSegmenter = PromptableSegmenter {
    config: PromptableSegmenterConfig {
        vision: "vision_config",
        prompt: "prompt_encoder_config",
        decoder: "mask_decoder_config",
        width: "hidden_size",
        layers: "num_hidden_layers",
        heads: "num_attention_heads",
        feed_forward: "mlp_dim",
        activation: "hidden_act",
        norm_eps: NormEps::Key("layer_norm_eps"),
        stage_norm_eps: 1e-6,
        final_norm_eps: 1e-5,
    },
    weights: PromptableSegmenterWeights {
        patch_projection: "vision_encoder.patch_embed.projection",
        position_embeddings: "vision_encoder.pos_embed",
        vision_block: "vision_encoder.layers.{layer}",
        neck: "vision_encoder.neck",
        shared_positions: "shared_image_embedding.positional_embedding",
        point: "prompt_encoder.point_embed.{layer}.weight",
        no_point: "prompt_encoder.not_a_point_embed.weight",
        no_mask: "prompt_encoder.no_mask_embed.weight",
        score_token: "mask_decoder.iou_token.weight",
        mask_tokens: "mask_decoder.mask_tokens.weight",
        decoder_block: "mask_decoder.transformer.layers.{layer}",
        final_attention: "mask_decoder.transformer.final_attn_token_to_image",
        final_norm: "mask_decoder.transformer.layer_norm_final_attn",
        enlargement: "mask_decoder.upscale_conv{layer}",
        enlargement_norm: "mask_decoder.upscale_layer_norm",
        mask_head: "mask_decoder.output_hypernetworks_mlps.{layer}",
        score_head: "mask_decoder.iou_prediction_head",
    },
};

/// SegFormer.
pub(crate) const SEGFORMER: MixTransformer = MixTransformer {
    prefix: "segformer.",
    config: MixTransformerConfig {
        usual_side: 512,
        channels: "num_channels",
        widths: "hidden_sizes",
        depths: "depths",
        heads: "num_attention_heads",
        patches: "patch_sizes",
        strides: "strides",
        reductions: "sr_ratios",
        feed_forward_ratios: "mlp_ratios",
        activation: "hidden_act",
        head_width: "decoder_hidden_size",
        norm_eps: NormEps::Constant(1e-5),
    },
    weights: MixTransformerWeights {
        patch_projection: "encoder.patch_embeddings.{stage}.proj",
        patch_norm: "encoder.patch_embeddings.{stage}.layer_norm",
        norm_before: "encoder.block.{stage}.{layer}.layer_norm_1",
        query: "encoder.block.{stage}.{layer}.attention.self.query",
        key: "encoder.block.{stage}.{layer}.attention.self.key",
        value: "encoder.block.{stage}.{layer}.attention.self.value",
        reduction: "encoder.block.{stage}.{layer}.attention.self.sr",
        reduction_norm: "encoder.block.{stage}.{layer}.attention.self.layer_norm",
        attention_output: "encoder.block.{stage}.{layer}.attention.output.dense",
        norm_after: "encoder.block.{stage}.{layer}.layer_norm_2",
        intermediate: "encoder.block.{stage}.{layer}.mlp.dense1",
        depthwise: "encoder.block.{stage}.{layer}.mlp.dwconv.dwconv",
        output: "encoder.block.{stage}.{layer}.mlp.dense2",
        stage_norm: "encoder.layer_norm.{stage}",
        head_projection: "decode_head.linear_c.{stage}.proj",
        head_fusion: "decode_head.linear_fuse",
        head_norm: "decode_head.batch_norm",
        classifier: "decode_head.classifier",
    },
};
