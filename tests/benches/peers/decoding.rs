//! Greedy decoding beside Optimum and onnxruntime-genai, at the size of the reference checkpoint and at 110 million
//! parameters.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use generated::tinyllama_1_1b_chat_v1_0::cpu::SKILL;
use runtime::checkpoint::{CheckpointSpec, SyntheticForm};
use runtime::engine::Settings;
use runtime::export::Head;
use runtime::generation::GenerationOptions;
use runtime::session::{LoadOptions, Session};
use runtime::task::{Prompt, TextGeneration};
use serde_json::{Value, json};
use workspace_tests::reference;

use crate::bandwidth::Memory;
use crate::pairs::{Row, Target, timed};
use crate::peer::{Peer, copy_papers, folder};
use crate::{checkpoints, threads};

const TOKENS: usize = 64;
const PROMPT: &str = "the moon is";

/// At the size of the reference checkpoint, where the time goes into what surrounds the graph.
pub(crate) fn tiny() {
    Decoder::load("2 layers of 32", &reference("llama")).compare(Target::Faster(4.0), None);
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
    let decoder = Decoder::load("110 M parameters", &checkpoint);
    decoder.compare(Target::Faster(1.05), genai);
    // The table of embeddings is the output layer too, so that every weight is read for every token.
    let weights = fs::metadata(checkpoint.join("model.safetensors")).expect("the weights");
    decoder.compare_with_reading(weights.len() as usize);
}

/// A decoder under measurement, in its tokens.
struct Decoder {
    name: String,
    session: Session<TextGeneration>,
    /// For the peers: the same graph beside the checkpoint's papers.
    dir: PathBuf,
}

impl Decoder {
    fn load(size: &str, checkpoint: &Path) -> Self {
        let options = LoadOptions {
            checkpoint: CheckpointSpec::Folder(checkpoint.to_owned()),
            settings: Settings {
                threads: threads(),
                ..Settings::default()
            },
            ..LoadOptions::default()
        };
        Self {
            name: format!("a token, greedy, {size}"),
            session: SKILL.load(&options).expect("the skill loads"),
            dir: exported(checkpoint),
        }
    }

    fn generate(&self) -> Vec<i64> {
        let greedy = GenerationOptions {
            min_new_tokens: Some(TOKENS),
            ..GenerationOptions::greedy().up_to(TOKENS)
        };
        let prompt = Prompt::text(PROMPT).with(greedy);
        self.session.run(prompt).expect("a text").output.tokens
    }

    /// What a token takes in so many texts.
    fn by_token(&self, tokens: usize) -> Duration {
        by_token(timed(texts(tokens), || drop(black_box(self.generate()))))
    }

    /// Rows by the token, beside Optimum and onnxruntime-genai on the same graph.
    fn compare(&self, optimum: Target, genai: Option<Target>) {
        let expected = self.generate();
        let options = json!({
            "folder": self.dir, "prompt": ids(&self.session), "tokens": TOKENS, "threads": threads(),
        });
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
            Row::print(
                &self.name,
                peer,
                target,
                |tokens| self.by_token(tokens),
                |tokens| by_token(theirs.turn(texts(tokens)).time),
            );
        }
    }

    /// A row beside what cannot be beaten: reading that many bytes once, by as many threads.
    fn compare_with_reading(&self, bytes: usize) {
        let memory = Memory::of(bytes);
        let ours = Row::print(
            &self.name,
            "reading all weights once",
            None,
            |tokens| self.by_token(tokens),
            |times| timed(times, || memory.read()),
        );
        println!(
            "    {:.1} GB/s of weights are read",
            bytes as f64 / ours.as_secs_f64() / 1e9
        );
    }
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
