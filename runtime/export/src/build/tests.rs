//! Tests of the builders: the graphs they give, as listings.

#[path = "../../tests/exports/families.rs"]
mod families;

use super::{Form, build};
use crate::config::Config;
use crate::graph::{Bindings, Element};
use crate::options::{Head, KvCache};
use crate::recipe::Recipe;
use crate::weights::Weights;
use families::decoders;

const TEXT: &str = r#""hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12,
    "hidden_act": "gelu", "layer_norm_eps": 1e-5, "vocab_size": 30, "max_position_embeddings": 10,
    "type_vocab_size": 2, "pad_token_id": 1"#;
const DECODER: &str = r#""hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2,
    "head_dim": 6, "intermediate_size": 12, "hidden_act": "silu", "rms_norm_eps": 1e-6, "vocab_size": 30,
    "max_position_embeddings": 10"#;
const VISION: &str = r#""hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12,
    "mlp_ratio": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-5, "image_size": 28, "patch_size": 7, "num_channels": 3,
    "id2label": {"0": "a", "1": "b", "2": "c"}"#;

const AUDIO: &str = r#""hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12,
    "hidden_act": "gelu", "layer_norm_eps": 1e-5, "vocab_size": 7, "conv_dim": [6, 4], "conv_kernel": [10, 3],
    "conv_stride": [5, 2], "feat_extract_activation": "gelu", "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2, "num_buckets": 8, "max_bucket_distance": 20"#;

fn listing(recipe: &Recipe, config: &str, form: Form) -> String {
    let config = Config::parse(&format!("{{{config}}}")).unwrap();
    let graphs = build(recipe, &config, form, &mut Weights::recording()).unwrap();
    let [(_, graph)] = graphs.as_slice() else {
        panic!("expected one graph, got {}", graphs.len());
    };
    graph.listing()
}

fn form(float: Element, ids: Element) -> Form {
    Form {
        float,
        ids,
        image_size: None,
        head: Head::Auto,
        bindings: Bindings::default(),
        is_static: false,
        cache: KvCache::Growing,
    }
}

#[test]
fn every_familys_graph_is_as_recorded() {
    let check = |name: &str, recipe: &Recipe, config: &str, form: Form| {
        insta::assert_snapshot!(name, listing(recipe, config, form));
    };
    let hub = form(Element::Float32, Element::Int64);
    let text = |recipe| Recipe::TextEncoder(recipe);
    let vision = |recipe| Recipe::VisionTransformer(recipe);
    check("bert", &families::recipe("bert").unwrap(), TEXT, hub);
    let half = form(Element::Float16, Element::Int32);
    check("bert_fp16_int32", &text(families::BERT), TEXT, half);
    let masked = format!(r#"{TEXT}, "architectures": ["BertForMaskedLM"]"#);
    check("bert_masked_lm", &text(families::BERT), &masked, hub);
    check("roberta", &text(families::ROBERTA), TEXT, hub);
    check("mpnet", &text(families::MPNET), TEXT, hub);
    check("vit", &vision(families::VIT), VISION, hub);
    check("deit", &vision(families::DEIT), VISION, hub);
    let audio = |recipe| Recipe::AudioEncoder(recipe);
    let group = format!(r#"{AUDIO}, "feat_extract_norm": "group""#);
    check("wav2vec2", &audio(families::WAV2VEC2), &group, hub);
    let layer = format!(
        r#"{AUDIO}, "feat_extract_norm": "layer", "do_stable_layer_norm": true, "conv_bias": true,
        "architectures": ["HubertModel"], "feat_proj_layer_norm": false"#
    );
    check("hubert", &audio(families::HUBERT), &layer, hub);
    check("wavlm", &audio(families::WAVLM), &layer, hub);
    let other_size = Form {
        image_size: Some((14, 21)),
        ..hub
    };
    check("dinov2", &vision(families::DINOV2), VISION, other_size);
}

#[test]
fn every_decoders_graph_is_as_recorded() {
    let check = |name: &str, recipe, config: &str, form: Form| {
        insta::assert_snapshot!(name, listing(&Recipe::Decoder(recipe), config, form));
    };
    let hub = form(Element::Float32, Element::Int64);
    check("llama", decoders::LLAMA, DECODER, hub);
    let half = form(Element::Float16, Element::Int32);
    check("llama_fp16_int32", decoders::LLAMA, DECODER, half);
    check("qwen3", decoders::QWEN3, DECODER, hub);
    check("gemma", decoders::GEMMA, DECODER, hub);
    check("olmo", decoders::OLMO, DECODER, hub);
    check("olmo2", decoders::OLMO2, DECODER, hub);
    let windowed = format!(r#"{DECODER}, "sliding_window": 4"#);
    check("mistral", decoders::MISTRAL, &windowed, hub);
    let gpt2 = r#""n_embd": 8, "n_layer": 1, "n_head": 2, "n_inner": null, "n_positions": 10, "vocab_size": 30,
        "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new""#;
    check("gpt2", decoders::GPT2, gpt2, hub);
}

#[test]
fn a_block_has_a_window_where_the_configuration_says_so() {
    let windows = |more: &str| {
        let config = DECODER.replace("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 3");
        let config = format!("{config}, \"sliding_window\": 4, {more}");
        let recipe = Recipe::Decoder(decoders::QWEN2);
        let text = listing(&recipe, &config, form(Element::Float32, Element::Int64));
        assert_eq!(text.matches("Softmax(").count(), 3);
        text.matches(", /mask/Unsqueeze_3)").count()
    };
    assert_eq!(windows(r#""use_sliding_window": false"#), 0);
    assert_eq!(
        windows(r#""use_sliding_window": true, "max_window_layers": 3"#),
        0
    );
    assert_eq!(
        windows(r#""use_sliding_window": true, "max_window_layers": 1"#),
        2
    );
}

#[test]
fn a_pre_norm_encoder_ends_in_its_normalisation() {
    let recipe = crate::recipe::TextEncoder {
        norm: crate::recipe::NormPlace::Pre,
        ..families::BERT
    };
    let text = listing(
        &Recipe::TextEncoder(recipe),
        TEXT,
        form(Element::Float32, Element::Int64),
    );
    let norms: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("LayerNormalization("))
        .collect();
    assert_eq!(norms.len(), 3, "{text}");
    assert!(
        norms[2].starts_with("/encoder/LayerNormalization("),
        "{}",
        norms[2]
    );
    assert!(!text.contains("/embeddings/LayerNormalization"));
}

#[test]
fn every_activation_has_its_nodes() {
    let check = |name: &str, expected: &str| {
        let config = TEXT.replace("\"gelu\"", &format!("\"{name}\""));
        let text = listing(
            &Recipe::TextEncoder(families::BERT),
            &config,
            form(Element::Float32, Element::Int64),
        );
        assert!(
            text.contains(&format!("/feed_forward/{expected}(")),
            "{name}: {text}"
        );
    };
    check("gelu", "Erf");
    check("gelu_new", "Tanh");
    check("gelu_pytorch_tanh", "Tanh");
    check("quick_gelu", "Sigmoid");
    check("relu", "Relu");
    check("silu", "Sigmoid");
    check("swish", "Sigmoid");
}
