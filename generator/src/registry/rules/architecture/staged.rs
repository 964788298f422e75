//! The keys of config.json that image encoders in stages, detectors, segmenters and speech synthesizers read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::registry::recipe::{
    Convolutional, Detector, HierarchicalVision, MixTransformer, PromptableSegmenter,
    SpeechSynthesizer,
};
use crate::registry::tree::Node;

/// Fields of a segmenter's recipe that name sections; its other keys stand inside of them.
const SEGMENTER_SECTIONS: [&str; 3] = ["vision", "prompt", "decoder"];

/// The keys, by the names of the recipes' fields.
pub(super) fn keys(architecture: &Node) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    let section = |name| architecture.field(name);
    keys.extend(
        section("hierarchical-vision")
            .map(|node| read(node, |recipe: HierarchicalVision| names(&recipe.config))),
    );
    keys.extend(
        section("convolutional")
            .map(|node| read(node, |recipe: Convolutional| names(&recipe.config))),
    );
    keys.extend(
        section("detector").map(|node| read(node, |recipe: Detector| names(&recipe.config))),
    );
    keys.extend(
        section("mix-transformer")
            .map(|node| read(node, |recipe: MixTransformer| names(&recipe.config))),
    );
    keys.extend(
        section("speech-synthesizer")
            .map(|node| read(node, |recipe: SpeechSynthesizer| names(&recipe.config))),
    );
    keys.extend(section("promptable-segmenter").map(|node| {
        let mut keys = read(node, |recipe: PromptableSegmenter| names(&recipe.config));
        keys.retain(|(field, _)| SEGMENTER_SECTIONS.contains(&field.as_str()));
        keys
    }));
    keys.concat()
}

fn read<R: DeserializeOwned>(
    node: &Node,
    keys: impl Fn(R) -> Vec<(String, String)>,
) -> Vec<(String, String)> {
    serde_json::from_value(node.to_json()).map_or_else(|_| Vec::new(), keys)
}

/// The fields that hold a key rather than a constant.
fn names(config: &impl Serialize) -> Vec<(String, String)> {
    let Ok(Value::Object(fields)) = serde_json::to_value(config) else {
        return Vec::new();
    };
    let key = |(field, value): (String, Value)| match value {
        Value::String(key) => Some((field, key)),
        _ => None,
    };
    fields.into_iter().filter_map(key).collect()
}
