//! Facade of the recipes: what distinguishes one family's graph from another's, as registry files say it.
//!
//! Field for field the structs of the crate `export`, which the rendered code fills in. A section that gives only
//! what differs is completed by the defaults: BERT's names for text encoders, LLaMA's for decoders, BART's for
//! encoder–decoders, ViT's for vision transformers, CLIP's for two towers, Wav2Vec2's for encoders of waveforms, CLAP's for towers over
//! spectrograms and texts, VITS's for models that speak.
//! Names of linear layers and normalisations leave out `.weight` and `.bias`; other weights are named in full.

mod audio_encoder;
mod audio_text_towers;
mod audio_tower;
mod convolutional;
mod decoder;
mod decoder_weights;
mod detector;
mod dual_tower;
mod encoder_decoder;
mod hierarchical_vision;
mod mix_transformer;
mod promptable_segmenter;
mod query_transformer;
mod speech_synthesizer;
mod text_encoder;
mod tower;
mod video_tower;
mod vision_language;
mod vision_transformer;

pub use audio_encoder::{AudioEncoder, AudioEncoderConfig, AudioEncoderWeights, GatedBias};
pub use audio_text_towers::{
    AudioTextTowers, Projection, SpectrogramTower, SpectrogramTowerWeights, Weighing,
};
pub use audio_tower::AudioTower;
pub use convolutional::{Convolutional, ConvolutionalConfig, ConvolutionalWeights};
pub use decoder::{
    Bias, Decoder, DecoderConfig, DecoderNorm, DecoderNormPlace, DecoderPositions, EmbeddingScale,
    MatrixStorage, Only, Window,
};
pub use decoder_weights::{DecoderWeights, HeadNorm, HeadNormOver, Projections};
pub use detector::{Detector, DetectorConfig, DetectorWeights};
pub use dual_tower::{
    DualTower, ProbeHead, Scores, TextPooling, TextTower, TowerAttention, TowerLogits, VisionTower,
};
pub use encoder_decoder::{
    AttentionWeights, DistanceBuckets, EncoderDecoder, EncoderDecoderConfig, FeatureStem,
    PositionTables, StackBiases, StackNorm, StackPositions, StackWeights, StemConvolution,
    VocabularyHead,
};
pub use hierarchical_vision::{
    HierarchicalVision, HierarchicalVisionConfig, HierarchicalVisionWeights,
};
pub use mix_transformer::{MixTransformer, MixTransformerConfig, MixTransformerWeights};
pub use promptable_segmenter::{
    PromptableSegmenter, PromptableSegmenterConfig, PromptableSegmenterWeights,
};
pub use query_transformer::{QueryAttention, QueryTransformer};
pub use speech_synthesizer::{
    SpeechSynthesizer, SpeechSynthesizerConfig, SpeechSynthesizerWeights,
};
pub use text_encoder::{
    MaskHead, NormPlace, Positions, RelativeBias, TextEncoder, TextEncoderConfig,
    TextEncoderWeights, TokenTypes,
};
pub use tower::{ExtraKey, FusedLayer, TowerConfig, TowerLayers, TowerWeights};
pub use video_tower::{MessageAttention, VideoPrompts, VideoTower};
pub use vision_language::{Features, Language, Projector, Renamed, VisionLanguage};
pub use vision_transformer::{
    Classifier, FeedForward, VisionTransformer, VisionTransformerConfig, VisionTransformerWeights,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::constraint::WEIGHT;

/// The builder of a family's graph, with the family's particulars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Recipe<'a> {
    /// Transformer over a waveform.
    AudioEncoder(&'a AudioEncoder),
    /// Towers over spectrograms and texts.
    AudioTextTowers(&'a AudioTextTowers),
    /// Decoder-only language model.
    Decoder(&'a Decoder),
    /// Encoder and decoder transformers over token ids or audio features.
    EncoderDecoder(&'a EncoderDecoder),
    /// Bidirectional transformer over token ids.
    TextEncoder(&'a TextEncoder),
    /// Transformer over windows of image patches, merged from stage to stage.
    HierarchicalVision(&'a HierarchicalVision),
    /// Convolutional network in stages of depthwise blocks.
    Convolutional(&'a Convolutional),
    /// Residual network and transformer with heads for classes and boxes.
    Detector(&'a Detector),
    /// Image encoder, and a decoder that points and boxes ask for masks.
    PromptableSegmenter(&'a PromptableSegmenter),
    /// Transformer in stages with convolutions within, and a head that labels pixels.
    MixTransformer(&'a MixTransformer),
    /// Text encoder, predictor of durations, flow and vocoder.
    SpeechSynthesizer(&'a SpeechSynthesizer),
    /// Transformer over image patches.
    VisionTransformer(&'a VisionTransformer),
    /// Language model that sees pictures.
    VisionLanguage(&'a VisionLanguage),
    /// Towers that map texts, pictures and, in some families, sounds into one space.
    DualTower(&'a DualTower),
}

impl Recipe<'_> {
    /// The section of a family's architecture that holds it.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::AudioEncoder(_) => "audio-encoder",
            Self::AudioTextTowers(_) => "audio-text-towers",
            Self::Decoder(_) => "decoder",
            Self::DualTower(_) => "dual-tower",
            Self::VisionLanguage(_) => "vision-language",
            Self::EncoderDecoder(_) => "encoder-decoder",
            Self::TextEncoder(_) => "text-encoder",
            Self::HierarchicalVision(_) => "hierarchical-vision",
            Self::Convolutional(_) => "convolutional",
            Self::Detector(_) => "detector",
            Self::PromptableSegmenter(_) => "promptable-segmenter",
            Self::MixTransformer(_) => "mix-transformer",
            Self::SpeechSynthesizer(_) => "speech-synthesizer",
            Self::VisionTransformer(_) => "vision-transformer",
        }
    }
}

/// Where the epsilon of layer normalisation comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NormEps {
    /// A key of config.json.
    Key(#[schemars(regex(pattern = WEIGHT))] String),
    /// A constant of the family.
    Constant(f64),
}
