//! The `assay` command line.

mod bench;
mod bisect;
mod calibrate;
mod compare;
mod cost;
mod db;
mod devices;
mod doctor;
mod entry;
mod export;
mod fleet;
mod generation;
mod hardware;
mod matrix;
mod options;
mod output;
mod predict;
mod report;
mod rows;
mod run;
mod settings;
mod setup;
mod store;
mod summary;
mod trend;
mod verify;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::options::OptionArguments;
use self::output::Failure;
use crate::catalog::{Catalog, Platform};
use crate::engine::browser;
use crate::worker;

/// Run Hugging Face models on the hardware at hand, and see where they really ran.
#[derive(Debug, Parser)]
#[command(name = "assay", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  assay run all-minilm-l6-v2 \"How do I bake bread?\" \"A recipe for sourdough\"
  assay run vit picture.png --top 3
  assay run imagebind \"a dog\" dog.png bark.wav
  assay run llama \"What is the capital of France?\" --max-new-tokens 32
  assay run bert \"some text\" --checkpoint synthetic --platform cpu,openvino
  assay run mms-tts-eng \"Good morning.\" --output speech.wav
  assay export path/to/checkpoint --output onnx --precision fp16
  assay verify path/to/checkpoint-with-reference
  assay bisect whisper webgpu --checkpoint reference
  assay cost bert --batch 8 --sequence 128
  assay cost llava --checkpoint synthetic:full
  assay predict llava cpu --new-tokens 64
  assay report --family embedding --output report.html
  assay hardware --model bert-base-uncased --metric throughput
  assay trend --model bert-base-uncased
  assay devices
  assay doctor
  assay matrix --derived --platform cpu,openvino
  assay setup openvino webgpu webnn
  assay db merge other.db --into all.db

Environment:
  ORT_DYLIB_PATH  ONNX Runtime library to use for cpu
  ASSAY_BROWSER   browser to use for webnn
  ASSAY_VULKAN_DRIVER  Vulkan driver's .json file to use for webgpu
  ASSAY_CACHE     where libraries, exports and synthetic checkpoints are kept
  ASSAY_DB        store of benchmark rows, where `--db` names none
  ASSAY_OFFLINE   1: fetch nothing
  HF_HOME, HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE  as for Hugging Face's own tools

Exit codes: 0 done, 1 failed or unavailable, 2 bad input";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a model on texts or pictures.
    #[command(after_help = options::help())]
    Run(Box<run::Arguments>),
    /// Measure models on platforms, and keep every row in a database.
    #[command(after_help = options::help())]
    Bench(Box<bench::Arguments>),
    /// Compare two settings or versions live, by fresh processes in turns, or two rows that are kept.
    Compare(Box<compare::Arguments>),
    /// Show what each platform finds on this machine, or why it finds nothing.
    Devices(devices::Arguments),
    /// Run a small model on each platform, and show the evidence or what is missing.
    #[command(after_help = options::help())]
    Doctor(doctor::Arguments),
    /// Show what the registry declares of models and platforms, and what this machine shows of it.
    Matrix(matrix::Arguments),
    /// Measure the device of a platform, and print a profile that predicts times on it.
    Calibrate(calibrate::Arguments),
    /// Compare a checkpoint's outputs with those that transformers stored beside it.
    #[command(after_help = options::help())]
    Verify(verify::Arguments),
    /// Find the node at which a model's results on a platform begin to diverge from the CPU's.
    Bisect(bisect::Arguments),
    /// Turn a checkpoint into ONNX graphs.
    Export(export::Arguments),
    /// Show what the tests of all platforms came to when they ran last.
    Summary(summary::Arguments),
    /// Count what a model's graphs compute and move, without running them.
    Cost(Box<cost::Arguments>),
    /// Predict time and memory of a model on a platform that nobody measured it on, from what was measured of others.
    Predict(predict::Arguments),
    /// Look into the store of benchmark rows, check it, merge others into it, and export rows.
    Db(db::Arguments),
    /// Show what was measured: insights, tables and charts.
    Report(report::Arguments),
    /// Rank the platforms of each machine by what was measured of a model.
    Hardware(hardware::Arguments),
    /// Show how figures changed over time, and the best platform of each model.
    Trend(trend::Arguments),
    /// Fetch what platforms run on ahead of time: ONNX Runtime's libraries, and a browser.
    Setup(setup::Arguments),
    /// Answer another process over standard input and output.
    #[command(hide = true)]
    Worker {
        /// The one platform this process runs.
        platform: Platform,
        #[command(flatten)]
        options: OptionArguments,
    },
}

/// Runs the command line of this process.
#[must_use]
pub fn main(catalog: &Catalog) -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => {
            // Help and version go to standard output with exit code 0, faults to standard error with 2.
            error.print().ok();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let done = match command {
        Command::Run(arguments) => run::run(catalog, &arguments),
        Command::Bench(arguments) => bench::run(catalog, &arguments),
        Command::Compare(arguments) => compare::run(catalog, &arguments),
        Command::Devices(arguments) => devices::run(&arguments),
        Command::Doctor(arguments) => doctor::run(catalog, &arguments),
        Command::Matrix(arguments) => matrix::run(catalog, &arguments),
        Command::Calibrate(arguments) => calibrate::run(catalog, &arguments),
        Command::Verify(arguments) => verify::run(catalog, &arguments),
        Command::Bisect(arguments) => bisect::run(catalog, &arguments),
        Command::Export(arguments) => export::run(catalog, &arguments),
        Command::Summary(arguments) => summary::run(&arguments),
        Command::Cost(arguments) => cost::run(catalog, &arguments),
        Command::Predict(arguments) => predict::run(catalog, &arguments),
        Command::Db(arguments) => db::run(&arguments),
        Command::Report(arguments) => report::run(catalog, &arguments),
        Command::Hardware(arguments) => hardware::run(catalog, &arguments),
        Command::Trend(arguments) => trend::run(catalog, &arguments),
        Command::Setup(arguments) => setup::run(&arguments),
        Command::Worker { platform, options } => serve(catalog, platform, &options),
    };
    browser::shut_down();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Answers the parent on one platform.
fn serve(catalog: &Catalog, platform: Platform, options: &OptionArguments) -> Result<(), Failure> {
    worker::enter(platform, &options.of(&[platform])?);
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    worker::serve(catalog, platform, &mut input, &mut output).map_err(Failure::from)
}
