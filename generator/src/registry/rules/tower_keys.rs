//! Rule: the synthetic configuration of two towers, with the recipe's defaults, has every key that the recipe reads.

use super::{Report, Tree};
use crate::registry::fault::FaultKind;
use crate::registry::recipe::{DualTower, NormEps, TowerLayers};
use crate::registry::tree::{Node, Step};

pub(super) fn check(tree: &Tree<'_>, architecture: &Node, report: &mut Report<'_>) {
    let Some(recipe) = architecture.field("dual-tower") else {
        return;
    };
    let Ok(recipe) = serde_json::from_value::<DualTower>(recipe.to_json()) else {
        return;
    };
    let config = [
        Step::Key("architecture"),
        Step::Key("synthetic"),
        Step::Key("config"),
    ];
    let Some(whole) = tree.root.at(&config) else {
        return;
    };
    // A dot leads into a section.
    let (section, key) = match recipe.projection_size.split_once('.') {
        Some((section, key)) => (Some(section), key),
        None => (None, recipe.projection_size.as_str()),
    };
    let mut wanted = vec![(section, "projection_size", key.to_owned())];
    wanted.extend(keys(&recipe.text.section, &recipe.text.layers));
    wanted.extend(keys(&recipe.vision.section, &recipe.vision.layers));
    if let Some(video) = &recipe.video {
        let section = recipe.vision.section.as_str();
        wanted.extend(keys(section, &video.integration));
        wanted.push((Some(section), "frames", video.frames.clone()));
        let prompts = &video.prompts;
        wanted.push((None, "prompts.layers", prompts.layers.clone()));
        wanted.push((None, "prompts.heads", prompts.heads.clone()));
        wanted.push((None, "prompts.activation", prompts.activation.clone()));
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
    section: &'a str,
    layers: &TowerLayers,
) -> Vec<(Option<&'a str>, &'static str, String)> {
    let config = &layers.config;
    let mut keys = vec![
        ("hidden_size", &config.hidden_size),
        ("layers", &config.layers),
        ("heads", &config.heads),
        ("intermediate_size", &config.intermediate_size),
        ("activation", &config.activation),
    ];
    if let NormEps::Key(key) = &config.norm_eps {
        keys.push(("norm_eps", key));
    }
    let of_section = |(reader, key): (&'static str, &String)| (Some(section), reader, key.clone());
    keys.into_iter().map(of_section).collect()
}
