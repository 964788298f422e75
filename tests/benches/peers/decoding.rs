//! Greedy decoding beside Optimum and onnxruntime-genai, at the size of the reference checkpoint and at 110 million
//! parameters.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use generated::tinyllama_1_1b_chat_v1_0::cpu::SKILL;
use runtime::checkpoint::{CheckpointSpec, SyntheticForm};
use runtime::export::Head;
use runtime::generation::GenerationOptions;
use runtime::session::{LoadOptions, Session};
use runtime::task::{Prompt, TextGeneration};
use serde_json::{Value, json};
use workspace_tests::reference;

use crate::pairs::{Row, Target, timed};
use crate::peer::{Peer, copy_papers, folder};
use crate::{bandwidth, checkpoints, threads};

const TOKENS: usize = 64;
const PROMPT: &str = "the moon is";

/// At the size of the reference checkpoint, where the time goes into what surrounds the graph.
pub(crate) fn tiny() {
    compare(
        "2 layers of 32",
        &reference("llama"),
        Target::Faster(4.0),
        None,
    );
}

/// At 110 million parameters, where the time goes into reading weights.
pub(crate) fn large() {
    let (tokenizer, checkpoint) = (reference("llama"), folder("decoding-110m"));
    let form = SyntheticForm::of_seed(0);
    checkpoints::write(SKILL.model, &checkpoints::small_llama(), form, &checkpoint);
    for name in [
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
    ] {
        fs::copy(tokenizer.join(name), checkpoint.join(name)).expect("the tokenizer");
    }
    let genai = Some(Target::Faster(1.0));
    let token = compare("110 M parameters", &checkpoint, Target::Faster(1.05), genai);
    // The table of embeddings is the output layer too, so that every weight is read for every token.
    let weights = fs::metadata(checkpoint.join("model.safetensors")).expect("the weights");
    let read = weights.len() as f64 / token.as_secs_f64();
    let roof = bandwidth::measure();
    println!(
        "    {:.1} GB/s of weights are read, {:.0} % of the {:.1} GB/s that {} threads reach",
        read / 1e9,
        100.0 * read / roof,
        roof / 1e9,
        threads()
    );
}

/// Rows of one checkpoint, by the token, and what a token takes us: beside Optimum and onnxruntime-genai on the same graph.
fn compare(size: &str, checkpoint: &Path, optimum: Target, genai: Option<Target>) -> Duration {
    let mut ours = Duration::MAX;
    let dir = exported(checkpoint);
    let options = LoadOptions {
        checkpoint: CheckpointSpec::Folder(checkpoint.to_owned()),
        intra_threads: threads(),
        ..LoadOptions::default()
    };
    let session = SKILL.load(&options).expect("the skill loads");
    let greedy = GenerationOptions {
        min_new_tokens: Some(TOKENS),
        ..GenerationOptions::greedy().up_to(TOKENS)
    };
    let prompt = Prompt::text(PROMPT).with(greedy);
    let generate = || session.run(prompt.clone()).expect("a text").output;
    let expected = generate().tokens;
    let tokens = ids(&session);
    let name = format!("a token, greedy, {size}");
    let options =
        json!({ "folder": dir, "prompt": tokens, "tokens": TOKENS, "threads": threads() });
    for (case, peer, target) in [
        ("optimum-decoding", "Optimum", Some(optimum)),
        ("genai-decoding", "onnxruntime-genai", genai),
    ] {
        let mut theirs = Peer::start(case, &options);
        assert_eq!(
            theirs.turn(1).result,
            json!(expected),
            "{peer} gives other tokens"
        );
        ours = ours.min(Row::print(
            &name,
            peer,
            target,
            |tokens| by_token(timed(texts(tokens), || drop(black_box(generate())))),
            |tokens| by_token(theirs.turn(texts(tokens)).time),
        ));
    }
    ours
}

/// The texts that so many tokens fill.
fn texts(tokens: usize) -> usize {
    tokens.div_ceil(TOKENS)
}

fn by_token(time: Duration) -> Duration {
    time / TOKENS as u32
}

/// The prompt's tokens.
fn ids(session: &Session<TextGeneration>) -> Vec<i64> {
    let encoded = session
        .processor()
        .text()
        .encode(&[PROMPT.into()])
        .expect("tokens");
    encoded.input_ids.iter().copied().collect()
}

/// A folder that the peers can load: our graph beside the checkpoint's papers.
fn exported(checkpoint: &Path) -> PathBuf {
    let name = checkpoint
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name");
    let dir = folder(&format!("{name}-exported"));
    copy_papers(checkpoint, &dir);
    let report = checkpoints::export(SKILL.model, Head::Auto, checkpoint, &dir);
    let config: Value = read(&checkpoint.join("config.json"));
    // The peers read it for the form of the memory; a checkpoint without one ends at its end token.
    if !dir.join("generation_config.json").is_file() {
        let ends = json!({ "bos_token_id": config["bos_token_id"], "eos_token_id": config["eos_token_id"] });
        fs::write(dir.join("generation_config.json"), ends.to_string()).expect("a file");
    }
    let inputs = &report.graphs[0].inputs;
    fs::write(
        dir.join("genai_config.json"),
        genai_config(&config, inputs).to_string(),
    )
    .expect("a file");
    dir
}

/// The configuration of onnxruntime-genai for a decoder, as its model builder writes it.
fn genai_config(config: &Value, inputs: &[String]) -> Value {
    let heads = config["num_attention_heads"].as_u64().expect("heads");
    let size = config["hidden_size"].as_u64().expect("a size");
    let mut names = json!({
        "input_ids": "input_ids", "attention_mask": "attention_mask",
        "past_key_names": "past_key_values.%d.key", "past_value_names": "past_key_values.%d.value",
    });
    if inputs.iter().any(|name| name == "position_ids") {
        names["position_ids"] = json!("position_ids");
    }
    json!({
        "model": {
            "type": "llama",
            "bos_token_id": config["bos_token_id"], "eos_token_id": config["eos_token_id"], "pad_token_id": 0,
            "context_length": config["max_position_embeddings"], "vocab_size": config["vocab_size"],
            "decoder": {
                "session_options": { "log_id": "peer", "intra_op_num_threads": threads(), "provider_options": [] },
                "filename": "model.onnx",
                "head_size": size / heads, "hidden_size": size, "num_attention_heads": heads,
                "num_hidden_layers": config["num_hidden_layers"], "num_key_value_heads": config["num_key_value_heads"],
                "inputs": names,
                "outputs": {
                    "logits": "logits", "present_key_names": "present.%d.key", "present_value_names": "present.%d.value",
                },
            },
        },
        "search": { "max_length": config["max_position_embeddings"], "past_present_share_buffer": false, "do_sample": false },
    })
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON")
}
