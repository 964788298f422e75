//! What distinguishes one family's graph from another's: plain constants that the registry fills
//! in.
//!
//! Weight names are Hugging Face's, relative to the recipe's `prefix`; `{layer}` stands for the
//! layer's number. A name of a linear layer, a convolution or a normalisation leaves out `.weight`
//! and `.bias`; a table, a token or a scale goes by its full name
//! (`embeddings.word_embeddings.weight`).

mod audio_encoder;
mod audio_text_towers;
mod audio_tower;
mod convolutional;
mod decoder;
mod detector;
mod dual_tower;
mod encoder_decoder;
mod hierarchical_vision;
mod mix_transformer;
mod promptable_segmenter;
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
    Bias, Decoder, DecoderConfig, DecoderNorm, DecoderNormPlace, DecoderPositions, DecoderWeights,
    EmbeddingScale, HeadNorm, HeadNormOver, MatrixStorage, Projections, Window,
};
pub use detector::{Detector, DetectorConfig, DetectorWeights};
pub use dual_tower::{
    DualTower, ImagePooling, ProbeHead, Scores, TextPooling, TextTower, TowerAttention,
    TowerLogits, VisionTower,
};
pub use encoder_decoder::{
    AttentionWeights, EncoderDecoder, EncoderDecoderConfig, FeatureStem, Source, StackBiases,
    StackNorm, StackPositions, StackWeights, StemConvolution, VocabularyHead,
};
pub use hierarchical_vision::{
    HierarchicalVision, HierarchicalVisionConfig, HierarchicalVisionWeights,
};
pub use mix_transformer::{MixTransformer, MixTransformerConfig, MixTransformerWeights};
pub use promptable_segmenter::{
    PromptableSegmenter, PromptableSegmenterConfig, PromptableSegmenterWeights,
};
pub use speech_synthesizer::{
    SpeechSynthesizer, SpeechSynthesizerConfig, SpeechSynthesizerWeights,
};
pub use text_encoder::{
    MaskHead, NormPlace, Positions, RelativeBias, TextEncoder, TextEncoderConfig,
    TextEncoderWeights, TokenTypes,
};
pub use tower::{ExtraKey, FusedLayer, TowerConfig, TowerLayers, TowerWeights};
pub use video_tower::{MessageAttention, VideoPrompts, VideoTower};
pub use vision_language::{
    Bridge, Features, Language, Projector, QueryAttention, QueryTransformer, Renamed,
    VisionLanguage,
};
pub use vision_transformer::{
    Classifier, FeedForward, VisionTransformer, VisionTransformerConfig, VisionTransformerWeights,
};

/// The builder of a family's graph, with the family's particulars.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "recipes are constants, a few dozen in all"
)]
pub enum Recipe {
    /// Transformer over a waveform.
    AudioEncoder(AudioEncoder),
    /// Towers over spectrograms and texts.
    AudioTextTowers(&'static AudioTextTowers),
    /// Decoder-only language model.
    Decoder(Decoder),
    /// Encoder and decoder transformers over token ids or audio features.
    EncoderDecoder(&'static EncoderDecoder),
    /// Bidirectional transformer over token ids.
    TextEncoder(TextEncoder),
    /// Transformer over windows of image patches, merged from stage to stage.
    HierarchicalVision(HierarchicalVision),
    /// Convolutional network in stages of depthwise blocks.
    Convolutional(Convolutional),
    /// Residual network and transformer with heads for classes and boxes.
    Detector(Detector),
    /// Image encoder, and a decoder that points and boxes ask for masks.
    PromptableSegmenter(PromptableSegmenter),
    /// Transformer in stages with convolutions within, and a head that labels pixels.
    MixTransformer(MixTransformer),
    /// Text encoder, predictor of durations, flow and vocoder.
    SpeechSynthesizer(SpeechSynthesizer),
    /// Transformer over image patches.
    VisionTransformer(VisionTransformer),
    /// Towers that map texts, pictures and, in some families, sounds into one space.
    DualTower(&'static DualTower),
    /// Language model that sees pictures.
    VisionLanguage(&'static VisionLanguage),
}

impl Recipe {
    /// Beginnings of names that some of the family's checkpoints write otherwise.
    pub(crate) fn renamed(&self) -> &'static [Renamed] {
        match self {
            Self::VisionLanguage(recipe) => recipe.renamed,
            _ => &[],
        }
    }
}

/// Where the epsilon of layer normalisation comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NormEps {
    /// A key of config.json.
    Key(&'static str),
    /// A constant of the family.
    Constant(f64),
}
