//! The closed sets of names a registry file may use, in the spelling and order the whole project shares.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Defines an enum whose variants have one name each, with parsing, printing and its JSON Schema.
macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The names of all of them, in order.
            pub const NAMES: &'static [&'static str] = &[$($text,)+];

            /// The name as registry, command line and reports spell it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The name of the Rust variant, here and in the runtime's enum of the same name.
            #[must_use]
            pub const fn variant(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }

            /// The one with this name.
            #[must_use]
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        // Written out so that maps keyed by it list their keys as properties, which editors complete.
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "enum": Self::NAMES })
            }
        }
    };
}

names! {
    /// A kind of hardware with its execution provider.
    Platform {
        /// Any CPU, ONNX Runtime's CPU provider.
        Cpu = "cpu",
        /// NVIDIA GPUs.
        Cuda = "cuda",
        /// AMD GPUs, through MIGraphX.
        Rocm = "rocm",
        /// Apple silicon, through CoreML.
        Mps = "mps",
        /// Intel's OpenVINO, which also runs on any x86 CPU.
        OpenVino = "openvino",
        /// The browser's WebNN.
        WebNn = "webnn",
        /// WebGPU, native or in a browser.
        WebGpu = "webgpu",
    }
}

names! {
    /// What grades and reports go by.
    Group {
        /// Text embeddings.
        Embedding = "embedding",
        /// Text generation.
        TextGeneration = "text-generation",
        /// Images.
        Vision = "vision",
        /// Sound.
        Audio = "audio",
        /// Several at once.
        Multimodal = "multimodal",
    }
}

names! {
    /// What goes into a model.
    Modality {
        /// Text.
        Text = "text",
        /// Images.
        Vision = "vision",
        /// Sound.
        Audio = "audio",
        /// Several at once.
        Multimodal = "multimodal",
    }
}

names! {
    /// How well a platform suits a group of models.
    Grade {
        /// The first choice.
        High = "high",
        /// Good.
        Medium = "medium",
        /// It works.
        Low = "low",
    }
}

names! {
    /// Number format of token ids and masks.
    IdWidth {
        /// 64 bits, as hub exports have them.
        Int64 = "int64",
        /// 32 bits, which WebGPU needs to take every node.
        Int32 = "int32",
    }
}

names! {
    /// Whether axes such as batch and tokens have names or numbers.
    Shapes {
        /// Names: known when the graph runs.
        Symbolic = "symbolic",
        /// Numbers: known when it is exported.
        Static = "static",
    }
}

names! {
    /// What a decoder remembers where its cache does not grow.
    KvCache {
        /// A fixed number of tokens.
        Fixed = "fixed",
        /// Nothing: it is given the whole sequence each time.
        None = "none",
    }
}

names! {
    /// Number format of weights and activations.
    Precision {
        /// IEEE 754 single.
        Fp32 = "fp32",
        /// IEEE 754 half.
        Fp16 = "fp16",
        /// bfloat16.
        Bf16 = "bf16",
    }
}

names! {
    /// What the registry claims of a model on a platform.
    Claim {
        /// Runs on the platform's execution provider.
        Native = "native",
        /// Outputs are computed on the CPU, times are predicted.
        Simulated = "simulated",
        /// Does not run there.
        Unsupported = "unsupported",
    }
}

names! {
    /// A task by Hugging Face's pipeline name.
    TaskName {
        /// Speech to text.
        AutomaticSpeechRecognition = "automatic-speech-recognition",
        /// Text to a vector.
        FeatureExtraction = "feature-extraction",
        /// Tokens for the masks of a text.
        FillMask = "fill-mask",
        /// Image to label.
        ImageClassification = "image-classification",
        /// Image to a vector.
        ImageFeatureExtraction = "image-feature-extraction",
        /// Image to regions.
        ImageSegmentation = "image-segmentation",
        /// Image and text to text.
        ImageTextToText = "image-text-to-text",
        /// Image to text.
        ImageToText = "image-to-text",
        /// Image and prompts to masks.
        MaskGeneration = "mask-generation",
        /// Texts, images and sounds to vectors of one space.
        MultimodalFeatureExtraction = "multimodal-feature-extraction",
        /// Image to labelled boxes.
        ObjectDetection = "object-detection",
        /// Texts to a similarity.
        SentenceSimilarity = "sentence-similarity",
        /// Text to text, encoder and decoder.
        Text2TextGeneration = "text2text-generation",
        /// Text to its continuation.
        TextGeneration = "text-generation",
        /// Text to speech.
        TextToAudio = "text-to-audio",
        /// Audio to one of the labels given with it.
        ZeroShotAudioClassification = "zero-shot-audio-classification",
        /// Image to one of the labels given with it.
        ZeroShotImageClassification = "zero-shot-image-classification",
        /// Video to one of the labels given with it.
        ZeroShotVideoClassification = "zero-shot-video-classification",
    }
}
