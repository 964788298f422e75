//! A small sound registry, and ways to spoil it.

use generator::registry::{self, Faults, Platform, Registry};

/// A sound family file; tests replace parts of it.
pub(crate) const FAMILY: &str = "\
family: alpha
title: Alpha
group: embedding
modality: text
task: feature-extraction
architecture:
  name: alpha
  text-encoder: {prefix: alpha.}
  synthetic:
    config:
      model_type: alpha
      hidden_size: 32
      num_hidden_layers: 2
      num_attention_heads: 4
      intermediate_size: 64
      hidden_act: gelu
      layer_norm_eps: 1.0e-12
platforms:
  webnn:
    support: unsupported
    reason: too large for a browser
    above_parameters: 1_000_000
models:
  - id: alpha-base
    title: Alpha base
    hub_id: greek/alpha-base
    key: true
    default: true
    parameters: 109_482_240
    memory: {min_mib: 600, recommended_mib: 1200}
    disk_mib: 420
    cpu_cores: 2
    batch: 8
";

/// A sound model to append to a family.
pub(crate) const MODEL: &str = "  - id: alpha-large
    title: Alpha large
    hub_id: greek/alpha-large
    parameters: 335_141_888
    memory: {min_mib: 1700, recommended_mib: 3200}
    disk_mib: 1280
    cpu_cores: 4
    batch: 8
";

/// A sound platform file.
pub(crate) fn platform(platform: Platform) -> String {
    let support = match platform {
        Platform::WebNn | Platform::WebGpu => {
            "  allowed: [native, simulated, unsupported]\n  default: simulated\n  reason: needs a browser\n"
        }
        _ => "  allowed: [native, unsupported]\n  default: native\n",
    };
    format!(
        "platform: {platform}\ntitle: Some platform\nprovider: SomeExecutionProvider\nsupport:\n{support}\
         precisions:\n  allowed: [fp32, fp16]\n  default: [fp32]\ngrades:\n  embedding: high\n"
    )
}

/// The sound platform files with these files beside or in place of them.
pub(crate) fn registry(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = files
        .iter()
        .map(|(path, text)| ((*path).into(), (*text).into()))
        .collect();
    for one in Platform::ALL {
        let path = format!("platforms/{one}.yaml");
        if !all.iter().any(|(other, _)| *other == path) {
            all.push((path, platform(*one)));
        }
    }
    all
}

/// What loading the sound platforms with these files says.
pub(crate) fn said(files: &[(&str, &str)]) -> String {
    load(files).map_or_else(|faults| faults.to_string(), |_| "no fault\n".to_owned())
}

/// The faults of the sound platforms with these files, which have some.
pub(crate) fn faults(files: &[(&str, &str)]) -> Faults {
    load(files).unwrap_err()
}

/// Loads the sound platforms with these files.
pub(crate) fn load(files: &[(&str, &str)]) -> Result<Registry, Faults> {
    let all = registry(files);
    let texts: Vec<(&str, &str)> = all
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    registry::from_texts(&texts)
}

/// The messages of several edits, each of one place of a text.
pub(crate) fn said_of_edits(path: &str, sound: &str, edits: &[(&str, &str)]) -> String {
    let mut all = String::new();
    for (found, replacement) in edits {
        assert_eq!(
            sound.matches(found).count(),
            1,
            "`{found}` stands once in the sound text"
        );
        let spoilt = sound.replace(found, replacement);
        let name = replacement
            .trim()
            .replace('\n', " ⏎ ")
            .replace("⏎     ", "⏎ ");
        let messages = said(
            &[("families/alpha.yaml", FAMILY), (path, &spoilt)]
                [usize::from(path.starts_with('f'))..],
        );
        let messages: Vec<&str> = messages
            .lines()
            .filter(|line| !line.contains(" of the registry"))
            .collect();
        all.push_str(&format!(
            "{}\n  {}\n",
            shortened(&name),
            messages.join("\n  ")
        ));
    }
    all
}

fn shortened(text: &str) -> String {
    if text.chars().count() > 90 {
        text.chars().take(90).collect::<String>() + "…"
    } else {
        text.to_owned()
    }
}
