//! Names of llama.cpp's tensors in Hugging Face's terms.

/// The parts of a block, by llama.cpp's names and Hugging Face's.
const PARTS: [(&str, &str); 11] = [
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("ffn_norm", "post_attention_layernorm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

/// A tensor's name in Hugging Face's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renamed {
    pub(crate) name: String,
    /// Whether it projects to queries, or to keys.
    pub(crate) part: Option<Part>,
}

/// A projection whose rows some architectures store in another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Query,
    Key,
}

/// Renames a tensor; `None` where it is not one of a decoder's.
pub(crate) fn rename(name: &str) -> Option<Renamed> {
    let plain = |name: &str| {
        let name = name.to_owned();
        Some(Renamed { name, part: None })
    };
    match name {
        "token_embd.weight" => return plain("model.embed_tokens.weight"),
        "output_norm.weight" => return plain("model.norm.weight"),
        "output.weight" => return plain("lm_head.weight"),
        _ => {}
    }
    let (layer, rest) = name.strip_prefix("blk.")?.split_once('.')?;
    let (part, kind) = rest.rsplit_once('.')?;
    let (_, named) = PARTS.iter().find(|(known, _)| *known == part)?;
    let is_plain = layer.bytes().all(|byte| byte.is_ascii_digit());
    let is_known = matches!(kind, "weight" | "bias");
    (is_plain && is_known).then(|| Renamed {
        name: format!("model.layers.{layer}.{named}.{kind}"),
        part: match part {
            "attn_q" => Some(Part::Query),
            "attn_k" => Some(Part::Key),
            _ => None,
        },
    })
}
