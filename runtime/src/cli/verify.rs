//! `assay verify`: a checkpoint's outputs against those that transformers stored beside it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::entry;
use super::options::OptionArguments;
use super::output::{self, Failure, Format};
use crate::Error;
use crate::cache::Terminal;
use crate::catalog::{Catalog, Platform};
use crate::checkpoint::{Checkpoint, CheckpointSpec};
use crate::session::{self, GraphSource, LoadOptions};
use crate::verify::{Finding, Verification};
use crate::worker;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A checkpoint with `reference.json` and `reference.safetensors`.
    folder: PathBuf,
    /// Platform to run on.
    #[arg(long, default_value = "cpu")]
    platform: Platform,
    /// Graphs: `own` (exported here) or `shipped` (the checkpoint's `onnx/` folder).
    #[arg(long, default_value = "own")]
    onnx: GraphSource,
    /// Model to take it for; by default the one whose architecture `config.json` names.
    #[arg(long)]
    model: Option<String>,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    provider: OptionArguments,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let checkpoint = Checkpoint::local(&arguments.folder).map_err(Error::from)?;
    if !checkpoint.has_reference() {
        return Err(Failure::bad_input(format!(
            "{} holds no reference.json with reference.safetensors",
            arguments.folder.display()
        )));
    }
    let entry = entry::of_checkpoint(catalog, arguments.model.as_deref(), &checkpoint)?;
    let options = LoadOptions {
        checkpoint: CheckpointSpec::Folder(arguments.folder.clone()),
        graph: arguments.onnx,
        provider: arguments.provider.of(&[arguments.platform])?,
        progress: Arc::new(Terminal::new()),
        ..LoadOptions::default()
    };
    worker::enter(arguments.platform, &options.provider);
    let (found, execution) = entry.skill(arguments.platform)?.verify(&options)?;
    match arguments.format {
        Format::Json => output::print_json(&serde_json::json!({
            "model": entry.model.id,
            "platform": arguments.platform.name(),
            "execution": execution.to_json(),
            "holds": found.holds(),
            "from_tensors": found.from_tensors.iter().map(Finding::to_json).collect::<Vec<_>>(),
            "from_raw_input": found.from_raw_input.iter().map(Finding::to_json).collect::<Vec<_>>(),
        }))?,
        Format::Text => {
            output::print(&table(&found))?;
            output::remark(&format!("{}: {execution}", entry.model.id));
        }
    }
    let skill = entry.skill(arguments.platform)?;
    // Where nobody can tell what nodes elsewhere compute, the execution says so above.
    let is_told = execution.evidence().flops_on_provider().is_some();
    if let Some(shortfall) = session::shortfall(skill.cell(), arguments.onnx, &execution)
        && is_told
    {
        return Err(Failure::failed(shortfall));
    }
    if found.holds() {
        return Ok(());
    }
    let failed = found.findings().filter(|finding| !finding.holds()).count();
    Err(Failure::failed(match found.findings().count() {
        0 => "nothing was compared".to_owned(),
        all => format!("{failed} of {all} results differ from the reference"),
    }))
}

/// One line for each result.
fn table(found: &Verification) -> String {
    let mut text = String::new();
    for (title, findings) in [
        ("from stored tensors", &found.from_tensors),
        ("from raw input", &found.from_raw_input),
    ] {
        if findings.is_empty() {
            continue;
        }
        text.push_str(&format!(
            "{title:<44}  {:>9}  {:>7}  {:>10}  verdict\n",
            "largest", "atol", "cosine"
        ));
        for finding in findings {
            text.push_str(&line(finding));
        }
    }
    text
}

fn line(finding: &Finding) -> String {
    let verdict = if finding.holds() { "ok" } else { "DIFFERS" };
    match finding {
        Finding::Tensor(tensor) => format!(
            "  {:<42}  {:>9.1e}  {:>7.0e}  {:>10.8}  {verdict}\n",
            tensor.name, tensor.max_abs_diff, tensor.atol, tensor.cosine
        ),
        Finding::Equality { name, .. } => {
            let line = format!(
                "  {name:<42}  {:>9}  {:>7}  {:>10}  {verdict}\n",
                "", "", ""
            );
            if finding.holds() {
                line
            } else {
                format!("{line}    {finding}\n")
            }
        }
    }
}
