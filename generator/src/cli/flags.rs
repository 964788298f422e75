//! Every flag and subcommand with its help.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::registry::{Modality, Platform, TaskName};

const EXAMPLES: &str = "\
Examples:
  gen                                     write what is missing or stale, drop orphans
  gen --generate-missing --key-models-only
                                          write what is missing of the key models
  gen --generate bert --platform all      one family, or one model, on every platform
  gen --batch-generate t5,clap --platform cpu,cuda
  gen --all --max-workers 4 --run-tests   everything, then its tests
  gen --family vision --task image-classification --list-only
  gen --check                             write nothing, exit 1 when out of date
  gen --dry-run --generate bert           what would change, as a unified diff
  gen matrix --format markdown            the support matrix
  gen explain bert webnn                  why a cell is what it is
  gen new --from-config config.json       propose a registry entry

Exit codes: 0, 1 when something is stale or failed, 2 when the input is bad.";

/// What makes no sense beside a list.
const WRITING: [&str; 8] = [
    "skills_only",
    "tests_only",
    "check",
    "dry_run",
    "overwrite_edited",
    "run_tests",
    "enhance_openvino",
    "enhance_web_platforms",
];

/// Renders the model registry into Rust: one skill and one test per model and platform.
#[derive(Debug, Parser)]
#[command(name = "gen", version, after_long_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct Flags {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) generate: GenerateFlags,
}

impl Flags {
    /// How errors are told.
    pub(super) fn format(&self) -> Format {
        let is_json = match &self.command {
            None => self.generate.format == Format::Json,
            Some(Command::Matrix(flags)) => flags.format == TableFormat::Json,
            Some(Command::Explain(flags)) => flags.format == Format::Json,
            Some(Command::New(_) | Command::Completions { .. }) => false,
        };
        if is_json { Format::Json } else { Format::Text }
    }
}

/// What there is beside generating.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the support matrix
    Matrix(MatrixFlags),
    /// Say why a cell is what it is, and what would change it
    Explain(ExplainFlags),
    /// Propose a registry entry for a model
    New(NewFlags),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// The support matrix.
#[derive(Debug, Args)]
pub(super) struct MatrixFlags {
    /// What a row stands for
    #[arg(long, value_enum, default_value_t = By::Family)]
    pub(super) by: By,
    /// The grades of groups of models instead
    #[arg(long, conflicts_with_all = ["by", "model", "family", "task", "category", "key_models_only", "limit"])]
    pub(super) grades: bool,
    /// How the table is told
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub(super) format: TableFormat,
    #[command(flatten)]
    pub(super) models: ModelFlags,
    #[command(flatten)]
    pub(super) source: SourceFlags,
}

/// What a row of the support matrix stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// A family
    Family,
    /// A model
    Model,
}

/// Forms of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// Aligned columns
    Text,
    /// A Markdown table
    Markdown,
    /// An array of objects
    Json,
    /// Comma-separated values
    Csv,
}

/// One cell.
#[derive(Debug, Args)]
pub(super) struct ExplainFlags {
    /// Id of the model, or of a family for its default model
    pub(super) model: String,
    /// Name of the platform
    pub(super) platform: String,
    /// How the explanation is told
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) source: SourceFlags,
}

/// A model that is to come into the registry.
#[derive(Debug, Args)]
pub(super) struct NewFlags {
    /// Its config.json, as it lies in its repository on the hub
    #[arg(long, value_name = "FILE")]
    pub(super) from_config: PathBuf,
    /// Its repository, such as `google-bert/bert-base-uncased`
    #[arg(long, value_name = "OWNER/NAME")]
    pub(super) hub_id: Option<String>,
    #[command(flatten)]
    pub(super) source: SourceFlags,
}

/// How results are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For scripts
    Json,
}

/// Where registry and templates come from.
#[derive(Debug, Clone, Args)]
pub(super) struct SourceFlags {
    /// Folder of the registry [default: `model_registry` of the workspace]
    #[arg(long, value_name = "DIR", help_heading = "Places")]
    pub(super) registry: Option<PathBuf>,
    /// Folder of templates that take the place of the built-in ones, file by file
    #[arg(long, value_name = "DIR", help_heading = "Places")]
    pub(super) templates: Option<PathBuf>,
}

/// Which models are meant.
#[derive(Debug, Clone, Args)]
pub(super) struct ModelFlags {
    /// Models by id
    #[arg(
        long,
        value_name = "ID",
        value_delimiter = ',',
        help_heading = "Selection"
    )]
    pub(super) model: Vec<String>,
    /// Families by id, or groups: embedding, text-generation, vision, audio, multimodal
    #[arg(
        long,
        value_name = "FAMILY",
        value_delimiter = ',',
        help_heading = "Selection"
    )]
    pub(super) family: Vec<String>,
    /// Models that perform a task
    #[arg(long, value_name = "TASK", value_delimiter = ',', value_parser = task_parser(), help_heading = "Selection")]
    pub(super) task: Vec<TaskName>,
    /// Models by what goes in
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = modality_parser(), help_heading = "Selection")]
    pub(super) category: Vec<Modality>,
    /// Key models only
    #[arg(long, help_heading = "Selection")]
    pub(super) key_models_only: bool,
    /// At most this many models, in the registry's order
    #[arg(long, value_name = "N", value_parser = positive, help_heading = "Selection")]
    pub(super) limit: Option<usize>,
}

/// A platform by name, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlatformChoice {
    All,
    One(Platform),
}

/// Everything that generates or lists.
#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(super) struct GenerateFlags {
    /// Write missing and stale files of a model, or of all models of a family
    #[arg(
        long,
        value_name = "ID",
        value_delimiter = ',',
        help_heading = "What to generate"
    )]
    pub(super) generate: Vec<String>,
    /// The same for several models and families
    #[arg(
        long,
        value_name = "ID,ID,…",
        value_delimiter = ',',
        help_heading = "What to generate"
    )]
    pub(super) batch_generate: Vec<String>,
    /// Everything: the same as no selection at all
    #[arg(
        long,
        help_heading = "What to generate",
        conflicts_with_all = ["generate", "batch_generate", "generate_missing", "model", "family", "task", "category",
            "key_models_only", "limit"],
    )]
    pub(super) all: bool,
    /// Write missing files, leave stale ones
    #[arg(long, help_heading = "What to generate", conflicts_with_all = ["check", "overwrite_edited"])]
    pub(super) generate_missing: bool,
    /// Write missing and stale files of OpenVINO's cells
    #[arg(long, help_heading = "What to generate", conflicts_with = "platform")]
    pub(super) enhance_openvino: bool,
    /// Write missing and stale files of the cells of WebNN and WebGPU
    #[arg(long, help_heading = "What to generate", conflicts_with = "platform")]
    pub(super) enhance_web_platforms: bool,
    /// Skills without their tests
    #[arg(long, help_heading = "What to generate", conflicts_with_all = ["tests_only", "run_tests"])]
    pub(super) skills_only: bool,
    /// Tests without their skills
    #[arg(long, help_heading = "What to generate")]
    pub(super) tests_only: bool,
    #[command(flatten)]
    pub(super) models: ModelFlags,
    /// Platforms, or `all`
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',', value_parser = platform_parser(), help_heading = "Selection")]
    pub(super) platform: Vec<PlatformChoice>,
    /// List the selected models that run on the selected platforms; with --generate-missing those that lack files
    #[arg(long, help_heading = "Listing", group = "listing", conflicts_with_all = WRITING)]
    pub(super) list_only: bool,
    /// List the families of the selected models
    #[arg(long, help_heading = "Listing", group = "listing", conflicts_with_all = WRITING)]
    pub(super) list_families: bool,
    /// List the tasks of the selected models
    #[arg(long, help_heading = "Listing", group = "listing", conflicts_with_all = WRITING)]
    pub(super) list_tasks: bool,
    /// Print the selected models with everything resolved
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Listing", group = "listing", conflicts_with = "format", conflicts_with_all = WRITING)]
    pub(super) export_registry: Option<ExportFormat>,
    /// Write nothing; exit 1 when anything is missing, stale, edited or orphaned
    #[arg(long, help_heading = "How", conflicts_with_all = ["dry_run", "overwrite_edited", "run_tests"])]
    pub(super) check: bool,
    /// Write nothing; print what would change as a unified diff
    #[arg(long, help_heading = "How", conflicts_with = "run_tests")]
    pub(super) dry_run: bool,
    /// Write over files that were changed by hand
    #[arg(long, help_heading = "How")]
    pub(super) overwrite_edited: bool,
    /// Run the generated tests of what was selected afterwards, and exit as they do
    #[arg(long, help_heading = "How", conflicts_with = "output_dir")]
    pub(super) run_tests: bool,
    /// At most this many threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = positive, help_heading = "How")]
    pub(super) max_workers: Option<usize>,
    /// Folder to write to [default: `generated` of the workspace]
    #[arg(long, value_name = "DIR", help_heading = "Places")]
    pub(super) output_dir: Option<PathBuf>,
    /// Write the JSON Schemas that editors check the registry with
    #[arg(long, help_heading = "Listing", group = "listing", conflicts_with_all = WRITING)]
    pub(super) write_schema: bool,
    /// How results are told
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    pub(super) format: Format,
    /// Name every file
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) source: SourceFlags,
}

/// Forms of an exported registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// One object per model
    Json,
    /// One line per cell
    Csv,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("0 leaves nothing to do; give 1 or more".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(error.to_string()),
    }
}

fn task_parser() -> impl TypedValueParser<Value = TaskName> {
    PossibleValuesParser::new(TaskName::NAMES)
        .try_map(|name| TaskName::named(&name).ok_or("unknown task"))
}

fn modality_parser() -> impl TypedValueParser<Value = Modality> {
    PossibleValuesParser::new(Modality::NAMES)
        .try_map(|name| Modality::named(&name).ok_or("unknown category"))
}

fn platform_parser() -> impl TypedValueParser<Value = PlatformChoice> {
    let names = Platform::NAMES.iter().copied().chain(["all"]);
    PossibleValuesParser::new(names)
        .map(|name| Platform::named(&name).map_or(PlatformChoice::All, PlatformChoice::One))
}
