//! A GGUF file is a checkpoint like others: the kit's Qwen2 and LLaMA written as such generate the tokens and texts of
//! the kit.
#![allow(
    clippy::unwrap_used,
    reason = "what tests share fails by panicking too"
)]

#[path = "../../runtime/export/tests/exports/gguf_file.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod gguf_file;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gguf_file::{Entry, Rows, Width, sizes, write};
use serde_json::Value;
use workspace_tests::reference;

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Writes the kit's checkpoint as llama.cpp's converter does.
fn convert(kit: &Path, file: &Path) {
    let mut entries = sizes("qwen2", &json(kit.join("config.json")));
    let tokenizer = json(kit.join("tokenizer.json"));
    let added = tokenizer["added_tokens"].as_array().unwrap();
    let mut tokens = vec![("[PAD]".to_owned(), 5); 336];
    for (token, id) in tokenizer["model"]["vocab"].as_object().unwrap() {
        tokens[id.as_u64().unwrap() as usize] = (token.clone(), 1);
    }
    for token in added {
        let kind = if token["special"] == true { 3 } else { 4 };
        let id = token["id"].as_u64().unwrap() as usize;
        tokens[id] = (token["content"].as_str().unwrap().to_owned(), kind);
    }
    // Every token is another, as in real files.
    for (id, (token, kind)) in tokens.iter_mut().enumerate() {
        if *kind == 5 {
            *token = format!("[PAD{id}]");
        }
    }
    let (tokens, kinds): (Vec<String>, Vec<i32>) = tokens.into_iter().unzip();
    let merge = |merge: &Value| match merge {
        Value::Array(pair) => format!(
            "{} {}",
            pair[0].as_str().unwrap(),
            pair[1].as_str().unwrap()
        ),
        text => text.as_str().unwrap().to_owned(),
    };
    let merges = tokenizer["model"]["merges"].as_array().unwrap();
    let template = json(kit.join("tokenizer_config.json"))["chat_template"].clone();
    let own = [
        ("model", Entry::Text("gpt2".to_owned())),
        ("pre", Entry::Text("qwen2".to_owned())),
        ("tokens", Entry::Texts(tokens)),
        ("token_type", Entry::Counts(kinds)),
        ("merges", Entry::Texts(merges.iter().map(merge).collect())),
        ("eos_token_id", Entry::Count(316)),
        ("padding_token_id", Entry::Count(317)),
    ];
    entries.extend(own.map(|(key, entry)| (format!("tokenizer.ggml.{key}"), entry)));
    let template = Entry::Text(template.as_str().unwrap().to_owned());
    entries.push(("tokenizer.chat_template".to_owned(), template));
    let weights = kit.join("model.safetensors");
    write(file, &entries, &weights, Rows::AsStored, Width::Four);
}

/// The `assay` program of this build.
fn assay() -> Command {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.ancestors().nth(2).unwrap();
    Command::new(folder.join(format!("assay{}", std::env::consts::EXE_SUFFIX)))
}

#[test]
fn pairs_of_bytes_are_merged_as_the_kit_merges_them() {
    check("qwen2", 1, convert);
}

#[test]
fn pieces_with_scores_are_merged_as_the_kit_merges_them() {
    check("llama", 1, convert_pieces);
}

/// Generates from a case's chat, by a family's checkpoint written as a GGUF file.
fn check(family: &str, question: usize, convert: fn(&Path, &Path)) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tiny.gguf");
    let kit = reference(family);
    convert(&kit, &file);
    let case = &json(kit.join("reference.json"))["cases"]["chat"];
    let messages = &json(kit.join("inputs/chat.json"))["chat"];
    let output = assay()
        .args([
            "run",
            family,
            messages[question]["content"].as_str().unwrap(),
        ])
        .args(["--system", messages[0]["content"].as_str().unwrap()])
        .args([
            "--max-new-tokens",
            "12",
            "--greedy",
            "--repetition-penalty",
            "1",
        ])
        .args(["--format", "json", "--checkpoint"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = &case["generated"]["greedy"]["sequences"][0];
    assert_eq!(answer["output"][0]["tokens"], expected["token_ids"]);
    assert_eq!(answer["output"][0]["text"], expected["text"]);
    assert!(
        answer["checkpoint"]
            .as_str()
            .unwrap()
            .ends_with("tiny.gguf")
    );
}

/// Writes the kit's LLaMA as llama.cpp's converter does, with the pieces of its tokenizer.model.
fn convert_pieces(kit: &Path, file: &Path) {
    let mut entries = sizes("llama", &json(kit.join("config.json")));
    let (mut tokens, mut scores, mut kinds) = (vec![], vec![], vec![]);
    for (token, score, kind) in pieces(&fs::read(kit.join("tokenizer.model")).unwrap()) {
        tokens.push(token);
        scores.push(score);
        kinds.push(kind);
    }
    let own = [
        ("model", Entry::Text("llama".to_owned())),
        ("tokens", Entry::Texts(tokens)),
        ("add_space_prefix", Entry::Flag(false)),
        ("scores", Entry::Numbers(scores)),
        ("token_type", Entry::Counts(kinds)),
        ("bos_token_id", Entry::Count(1)),
        ("eos_token_id", Entry::Count(2)),
        ("unknown_token_id", Entry::Count(0)),
    ];
    entries.extend(own.map(|(key, entry)| (format!("tokenizer.ggml.{key}"), entry)));
    let template = json(kit.join("tokenizer_config.json"))["chat_template"].clone();
    let template = Entry::Text(template.as_str().unwrap().to_owned());
    entries.push(("tokenizer.chat_template".to_owned(), template));
    let weights = kit.join("model.safetensors");
    write(file, &entries, &weights, Rows::Paired(4, 2), Width::Four);
}

/// Texts, scores and types of the pieces in a `ModelProto` of `SentencePiece`, whose first field they are.
fn pieces(mut bytes: &[u8]) -> Vec<(String, f32, i32)> {
    let mut pieces = Vec::new();
    while let [0x0a, rest @ ..] = bytes {
        let (length, rest) = varint(rest);
        let (mut piece, rest) = rest.split_at(length);
        let (mut text, mut score, mut kind) = (String::new(), 0.0, 1);
        while let [tag, rest @ ..] = piece {
            piece = match tag {
                0x0a => {
                    let (length, rest) = varint(rest);
                    text = String::from_utf8(rest[..length].to_vec()).unwrap();
                    &rest[length..]
                }
                0x15 => {
                    let (number, rest) = rest.split_first_chunk::<4>().unwrap();
                    score = f32::from_le_bytes(*number);
                    rest
                }
                _ => {
                    let (number, rest) = varint(rest);
                    kind = number as i32;
                    rest
                }
            };
        }
        pieces.push((text, score, kind));
        bytes = rest;
    }
    pieces
}

fn varint(bytes: &[u8]) -> (usize, &[u8]) {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap();
    let (number, rest) = bytes.split_at(end + 1);
    let add = |sum: usize, byte: &u8| sum << 7 | usize::from(byte & 0x7f);
    (number.iter().rev().fold(0, add), rest)
}
