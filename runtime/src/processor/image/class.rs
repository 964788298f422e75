//! What each image processor class of transformers assumes where `preprocessor_config.json` is silent.
//!
//! Transcribed from the signatures of `__init__` in transformers 4.57 (`image_processing_*.py`) and from
//! `IMAGE_PROCESSOR_MAPPING_NAMES` in `image_processing_auto.py`.

use super::filter::Filter;

/// Defaults of one class.
#[derive(Debug, PartialEq)]
pub(super) struct Class {
    /// Its name, without the suffix `Fast`.
    pub(super) name: &'static str,
    /// The `model_type`s whose checkpoints may leave the class out.
    pub(super) model_types: &'static [&'static str],
    /// What a single number as `size` means, and which forms of `size` the class takes.
    pub(super) sizing: Sizing,
    /// Size where none is given: side, or shorter side.
    pub(super) size: usize,
    /// Side of the square crop; `None` where the class does not crop, whatever the file says.
    pub(super) crop: Option<usize>,
    /// Where a crop begins.
    pub(super) crop_start: CropStart,
    /// `resample` where none is given.
    pub(super) filter: Filter,
    /// `image_mean` where none is given.
    pub(super) mean: [f64; 3],
    /// `image_std` where none is given.
    pub(super) std: [f64; 3],
}

/// How a class understands `size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizing {
    /// `height` and `width`; a number is the side of a square.
    Square,
    /// `shortest_edge`, or `height` and `width`; a number is the shorter side.
    ShortestEdge,
    /// `shortest_edge` only: below 384 the shorter side becomes `shortest_edge / crop_pct` and the middle is cut out,
    /// from 384 on the picture is squeezed into the square.
    CropShare,
    /// `shortest_edge` with the `longest_edge` that no side may exceed, or `height` and `width`; a number is the shorter
    /// side, with `max_size` beside it. Pictures of a batch are padded to the largest.
    Bounded,
    /// `longest_edge`; pictures are padded to `pad_size`.
    LongestEdge,
}

/// Where a crop begins that leaves an odd number of rows or columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CropStart {
    /// At the half rounded down, as `center_crop` of transformers has it.
    Floor,
    /// At the half rounded to an even number, as `CenterCrop` of torchvision has it.
    Even,
}

const HALF: [f64; 3] = [0.5; 3];
const IMAGENET_MEAN: [f64; 3] = [0.485, 0.456, 0.406];
const IMAGENET_STD: [f64; 3] = [0.229, 0.224, 0.225];
const CLIP_MEAN: [f64; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const CLIP_STD: [f64; 3] = [0.268_629_54, 0.261_302_58, 0.275_777_11];

/// The classes that are known here.
pub(super) const CLASSES: &[Class] = &[
    Class {
        name: "BitImageProcessor",
        model_types: &["bit", "dinov2", "focalnet", "hiera"],
        sizing: Sizing::ShortestEdge,
        size: 224,
        crop: Some(224),
        crop_start: CropStart::Floor,
        filter: Filter::Bicubic,
        mean: CLIP_MEAN,
        std: CLIP_STD,
    },
    Class {
        name: "BlipImageProcessor",
        model_types: &["blip", "blip-2"],
        sizing: Sizing::Square,
        size: 384,
        crop: None,
        crop_start: CropStart::Floor,
        filter: Filter::Bicubic,
        mean: CLIP_MEAN,
        std: CLIP_STD,
    },
    Class {
        name: "CLIPImageProcessor",
        model_types: &["clip", "git", "groupvit", "llava", "xclip"],
        sizing: Sizing::ShortestEdge,
        size: 224,
        crop: Some(224),
        crop_start: CropStart::Floor,
        filter: Filter::Bicubic,
        mean: CLIP_MEAN,
        std: CLIP_STD,
    },
    Class {
        name: "ConvNextImageProcessor",
        model_types: &["convnext", "convnextv2", "cvt", "regnet", "resnet", "van"],
        sizing: Sizing::CropShare,
        size: 384,
        crop: None,
        crop_start: CropStart::Floor,
        filter: Filter::Bilinear,
        mean: HALF,
        std: HALF,
    },
    Class {
        name: "DeiTImageProcessor",
        model_types: &["deit"],
        sizing: Sizing::Square,
        size: 256,
        crop: Some(224),
        crop_start: CropStart::Floor,
        filter: Filter::Bicubic,
        mean: HALF,
        std: HALF,
    },
    // The transforms of torchvision in `data.py` of facebookresearch/ImageBind, for which transformers has no class.
    Class {
        name: "ImageBindImageProcessor",
        model_types: &["imagebind"],
        sizing: Sizing::ShortestEdge,
        size: 224,
        crop: Some(224),
        crop_start: CropStart::Even,
        filter: Filter::Bicubic,
        mean: CLIP_MEAN,
        std: CLIP_STD,
    },
    Class {
        name: "LlavaNextImageProcessor",
        model_types: &["llava_next"],
        sizing: Sizing::ShortestEdge,
        size: 224,
        crop: Some(224),
        crop_start: CropStart::Floor,
        filter: Filter::Bicubic,
        mean: CLIP_MEAN,
        std: CLIP_STD,
    },
    Class {
        name: "SiglipImageProcessor",
        model_types: &["siglip"],
        sizing: Sizing::Square,
        size: 224,
        crop: None,
        crop_start: CropStart::Floor,
        filter: Filter::Bicubic,
        mean: HALF,
        std: HALF,
    },
    Class {
        name: "VideoMAEImageProcessor",
        model_types: &["timesformer", "videomae"],
        sizing: Sizing::ShortestEdge,
        size: 224,
        crop: Some(224),
        crop_start: CropStart::Floor,
        filter: Filter::Bilinear,
        mean: HALF,
        std: HALF,
    },
    Class {
        name: "DetrImageProcessor",
        model_types: &["detr", "table-transformer"],
        sizing: Sizing::Bounded,
        size: 800,
        crop: None,
        crop_start: CropStart::Floor,
        filter: Filter::Bilinear,
        mean: IMAGENET_MEAN,
        std: IMAGENET_STD,
    },
    Class {
        name: "SamImageProcessor",
        model_types: &["sam"],
        sizing: Sizing::LongestEdge,
        size: 1024,
        crop: None,
        crop_start: CropStart::Floor,
        filter: Filter::Bilinear,
        mean: IMAGENET_MEAN,
        std: IMAGENET_STD,
    },
    Class {
        name: "SegformerImageProcessor",
        model_types: &["segformer"],
        sizing: Sizing::Square,
        size: 512,
        crop: None,
        crop_start: CropStart::Floor,
        filter: Filter::Bilinear,
        mean: IMAGENET_MEAN,
        std: IMAGENET_STD,
    },
    Class {
        name: "ViTImageProcessor",
        model_types: &[
            "clipseg",
            "dinat",
            "ijepa",
            "nat",
            "swiftformer",
            "swin",
            "swinv2",
            "vit",
            "vit_mae",
            "vit_msn",
        ],
        sizing: Sizing::Square,
        size: 224,
        crop: None,
        crop_start: CropStart::Floor,
        filter: Filter::Bilinear,
        mean: HALF,
        std: HALF,
    },
];

impl Class {
    /// The class by its name, with the suffixes of torchvision-based processors and of the older feature extractors.
    pub(super) fn by_name(name: &str) -> Option<&'static Self> {
        let name = name.replace("FeatureExtractor", "ImageProcessor");
        let name = name.strip_suffix("Fast").unwrap_or(&name);
        CLASSES.iter().find(|class| class.name == name)
    }

    /// The class that transformers gives checkpoints of a model type.
    pub(super) fn by_model_type(model_type: &str) -> Option<&'static Self> {
        CLASSES
            .iter()
            .find(|class| class.model_types.contains(&model_type))
    }
}
