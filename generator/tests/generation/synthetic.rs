//! Registry files made up for tests and for the benchmark.

/// A text encoder with three models: its default, one that is unsupported on WebNN by size, and one with a weaker
/// demand on placement.
pub(crate) const ALPHA: &str = "\
family: alpha
title: DistilAlpha \"quoted\"
group: embedding
modality: text
task: feature-extraction
architecture:
  name: alpha
  reference: alpha
  text-encoder:
    prefix: alpha.
    positions: after-padding
    config: {norm_eps: 1.0e-12}
    relative_bias: {weight: encoder.bias.weight, buckets: 32, max_distance: 12800}
    mask_head: null
  synthetic:
    config: {model_type: alpha, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 64, \
hidden_act: gelu}
platforms:
  webnn:
    support: unsupported
    reason: too large for a browser
    above_parameters: 200_000_000
models:
  - id: alpha-base-v1.0
    title: Alpha base, version 1.0
    hub_id: greek/alpha-base-v1.0
    key: true
    default: true
    parameters: 109_482_240
    memory: {min_mib: 600, recommended_mib: 1200}
    disk_mib: 420
    cpu_cores: 2
    batch: 8
  - id: alpha-large
    title: Alpha large
    hub_id: greek/alpha-large
    parameters: 335_141_888
    memory: {min_mib: 1700, recommended_mib: 3200}
    disk_mib: 1280
    cpu_cores: 4
    batch: 8
    platforms:
      rocm: {placement: {nodes: 0.975}, reason: two gathers stay on the CPU}
    full:
      config: {model_type: alpha, hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, \
intermediate_size: 4096, hidden_act: gelu}
";

/// A vision transformer with one model.
pub(crate) const BETA: &str = "\
family: beta
title: Beta
group: vision
modality: vision
task: image-classification
architecture:
  name: beta
  vision-transformer:
    prefix: beta.
    weights: {leading_tokens: [embeddings.cls_token, embeddings.distillation_token]}
    classifier: {heads: [cls_classifier, distillation_classifier]}
  synthetic:
    config: {model_type: beta, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 64, \
hidden_act: gelu, layer_norm_eps: 1.0e-12, image_size: 32, patch_size: 8, num_channels: 3}
    preprocessor: {size: {height: 32, width: 32}, image_mean: [0.5, 0.5, 0.5]}
models:
  - id: 4beta-tiny
    title: Beta tiny
    hub_id: greek/beta-tiny
    key: true
    default: true
    parameters: 5_000_000
    memory: {min_mib: 200, recommended_mib: 400}
    disk_mib: 20
    cpu_cores: 1
    batch: 8
    full:
      config: {model_type: beta, hidden_size: 192, num_hidden_layers: 12, num_attention_heads: 3, intermediate_size: 768, \
hidden_act: gelu, layer_norm_eps: 1.0e-12, image_size: 224, patch_size: 16, num_channels: 3}
      preprocessor: {size: {height: 224, width: 224}, image_mean: [0.5, 0.5, 0.5]}
";

/// A family without a builder, whose models have these ids; the first is the default.
pub(crate) fn family(id: &str, models: &[String], reason: &str) -> String {
    let mut text = format!(
        "family: {id}\ntitle: {id}\ngroup: audio\nmodality: audio\ntask: automatic-speech-recognition\n\
         architecture:\n  name: {id}\n  synthetic: {{config: {{model_type: {id}}}}}\n\
         platforms:\n  webgpu: {{support: simulated, reason: '{reason}'}}\n\
         models:\n"
    );
    for (index, model) in models.iter().enumerate() {
        text.push_str(&format!(
            "  - id: {model}\n    title: {model}\n    hub_id: owner/{model}\n    default: {}\n    parameters: {}\n    \
             memory: {{min_mib: 100, recommended_mib: 200}}\n    disk_mib: 10\n    cpu_cores: 1\n    batch: 1\n",
            index == 0,
            1_000_000 + index,
        ));
    }
    text
}
