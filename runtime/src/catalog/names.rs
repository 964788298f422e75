//! The closed sets of names that registry, command line and reports share.

/// A name that is not in its set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{found}`; one of: {allowed}")]
pub struct UnknownName {
    /// What was looked for.
    pub kind: &'static str,
    /// What was found.
    pub found: String,
    /// The names there are, separated by commas.
    pub allowed: String,
}

/// Defines an enum whose variants have one name each, with parsing and printing.
macro_rules! names {
    ($(#[$meta:meta])* $name:ident($kind:literal) { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name as registry, command line and reports spell it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::catalog::UnknownName;

            fn from_str(text: &str) -> Result<Self, $crate::catalog::UnknownName> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::catalog::UnknownName {
                        kind: $kind,
                        found: text.to_owned(),
                        allowed: [$($text),+].join(", "),
                    }),
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text: ::std::borrow::Cow<'de, str> = ::serde::Deserialize::deserialize(from)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use names;

names! {
    /// A kind of hardware with its execution provider.
    Platform("platform") {
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
    Group("group") {
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
    Modality("modality") {
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
    Grade("grade") {
        /// The first choice.
        High = "high",
        /// Good.
        Medium = "medium",
        /// It works.
        Low = "low",
    }
}

names! {
    /// Number format of weights and activations.
    Precision("precision") {
        /// IEEE 754 single.
        Fp32 = "fp32",
        /// IEEE 754 half.
        Fp16 = "fp16",
        /// bfloat16.
        Bf16 = "bf16",
    }
}

names! {
    /// A task by Hugging Face's pipeline name.
    TaskName("task") {
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
