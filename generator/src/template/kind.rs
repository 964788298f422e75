//! The closed list of templates; each one's path is the path of what it renders, with capitals for the holes.

/// A template `gen` renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Template {
    /// A cell: what the registry declares of a model on a platform, and its skill.
    Skill,
    /// A model with its cells.
    Model,
    /// A family.
    Family,
    /// The list of families.
    Families,
    /// The compiled registry.
    Catalog,
    /// The crate's root.
    Crate,
    /// The checks of a cell.
    Test,
    /// The ignored test of an unsupported cell.
    UnsupportedTest,
    /// The test process of a platform.
    TestProcess,
    /// The recipe of an audio encoder, which the family's template places.
    AudioEncoder,
    /// The recipe of towers over sounds and texts, which the family's template places.
    AudioTextTowers,
    /// The recipe of an encoder–decoder, which the family's template places.
    EncoderDecoder,
    /// The recipe of a text encoder, which the family's template places.
    TextEncoder,
    /// The recipe of a vision transformer, which the family's template places.
    VisionTransformer,
    /// The recipe of a hierarchical vision transformer, which the family's template places.
    HierarchicalVision,
    /// The recipe of a convolutional network, which the family's template places.
    Convolutional,
    /// The recipe of a detector, which the family's template places.
    Detector,
    /// The recipe of a promptable segmenter, which the family's template places.
    PromptableSegmenter,
    /// The recipe of a mix transformer, which the family's template places.
    MixTransformer,
    /// The recipe of a speech synthesizer, which the family's template places.
    SpeechSynthesizer,
    /// The recipe of two towers, which the family's template places.
    DualTower,
    /// The recipe of a language model that sees pictures, which the family's template places.
    VisionLanguage,
    /// A language model in such a recipe.
    Language,
    /// The recipe of a decoder, which the family's template places.
    Decoder,
}

impl Template {
    /// All of them, in the order in which they are described.
    pub const ALL: &'static [Self] = &[
        Self::Skill,
        Self::Model,
        Self::Family,
        Self::Families,
        Self::Catalog,
        Self::Crate,
        Self::Test,
        Self::UnsupportedTest,
        Self::TestProcess,
        Self::AudioEncoder,
        Self::AudioTextTowers,
        Self::EncoderDecoder,
        Self::TextEncoder,
        Self::VisionTransformer,
        Self::HierarchicalVision,
        Self::Convolutional,
        Self::Detector,
        Self::PromptableSegmenter,
        Self::MixTransformer,
        Self::SpeechSynthesizer,
        Self::DualTower,
        Self::VisionLanguage,
        Self::Language,
        Self::Decoder,
    ];

    /// Its path below the folder of templates, with forward slashes.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Skill => "src/MODEL/PLATFORM.rs.tera",
            Self::Model => "src/MODEL/mod.rs.tera",
            Self::Family => "src/families/FAMILY.rs.tera",
            Self::Families => "src/families/mod.rs.tera",
            Self::Catalog => "src/catalog.rs.tera",
            Self::Crate => "src/lib.rs.tera",
            Self::Test => "tests/PLATFORM/MODEL.rs.tera",
            Self::UnsupportedTest => "tests/PLATFORM/MODEL.unsupported.rs.tera",
            Self::TestProcess => "tests/PLATFORM/main.rs.tera",
            Self::AudioEncoder => "recipes/audio_encoder.rs.tera",
            Self::AudioTextTowers => "recipes/audio_text_towers.rs.tera",
            Self::EncoderDecoder => "recipes/encoder_decoder.rs.tera",
            Self::TextEncoder => "recipes/text_encoder.rs.tera",
            Self::VisionTransformer => "recipes/vision_transformer.rs.tera",
            Self::HierarchicalVision => "recipes/hierarchical_vision.rs.tera",
            Self::Convolutional => "recipes/convolutional.rs.tera",
            Self::Detector => "recipes/detector.rs.tera",
            Self::PromptableSegmenter => "recipes/promptable_segmenter.rs.tera",
            Self::MixTransformer => "recipes/mix_transformer.rs.tera",
            Self::SpeechSynthesizer => "recipes/speech_synthesizer.rs.tera",
            Self::DualTower => "recipes/dual_tower.rs.tera",
            Self::VisionLanguage => "recipes/vision_language.rs.tera",
            Self::Language => "recipes/vision_language/language.rs.tera",
            Self::Decoder => "recipes/decoder.rs.tera",
        }
    }
}
