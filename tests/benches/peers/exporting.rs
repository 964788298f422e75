//! How long an export takes and how much memory it keeps: a base BERT, and a LLaMA of three billion parameters.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use generated::{bert_base_uncased, tinyllama_1_1b_chat_v1_0};
use runtime::catalog::Model;
use runtime::checkpoint::SyntheticForm;
use runtime::export::Head;
use serde_json::Value;

use crate::checkpoints;
use crate::peer::folder;

/// The first argument of the process that exports.
const CHILD: &str = "--export";
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(2);
/// What may be kept besides 1.3 times the largest tensor.
const ALLOWANCE: u64 = 300_000_000;

/// Does the work of the process that exports, if this is that process.
pub(crate) fn child(arguments: &[String]) -> Option<()> {
    let [flag, id, checkpoint, output] = arguments else {
        return None;
    };
    (flag == CHILD).then(|| {
        let start = Instant::now();
        let report = checkpoints::export(
            model(id),
            Head::Auto,
            Path::new(checkpoint),
            Path::new(output),
        );
        println!("{} {}", start.elapsed().as_secs_f64(), report.parameters);
    })
}

fn model(id: &str) -> &'static Model {
    let models = [
        bert_base_uncased::cpu::SKILL.model,
        tinyllama_1_1b_chat_v1_0::cpu::SKILL.model,
    ];
    models
        .into_iter()
        .find(|model| model.id == id)
        .expect("a model of these")
}

/// Exports both in processes of their own and says what they took; there is no peer to compare with.
pub(crate) fn measure() {
    let bert = SyntheticForm::of_seed(0);
    let llama = SyntheticForm {
        seed: 0,
        is_half: true,
        shard_bytes: Some(2_000_000_000),
    };
    one(
        bert_base_uncased::cpu::SKILL.model,
        &checkpoints::bert_base(),
        bert,
    );
    one(
        tinyllama_1_1b_chat_v1_0::cpu::SKILL.model,
        &checkpoints::large_llama(),
        llama,
    );
}

fn one(model: &Model, config: &Value, form: SyntheticForm) {
    let dir = folder("exporting");
    let (checkpoint, output) = (dir.join("checkpoint"), dir.join("onnx"));
    fs::create_dir_all(&checkpoint).expect("a folder");
    checkpoints::write(model, config, form, &checkpoint);
    let recipe = model.family.architecture.recipe.expect("a builder");
    let specs = runtime::export::parameters(&recipe, &config.to_string()).expect("parameters");
    let elements = |shape: &[u64]| shape.iter().product::<u64>();
    let largest = specs
        .iter()
        .map(|spec| elements(&spec.shape))
        .max()
        .unwrap_or(0)
        * if form.is_half { 2 } else { 4 };

    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([CHILD, model.id])
        .args([&checkpoint, &output])
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut peak = 0;
    let ended = loop {
        if let Some(status) = child.try_wait().expect("the process") {
            break status;
        }
        peak = peak.max(anonymous_bytes(child.id()).unwrap_or(0));
        sleep(LOOK);
    };
    assert!(ended.success(), "the export failed");
    let told = std::io::read_to_string(child.stdout.take().expect("a pipe")).expect("what it said");
    let (seconds, parameters) = told.trim().split_once(' ').expect("time and size");
    let bound = largest * 13 / 10 + ALLOWANCE;
    println!(
        "export of {:.2} G parameters ({}, fp{}): {:.2} s; private memory at most {:.0} MB, bound {:.0} MB {}",
        parameters.parse::<f64>().expect("a number") / 1e9,
        model.family.title,
        if form.is_half { 16 } else { 32 },
        seconds.parse::<f64>().expect("a number"),
        peak as f64 / 1e6,
        bound as f64 / 1e6,
        if peak <= bound { "held" } else { "MISSED" },
    );
    fs::remove_dir_all(dir).expect("the folder can be removed");
}

/// Anonymous memory of a process, of which pages of mapped files are no part.
fn anonymous_bytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
