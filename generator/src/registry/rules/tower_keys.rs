//! Rule: a synthetic configuration of two towers, with the recipe's defaults, has every key that the recipe reads.

use super::{Report, Tree};
use crate::registry::fault::FaultKind;
use crate::registry::recipe::{AudioTower, DualTower, FeedForward, NormEps, TowerLayers};
use crate::registry::tree::{Node, Step};

pub(super) fn check(
    tree: &Tree<'_>,
    architecture: &Node,
    config: &[Step<'_>],
    report: &mut Report<'_>,
) {
    let Some(recipe) = architecture.field("dual-tower") else {
        return;
    };
    let Ok(recipe) = serde_json::from_value::<DualTower>(recipe.to_json()) else {
        return;
    };
    let Some(whole) = tree.root.at(config) else {
        return;
    };
    // A dot leads into a section.
    let (section, key) = match recipe.projection_size.split_once('.') {
        Some((section, key)) => (Some(section), key),
        None => (None, recipe.projection_size.as_str()),
    };
    let mut wanted = vec![(section, "projection_size", key.to_owned())];
    let text = recipe.text.section.as_deref();
    wanted.extend(keys(text, &recipe.text.layers));
    let vision = recipe.vision.section.as_deref();
    wanted.extend(keys(vision, &recipe.vision.layers));
    let kernel = recipe.vision.patch_kernel.iter();
    wanted.extend(kernel.map(|key| (vision, "patch_kernel", key.clone())));
    if let Some(video) = &recipe.video {
        wanted.extend(keys(vision, &video.integration));
        wanted.push((vision, "frames", video.frames.clone()));
        let prompts = &video.prompts;
        wanted.push((None, "prompts.layers", prompts.layers.clone()));
        wanted.push((None, "prompts.heads", prompts.heads.clone()));
        wanted.push((None, "prompts.activation", prompts.activation.clone()));
    }
    if let Some(audio) = &recipe.audio {
        wanted.extend(audio_keys(audio));
    }
    for (section, reader, key) in wanted {
        let part = match section {
            Some(section) => whole.field(section),
            None => Some(whole),
        };
        let defaults = match section {
            Some(section) => recipe.defaults.get(section),
            None => None,
        };
        let is_default = match section {
            Some(_) => defaults.is_some_and(|defaults| defaults.get(&key).is_some()),
            None => recipe.defaults.contains_key(&key),
        };
        if is_default || part.is_some_and(|part| part.field(&key).is_some()) {
            continue;
        }
        let mut path = config.to_vec();
        path.extend(section.map(Step::Key));
        let fault = FaultKind::DanglingConfigKey {
            key,
            reader: reader.to_owned(),
        };
        report.add(tree, part.unwrap_or(whole).mark, &path, fault);
    }
}

/// The keys that a stack of blocks reads from its section, by the names of the recipe's fields.
fn keys<'a>(
    section: Option<&'a str>,
    layers: &TowerLayers,
) -> Vec<(Option<&'a str>, &'static str, String)> {
    let config = &layers.config;
    let (FeedForward::Width(feed_forward) | FeedForward::Ratio(feed_forward)) =
        &config.feed_forward;
    let mut keys = vec![
        ("hidden_size", &config.hidden_size),
        ("layers", &config.layers),
        ("heads", &config.heads),
        ("feed_forward", feed_forward),
        ("activation", &config.activation),
    ];
    if let NormEps::Key(key) = &config.norm_eps {
        keys.push(("norm_eps", key));
    }
    let of_section = |(reader, key): (&'static str, &String)| (section, reader, key.clone());
    keys.into_iter().map(of_section).collect()
}

/// The same of a tower of sounds.
fn audio_keys(audio: &AudioTower) -> Vec<(Option<&str>, &'static str, String)> {
    let section = audio.section.as_deref();
    let mut wanted = keys(section, &audio.layers);
    for (reader, key) in [
        ("kernel", &audio.kernel),
        ("stride", &audio.stride),
        ("mel_bins", &audio.mel_bins),
        ("frames", &audio.frames),
    ] {
        wanted.push((section, reader, key.clone()));
    }
    wanted
}
