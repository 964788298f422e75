//! Writes GGUF files from the tensors of a safetensors checkpoint, as llama.cpp's converter does.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// A value of the metadata.
pub(crate) enum Entry {
    Count(u32),
    Number(f32),
    Text(String),
    Texts(Vec<String>),
    Counts(Vec<i32>),
    Numbers(Vec<f32>),
    Flag(bool),
}

/// What is written of the queries and keys.
#[derive(Clone, Copy)]
pub(crate) enum Rows {
    /// As they are.
    AsStored,
    /// In pairs, one row of each half of a head; numbers of query and key heads.
    Paired(usize, usize),
}

/// Numbers of a tensor, and the bytes each of them takes in the file.
#[derive(Clone, Copy)]
pub(crate) enum Width {
    /// F32.
    Four,
    /// BF16: the upper half of F32.
    Two,
}

/// Names of a block's parts, Hugging Face's and llama.cpp's.
const PARTS: [(&str, &str); 11] = [
    ("input_layernorm", "attn_norm"),
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"),
    ("self_attn.q_norm", "attn_q_norm"),
    ("self_attn.k_norm", "attn_k_norm"),
    ("post_attention_layernorm", "ffn_norm"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
];

/// The sizes of a config.json under llama.cpp's keys.
pub(crate) fn sizes(architecture: &str, config: &Value) -> Vec<(String, Entry)> {
    let own = |key: &str| format!("{architecture}.{key}");
    let mut entries = vec![(
        "general.architecture".to_owned(),
        Entry::Text(architecture.to_owned()),
    )];
    for (key, name) in [
        ("embedding_length", "hidden_size"),
        ("feed_forward_length", "intermediate_size"),
        ("block_count", "num_hidden_layers"),
        ("attention.head_count", "num_attention_heads"),
        ("attention.head_count_kv", "num_key_value_heads"),
        ("context_length", "max_position_embeddings"),
    ] {
        let size = config[name].as_u64().unwrap() as u32;
        entries.push((own(key), Entry::Count(size)));
    }
    for (key, name) in [
        ("attention.layer_norm_rms_epsilon", "rms_norm_eps"),
        ("rope.freq_base", "rope_theta"),
    ] {
        let number = config[name].as_f64().unwrap() as f32;
        entries.push((own(key), Entry::Number(number)));
    }
    entries
}

/// Writes a file with the F32 tensors of `safetensors`.
pub(crate) fn write(
    path: &Path,
    entries: &[(String, Entry)],
    safetensors: &Path,
    rows: Rows,
    width: Width,
) {
    let stored = fs::read(safetensors).unwrap();
    let (length, rest) = stored.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header: Value = serde_json::from_slice(header).unwrap();
    let tensors: Vec<(&String, &Value)> = header
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "__metadata__")
        .collect();

    let mut file = b"GGUF".to_vec();
    file.extend(3_u32.to_le_bytes());
    file.extend((tensors.len() as u64).to_le_bytes());
    file.extend((entries.len() as u64).to_le_bytes());
    for (key, entry) in entries {
        text(&mut file, key);
        value(&mut file, entry);
    }
    let mut bodies = Vec::new();
    for (name, info) in tensors {
        let shape: Vec<usize> = serde_json::from_value(info["shape"].clone()).unwrap();
        let place: [usize; 2] = serde_json::from_value(info["data_offsets"].clone()).unwrap();
        let bytes = &data[place[0]..place[1]];
        let heads = match rows {
            Rows::Paired(queries, _) if name.contains("q_proj") => Some(queries),
            Rows::Paired(_, keys) if name.contains("k_proj") => Some(keys),
            _ => None,
        };
        let bytes = heads.map_or(bytes.to_vec(), |heads| paired(bytes, shape[0], heads));
        text(&mut file, &renamed(name));
        file.extend((shape.len() as u32).to_le_bytes());
        for size in shape.iter().rev() {
            file.extend((*size as u64).to_le_bytes());
        }
        let (kind, bytes): (u32, Vec<u8>) = match width {
            Width::Four => (0, bytes),
            Width::Two => {
                let fours = bytes.as_chunks::<4>().0;
                (
                    30,
                    fours.iter().flat_map(|four| [four[2], four[3]]).collect(),
                )
            }
        };
        file.extend(kind.to_le_bytes());
        let offset: usize = bodies.iter().map(Vec::len).sum();
        file.extend((offset as u64).to_le_bytes());
        let mut body = bytes;
        body.resize(body.len().next_multiple_of(32), 0);
        bodies.push(body);
    }
    file.resize(file.len().next_multiple_of(32), 0);
    file.extend(bodies.concat());
    fs::write(path, file).unwrap();
}

/// Rows of each head with those of its two halves side by side.
fn paired(bytes: &[u8], rows: usize, heads: usize) -> Vec<u8> {
    let row = bytes.len() / rows;
    let half = rows / heads / 2;
    let order = (0..heads).flat_map(move |head| {
        (0..half).flat_map(move |pair| [2 * head * half + pair, (2 * head + 1) * half + pair])
    });
    order
        .flat_map(|place| bytes[place * row..(place + 1) * row].to_vec())
        .collect()
}

fn renamed(name: &str) -> String {
    match name {
        "model.embed_tokens.weight" => return "token_embd.weight".to_owned(),
        "model.norm.weight" => return "output_norm.weight".to_owned(),
        "lm_head.weight" => return "output.weight".to_owned(),
        _ => {}
    }
    let rest = name.strip_prefix("model.layers.").unwrap();
    let (layer, rest) = rest.split_once('.').unwrap();
    let (part, kind) = rest.rsplit_once('.').unwrap();
    let (_, own) = PARTS.iter().find(|(known, _)| *known == part).unwrap();
    format!("blk.{layer}.{own}.{kind}")
}

fn text(file: &mut Vec<u8>, text: &str) {
    file.extend((text.len() as u64).to_le_bytes());
    file.extend(text.as_bytes());
}

fn value(file: &mut Vec<u8>, entry: &Entry) {
    match entry {
        Entry::Count(count) => {
            file.extend(4_u32.to_le_bytes());
            file.extend(count.to_le_bytes());
        }
        Entry::Number(number) => {
            file.extend(6_u32.to_le_bytes());
            file.extend(number.to_le_bytes());
        }
        Entry::Flag(flag) => {
            file.extend(7_u32.to_le_bytes());
            file.push(u8::from(*flag));
        }
        Entry::Text(content) => {
            file.extend(8_u32.to_le_bytes());
            text(file, content);
        }
        Entry::Texts(texts) => {
            file.extend([9_u32, 8].map(u32::to_le_bytes).concat());
            file.extend((texts.len() as u64).to_le_bytes());
            for content in texts {
                text(file, content);
            }
        }
        Entry::Numbers(numbers) => {
            file.extend([9_u32, 6].map(u32::to_le_bytes).concat());
            file.extend((numbers.len() as u64).to_le_bytes());
            file.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
        Entry::Counts(counts) => {
            file.extend([9_u32, 5].map(u32::to_le_bytes).concat());
            file.extend((counts.len() as u64).to_le_bytes());
            file.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
        }
    }
}
