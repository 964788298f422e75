//! `assay run`: a model on texts or pictures, on one platform or on several in turn.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, builder::NonEmptyStringValueParser};

use super::entry;
use super::generation::GenerationArguments;
use super::options::OptionArguments;
use super::output::{self, Failure, Format};
use super::settings::SettingsArguments;
use crate::cache::Terminal;
use crate::catalog::{Catalog, Entry, Platform, Precision};
use crate::checkpoint::CheckpointSpec;
use crate::engine::ProviderOptions;
use crate::generation::Listener;
use crate::session::{GraphSource, LoadOptions};
use crate::skill::{Answer, Ask, Presentation, VisionAsk};
use crate::task::{Bounds, PromptPoint, SpeechOptions, SpeechTask, VoiceOptions};
use crate::worker::{self, Launch, LoadRequest, Worker};

/// Time a worker has for one answer: a first load may download a checkpoint and export it.
const WORKER_LIMIT: Duration = Duration::from_hours(1);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Model id, or a family's name for its default model.
    model: String,
    /// Texts, prompts, or paths of pictures, videos or sounds.
    #[arg(required = true, value_parser = NonEmptyStringValueParser::new())]
    inputs: Vec<String>,
    /// Platforms to run on; several run in turn, each in a process of its own.
    #[arg(long, value_delimiter = ',', default_value = "cpu")]
    platform: Vec<Platform>,
    /// `hub`, `hub:<id>[@revision]`, `synthetic[:<seed>]`, `synthetic:full[:<seed>]` (of the model's own size), `reference`,
    /// a folder or a GGUF file.
    #[arg(long, default_value = "hub")]
    checkpoint: String,
    /// Graph: `own` (exported here) or `shipped` (the checkpoint's `onnx/` folder).
    #[arg(long, default_value = "own")]
    onnx: GraphSource,
    /// Precision; the cell's first by default.
    #[arg(long)]
    precision: Option<Precision>,
    /// Number of labels to show.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// Score above which detected objects are shown, 0 to 1.
    #[arg(long)]
    threshold: Option<f32>,
    /// Point `x,y` in pixels on the object a mask is wanted of, `!x,y` beside it; may be given several times.
    #[arg(long = "point")]
    points: Vec<PromptPoint>,
    /// Box `left,top,right,bottom` in pixels around an object a mask is wanted of; may be given several times.
    #[arg(long = "box")]
    boxes: Vec<Bounds>,
    /// Language spoken, such as `en`, for tasks that hear speech; heard where it is not given.
    #[arg(long)]
    language: Option<String>,
    /// What becomes of speech: `transcribe`, or `translate` to English.
    #[arg(long)]
    speech_task: Option<SpeechTask>,
    /// Give the times of what was said, for tasks that hear speech.
    #[arg(long)]
    timestamps: bool,
    /// How fast a text is spoken; 2 is twice as fast as 1. The checkpoint says how fast by default.
    #[arg(long)]
    speaking_rate: Option<f32>,
    /// Which of a model's voices speaks, counted from 0.
    #[arg(long)]
    speaker: Option<usize>,
    /// WAV file to write what is spoken to; a file of that name is replaced. Several texts go to `name-1.wav` and so on.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// What to ask about a picture, for models that answer in words.
    #[arg(long)]
    prompt: Option<String>,
    /// Labels to choose from, for zero-shot tasks, with commas between them.
    #[arg(long, value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    labels: Vec<String>,
    /// Text that a label is put into at `{}`, such as `a photo of a {}`, for zero-shot tasks.
    #[arg(long)]
    template: Option<String>,
    /// Number of runs; the first is told apart from the rest.
    #[arg(long, default_value_t = NonZeroU32::MIN)]
    repeat: NonZeroU32,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    provider: OptionArguments,
    #[command(flatten)]
    settings: SettingsArguments,
    #[command(flatten)]
    generation: GenerationArguments,
}

impl Arguments {
    fn ask(&self) -> Ask {
        Ask {
            arguments: self.inputs.clone(),
            repeat: self.repeat,
            prompt: self.prompt.clone(),
            labels: self.labels.clone(),
            template: self.template.clone(),
            presentation: Presentation {
                top: usize::from(self.top),
            },
            vision: VisionAsk {
                threshold: self.threshold,
                points: self.points.clone(),
                boxes: self.boxes.clone(),
            },
            generation: self.generation.ask(self.is_streamed()),
            speech: SpeechOptions {
                language: self.language.clone(),
                task: self.speech_task,
                has_timestamps: self.timestamps,
                is_cut: false,
            },
            voice: VoiceOptions {
                speaking_rate: self.speaking_rate,
                speaker: self.speaker,
                ..VoiceOptions::default()
            },
            output: self.output.clone(),
        }
    }

    /// Whether the answer is written while it is generated: one text, for somebody who reads it here.
    fn is_streamed(&self) -> bool {
        self.format == Format::Text && self.inputs.len() == 1 && self.platform.len() == 1
    }
}

/// What one platform answered, or why it did not.
struct PlatformAnswer {
    platform: Platform,
    outcome: Result<(Answer, String), String>,
}

impl PlatformAnswer {
    fn json(&self) -> serde_json::Value {
        match &self.outcome {
            Ok((answer, _)) => answer.json.clone(),
            Err(message) => {
                serde_json::json!({ "platform": self.platform.name(), "error": message })
            }
        }
    }

    /// Writes the answer to standard output and where it comes from to standard error.
    fn show(&self, is_one_of_several: bool) -> Result<(), Failure> {
        if is_one_of_several {
            output::print(&format!("{}\n", self.platform))?;
        }
        match &self.outcome {
            Err(message) => output::remark(message),
            Ok((answer, execution)) => {
                output::print(&answer.text)?;
                let run = answer.json.pointer("/timing/first_run_ms");
                let run = run.and_then(serde_json::Value::as_f64);
                let run = run.map_or_else(String::new, |ms| format!(", {ms:.1} ms"));
                output::remark(&format!("{execution}{run}"));
            }
        }
        Ok(())
    }
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.output.is_some() && arguments.platform.len() > 1 {
        let reason = "`--output` takes what one platform gives; name one with `--platform`";
        return Err(Failure::bad_input(reason));
    }
    let entry = entry::named(catalog, &arguments.model)?;
    let provider = arguments.provider.of(&arguments.platform)?;
    let answers: Vec<_> = match arguments.platform.as_slice() {
        [platform] => vec![here(entry, *platform, arguments, provider)?],
        several => several
            .iter()
            .map(|platform| in_worker(entry, *platform, arguments, &provider))
            .collect(),
    };
    match (arguments.format, answers.as_slice()) {
        (Format::Json, [answer]) => output::print_json(&answer.json())?,
        (Format::Json, several) => {
            output::print_json(&several.iter().map(PlatformAnswer::json).collect())?;
        }
        (Format::Text, several) => {
            let is_one_of_several = several.len() > 1;
            several
                .iter()
                .try_for_each(|answer| answer.show(is_one_of_several))?;
        }
    }
    let failed: Vec<_> = answers
        .iter()
        .filter(|answer| answer.outcome.is_err())
        .map(|answer| answer.platform.name())
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "no answer from {}",
        failed.join(", ")
    )))
}

/// Runs in this process.
fn here(
    entry: &Entry,
    platform: Platform,
    arguments: &Arguments,
    provider: ProviderOptions,
) -> Result<PlatformAnswer, Failure> {
    worker::enter(platform, &provider);
    let options = LoadOptions {
        checkpoint: arguments
            .checkpoint
            .parse::<CheckpointSpec>()
            .map_err(crate::Error::from)?,
        graph: arguments.onnx,
        precision: arguments.precision,
        settings: arguments.settings.settings(),
        provider,
        progress: Arc::new(Terminal::new()),
        ..LoadOptions::default()
    };
    let session = entry.skill(platform)?.load_any(&options)?;
    let ask = arguments.ask();
    let answer = if arguments.is_streamed() {
        session.answer_aloud(&ask, &Listener::new(output::say))?
    } else {
        session.answer(&ask)?
    };
    let execution = session.execution().to_string();
    Ok(PlatformAnswer {
        platform,
        outcome: Ok((answer, execution)),
    })
}

/// Runs in a child process: another platform may need another library than the one this process could load.
fn in_worker(
    entry: &Entry,
    platform: Platform,
    arguments: &Arguments,
    provider: &ProviderOptions,
) -> PlatformAnswer {
    let ask = || -> Result<(Answer, String), crate::Error> {
        let options = provider.texts(platform);
        let launch = Launch::this_program(platform, WORKER_LIMIT)?.with_options(&options);
        let mut worker = Worker::start(platform, &launch)?;
        let execution = worker.load(LoadRequest {
            model: entry.model.id.to_owned(),
            checkpoint: arguments.checkpoint.clone(),
            onnx: arguments.onnx.to_string(),
            precision: arguments.precision.map(|precision| precision.to_string()),
            options,
            settings: arguments.settings.settings(),
        })?;
        Ok((worker.answer(arguments.ask())?, execution))
    };
    PlatformAnswer {
        platform,
        outcome: ask().map_err(|error| error.chain()),
    }
}
