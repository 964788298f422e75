//! The shape of `families/<family>.yaml`: an architecture line, its models and their exceptions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::constraint::{self, HUB_ID, ID, TEXT, count, count_schema};
use super::graph::GraphForm;
use super::names::{Claim, Grade, Group, Modality, Platform, Precision, TaskName};
use super::recipe::{
    AudioEncoder, AudioTextTowers, Convolutional, Decoder, Detector, DualTower, EncoderDecoder,
    HierarchicalVision, MixTransformer, PromptableSegmenter, Recipe, SpeechSynthesizer,
    TextEncoder, VisionLanguage, VisionTransformer,
};

/// An architecture line and its models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FamilyFile {
    /// Id; the stem of the file's name.
    #[serde(rename = "family")]
    #[schemars(regex(pattern = ID), length(max = constraint::ID_CHARS))]
    pub id: String,
    /// Name in prose, such as `BERT`.
    #[schemars(regex(pattern = TEXT), length(max = constraint::TEXT_CHARS))]
    pub title: String,
    /// What grades and reports go by.
    pub group: Group,
    /// What goes in.
    pub modality: Modality,
    /// The task of a model that names none itself.
    pub task: TaskName,
    /// How its graph is built and where its tests get a checkpoint.
    pub architecture: Architecture,
    /// Where its models differ from a platform's defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub platforms: BTreeMap<Platform, Exception>,
    /// Its checkpoints.
    #[schemars(length(min = 1))]
    pub models: Vec<ModelEntry>,
}

impl FamilyFile {
    /// The model the family's name stands for.
    #[must_use]
    pub fn default_model(&self) -> Option<&ModelEntry> {
        self.models.iter().find(|model| model.is_default)
    }
}

/// How a family's graph is built and where its tests get a checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Hugging Face's `model_type`.
    #[schemars(regex(pattern = ID), length(max = constraint::ID_CHARS))]
    pub name: String,
    /// Folder of the reference checkpoint under `tests/reference/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = ID), length(max = constraint::ID_CHARS))]
    pub reference: Option<String>,
    /// Its graph is a transformer over a waveform; what differs from Wav2Vec2.
    #[serde(
        default,
        rename = "audio-encoder",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "AudioEncoder")]
    pub audio_encoder: Option<AudioEncoder>,
    /// Its graph compares spectrograms with texts; what differs from CLAP.
    #[serde(
        default,
        rename = "audio-text-towers",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "AudioTextTowers")]
    pub audio_text_towers: Option<AudioTextTowers>,
    /// Its graphs are an encoder and a decoder; what differs from BART.
    #[serde(
        default,
        rename = "encoder-decoder",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "EncoderDecoder")]
    pub encoder_decoder: Option<EncoderDecoder>,
    /// Its graph is a bidirectional text encoder; what differs from BERT.
    #[serde(
        default,
        rename = "text-encoder",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "TextEncoder")]
    pub text_encoder: Option<TextEncoder>,
    /// Its graph is a transformer over image patches; what differs from ViT.
    #[serde(
        default,
        rename = "vision-transformer",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "VisionTransformer")]
    pub vision_transformer: Option<VisionTransformer>,
    /// Its graph is a transformer over windows of image patches; what differs from Swin.
    #[serde(
        default,
        rename = "hierarchical-vision",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "HierarchicalVision")]
    pub hierarchical_vision: Option<HierarchicalVision>,
    /// Its graph is a convolutional network; what differs from ConvNeXt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Convolutional")]
    pub convolutional: Option<Convolutional>,
    /// Its graph is a detector; what differs from DETR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Detector")]
    pub detector: Option<Detector>,
    /// Its graphs are a segmenter that points and boxes ask for masks; what differs from SAM.
    #[serde(
        default,
        rename = "promptable-segmenter",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "PromptableSegmenter")]
    pub promptable_segmenter: Option<PromptableSegmenter>,
    /// Its graph is a transformer in stages with convolutions within; what differs from SegFormer.
    #[serde(
        default,
        rename = "mix-transformer",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "MixTransformer")]
    pub mix_transformer: Option<MixTransformer>,
    /// Its graph speaks a text; what differs from VITS.
    #[serde(
        default,
        rename = "speech-synthesizer",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "SpeechSynthesizer")]
    pub speech_synthesizer: Option<SpeechSynthesizer>,
    /// Its graph is two towers that map texts and pictures into one space; what differs from CLIP.
    #[serde(
        default,
        rename = "dual-tower",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "DualTower")]
    pub dual_tower: Option<DualTower>,
    /// Its graphs are those of a language model that sees pictures; what differs from LLaVA.
    #[serde(
        default,
        rename = "vision-language",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "VisionLanguage")]
    pub vision_language: Option<VisionLanguage>,
    /// Its graph is a decoder-only language model; what differs from LLaMA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Decoder")]
    pub decoder: Option<Decoder>,
    /// Files of its synthetic checkpoint.
    pub synthetic: Synthetic,
}

impl Architecture {
    /// The builder of its graph with its particulars; `None` as long as no builder exists.
    #[must_use]
    pub fn recipe(&self) -> Option<Recipe<'_>> {
        let sequences = self.encoder_decoder.as_ref().map(Recipe::EncoderDecoder);
        let text = self.text_encoder.as_ref().map(Recipe::TextEncoder);
        let vision = self
            .vision_transformer
            .as_ref()
            .map(Recipe::VisionTransformer);
        let audio = self.audio_encoder.as_ref().map(Recipe::AudioEncoder);
        let heard = self.audio_text_towers.as_ref();
        let heard = heard.map(Recipe::AudioTextTowers);
        let towers = self.dual_tower.as_ref().map(Recipe::DualTower);
        let speaking = self.speech_synthesizer.as_ref();
        let speaking = speaking.map(Recipe::SpeechSynthesizer);
        let encoders = text.or(vision).or(audio).or(speaking);
        let decoder = self.decoder.as_ref().map(Recipe::Decoder);
        let seeing = self.vision_language.as_ref().map(Recipe::VisionLanguage);
        let towers = towers.or(heard).or(seeing);
        let models = encoders.or(towers).or(decoder).or(sequences);
        models.or_else(|| self.staged())
    }

    /// Its recipe, where it is an image encoder in stages, a detector or a segmenter.
    fn staged(&self) -> Option<Recipe<'_>> {
        let hierarchical_vision = self
            .hierarchical_vision
            .as_ref()
            .map(Recipe::HierarchicalVision);
        let convolutional = self.convolutional.as_ref().map(Recipe::Convolutional);
        let detector = self.detector.as_ref().map(Recipe::Detector);
        let promptable_segmenter = self
            .promptable_segmenter
            .as_ref()
            .map(Recipe::PromptableSegmenter);
        let mix_transformer = self.mix_transformer.as_ref().map(Recipe::MixTransformer);
        hierarchical_vision
            .or(convolutional)
            .or(detector)
            .or(promptable_segmenter)
            .or(mix_transformer)
    }
}

/// Files of a synthetic checkpoint, as their JSON's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Synthetic {
    /// `config.json`.
    pub config: Map<String, Value>,
    /// `preprocessor_config.json`, for models that take images or audio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Map<String, Value>")]
    pub preprocessor: Option<Map<String, Value>>,
}

/// Where a family or model differs from a platform's defaults, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The claim that replaces the platform's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Claim")]
    pub support: Option<Claim>,
    /// Why; readers of reports and of ignored tests see it.
    #[schemars(regex(pattern = TEXT), length(max = constraint::TEXT_CHARS))]
    pub reason: String,
    /// The exception holds only for models with more parameters; for families only.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "constraint::optional_count"
    )]
    #[schemars(schema_with = "count_schema")]
    pub above_parameters: Option<u64>,
    /// The precisions that replace the platform's defaults, the first one first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Precision>", length(min = 1), extend("uniqueItems" = true))]
    pub precisions: Option<Vec<Precision>>,
    /// The grade that replaces the one of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Grade")]
    pub grade: Option<Grade>,
    /// A weaker demand on placement than the whole graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PlacementDemand")]
    pub placement: Option<PlacementDemand>,
    /// The form of the graphs that replaces the platform's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "GraphForm")]
    pub graph: Option<GraphForm>,
}

/// A demand on placement that is weaker than the whole graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementDemand {
    /// Least share of nodes on the platform's provider, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub nodes: f64,
}

/// One checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// Id, unique in the whole registry; with `-` and `.` as `_` it names the Rust module.
    #[schemars(regex(pattern = ID), length(max = constraint::ID_CHARS))]
    pub id: String,
    /// Name in prose, such as `BERT base uncased`.
    #[schemars(regex(pattern = TEXT), length(max = constraint::TEXT_CHARS))]
    pub title: String,
    /// Repository on the Hugging Face hub, such as `google-bert/bert-base-uncased`.
    #[schemars(regex(pattern = HUB_ID), length(max = constraint::HUB_ID_CHARS))]
    pub hub_id: String,
    /// Whether it is one of the key models.
    #[serde(default, rename = "key")]
    pub is_key: bool,
    /// Whether the family's name stands for it; true of exactly one.
    #[serde(default, rename = "default")]
    pub is_default: bool,
    /// The task, where it is not the family's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TaskName")]
    pub task: Option<TaskName>,
    /// Folder of the reference checkpoint under `tests/reference/`, where it is not the family's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = ID), length(max = constraint::ID_CHARS))]
    pub reference: Option<String>,
    /// Number of parameters; `109_482_240` reads as `109482240`.
    #[serde(deserialize_with = "count")]
    #[schemars(schema_with = "count_schema")]
    pub parameters: u64,
    /// Memory it takes.
    pub memory: Memory,
    /// Size of its checkpoint on disk, in MiB.
    #[schemars(range(min = 1, max = constraint::MEMORY_MIB))]
    pub disk_mib: u32,
    /// Cores worth giving it.
    #[schemars(range(min = 1, max = constraint::CORES))]
    pub cpu_cores: u32,
    /// Default batch.
    #[schemars(range(min = 1, max = constraint::BATCH))]
    pub batch: u32,
    /// The only precisions it is to run in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Precision>", length(min = 1), extend("uniqueItems" = true))]
    pub precisions: Option<Vec<Precision>>,
    /// Files of its synthetic checkpoint of full size, as the model is published; the preprocessor where the family's
    /// does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Synthetic")]
    pub full: Option<Synthetic>,
    /// Where it differs from its family and from a platform's defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub platforms: BTreeMap<Platform, Exception>,
}

/// Memory a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Least memory that loads and runs it at batch 1, in MiB.
    #[schemars(range(min = 1, max = constraint::MEMORY_MIB))]
    pub min_mib: u32,
    /// Memory for its default batch, in MiB.
    #[schemars(range(min = 1, max = constraint::MEMORY_MIB))]
    pub recommended_mib: u32,
}
