//! Skills: a model on a platform, as a constant.

mod timing;

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use metrics::Latency;

use crate::bench::{self, Workload};
use crate::bisect::{self, Recorded};
use crate::catalog::{Cell, Model};
use crate::contract::{self, Exercise, Proof};
use crate::engine::{Execution, ProviderOptions};
use crate::error::Error;
use crate::generation::{GenerationOptions, Listener};
use crate::predict::{self, Pace};
use crate::reference::Reference;
use crate::session::{LoadOptions, Session};
use crate::task::{Bounds, PromptPoint, SpeechOptions, Task, Tensors, VoiceOptions};
use crate::verify::{self, Verification};

/// A model on a platform, ready to load.
#[derive(Debug, Clone, Copy)]
pub struct Skill<T> {
    /// The typed task it performs.
    pub task: T,
    /// The model.
    pub model: &'static Model,
    /// What the registry declares of the model on this platform.
    pub cell: &'static Cell,
}

impl<T: Task> Skill<T> {
    /// Loads the skill: finds the library and the checkpoint, exports the graph unless it is cached, opens it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the platform is absent, and whatever keeps library, checkpoint or graph from loading.
    pub fn load(&self, options: &LoadOptions) -> Result<Session<T>, Error> {
        Session::load(*self, options)
    }
}

/// A skill whose task is not known at compile time.
pub trait AnySkill: std::fmt::Debug + Send + Sync {
    /// The model.
    fn model(&self) -> &'static Model;

    /// What the registry declares of the model on this platform.
    fn cell(&self) -> &'static Cell;

    /// Loads the skill for input and output in text form, as the command line has them.
    ///
    /// # Errors
    /// Those of [`Skill::load`].
    fn load_any(&self, options: &LoadOptions) -> Result<Box<dyn AnySession>, Error>;

    /// Loads the skill from a checkpoint that has a reference, and compares everything it gives.
    ///
    /// # Errors
    /// Those of [`Skill::load`], a checkpoint without a reference, or a run that fails.
    fn verify(&self, options: &LoadOptions) -> Result<(Verification, Execution), Error>;

    /// Loads the skill from the checkpoint of its tests, and finds out what it comes to here.
    fn prove(&self, provider: &ProviderOptions) -> Proof;

    /// What the skill's graphs are fed in one run of each when the CPU runs an example of the contract; see
    /// [`bisect::record`].
    ///
    /// # Errors
    /// Those of [`bisect::record`].
    fn record(&self, options: &LoadOptions, run: NonZeroUsize) -> Result<Recorded, Error>;

    /// Loads the skill from the checkpoint of its tests, and takes the time of its first example.
    ///
    /// # Errors
    /// Those of [`Skill::load`], a run that fails or is simulated.
    fn pace(&self, provider: &ProviderOptions) -> Result<Pace, Error>;

    /// The lengths of what the model is fed in a benchmark; see [`bench::Takes::lengths`].
    fn lengths(&self, size: bench::Size, wanted: &bench::Lengths) -> bench::Lengths;

    /// Counts what a query of a case would have to do, without weights and without running it.
    ///
    /// # Errors
    /// Those of [`bench::count`].
    fn count(&self, case: &bench::Case) -> Result<bench::Counted, Error>;

    /// Makes what loading the skill as the case has it needs and is kept: the checkpoint and its exported graphs. What was
    /// made is no part of what is measured of loading, neither its time nor its memory.
    ///
    /// # Errors
    /// A platform that is absent, and a checkpoint or an export that cannot be made.
    fn make_ready(&self, case: &bench::Case) -> Result<(), Error>;

    /// Measures a case of the skill in this process.
    ///
    /// # Errors
    /// Those of [`bench::measure`].
    fn measure(&self, order: &bench::Order) -> Result<bench::Outcome, Error>;
}

/// A session for input in text form.
pub trait AnySession: Send + Sync {
    /// Where the graph's nodes were placed.
    fn execution(&self) -> &Execution;

    /// Runs the task on the arguments as one batch, as often as asked.
    ///
    /// # Errors
    /// Input that the task refuses, or a run that fails.
    fn answer(&self, ask: &Ask) -> Result<Answer, Error>;

    /// The same with a listener that hears the first run's output as it comes, from tasks that generate.
    ///
    /// # Errors
    /// Those of [`Self::answer`].
    fn answer_aloud(&self, ask: &Ask, listener: &Listener) -> Result<Answer, Error>;
}

/// What a user asks of a session.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Ask {
    /// Texts, or paths of pictures: the items of one batch.
    pub arguments: Vec<String>,
    /// How often to run; the answer is the last one's.
    pub repeat: NonZeroU32,
    /// What is asked about pictures, for tasks that answer in words.
    #[serde(default)]
    pub prompt: Option<String>,
    /// Labels to choose from, for zero-shot tasks.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Text with `{}` for a label, for zero-shot tasks; without it labels stand for themselves.
    #[serde(default)]
    pub template: Option<String>,
    /// How to present the outputs.
    pub presentation: Presentation,
    /// How to generate, for tasks that do.
    #[serde(default)]
    pub generation: GenerationAsk,
    /// What is asked of transcripts, for tasks that hear speech.
    #[serde(default)]
    pub speech: SpeechOptions,
    /// What is asked of pictures, for tasks that look for objects.
    #[serde(default)]
    pub vision: VisionAsk,
    /// How texts are to be spoken, for tasks that speak.
    #[serde(default)]
    pub voice: VoiceOptions,
    /// The file to write the output to, for tasks whose output is one.
    #[serde(default)]
    pub output: Option<PathBuf>,
}

impl Ask {
    /// The arguments once, with everything else as it is by default.
    #[must_use]
    pub fn of(arguments: Vec<String>) -> Self {
        Self {
            arguments,
            repeat: NonZeroU32::MIN,
            prompt: None,
            labels: Vec::new(),
            template: None,
            presentation: Presentation { top: 5 },
            generation: GenerationAsk::default(),
            speech: SpeechOptions::default(),
            vision: VisionAsk::default(),
            voice: VoiceOptions::default(),
            output: None,
        }
    }
}

/// How a user wants text generated.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GenerationAsk {
    /// Choices about tokens.
    pub options: GenerationOptions,
    /// What the model is told to be, where the checkpoint has a template for chats.
    pub system: Option<String>,
    /// Whether the arguments go in as they are, without the checkpoint's template for chats.
    pub is_raw: bool,
    /// Whether the text has been written already when the answer is presented.
    pub is_streamed: bool,
}

/// What a user asks of pictures.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct VisionAsk {
    /// The score above which objects are shown; the task's own where nothing is said.
    pub threshold: Option<f32>,
    /// Points on the object that is asked for, and beside it.
    pub points: Vec<PromptPoint>,
    /// Boxes around objects that are asked for.
    pub boxes: Vec<Bounds>,
}

/// How outputs are to be presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Presentation {
    /// Number of labels to give, for tasks that rank.
    pub top: usize,
}

/// What a run gives in text form.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// For people.
    pub text: String,
    /// For programs.
    pub json: serde_json::Value,
}

impl<T: Exercise + Workload> AnySkill for Skill<T> {
    fn model(&self) -> &'static Model {
        self.model
    }

    fn cell(&self) -> &'static Cell {
        self.cell
    }

    fn load_any(&self, options: &LoadOptions) -> Result<Box<dyn AnySession>, Error> {
        Ok(Box::new(self.load(options)?))
    }

    fn verify(&self, options: &LoadOptions) -> Result<(Verification, Execution), Error> {
        let session = self.load(options)?;
        let reference = Reference::load(session.checkpoint().root())?;
        let mut found = verify::verify(&session, &reference)?;
        if found.from_tensors.is_empty() {
            // The reference may be of another head than the task's own.
            let plain = Skill {
                task: Tensors,
                model: self.model,
                cell: self.cell,
            };
            match plain.load(options) {
                Ok(plain) => found.from_tensors = verify::verify(&plain, &reference)?.from_tensors,
                Err(Error::NoGraphs { .. } | Error::NothingShipped { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok((found, session.execution().clone()))
    }

    fn prove(&self, provider: &ProviderOptions) -> Proof {
        contract::prove(*self, provider)
    }

    fn record(&self, options: &LoadOptions, run: NonZeroUsize) -> Result<Recorded, Error> {
        bisect::record(*self, options, run)
    }

    fn pace(&self, provider: &ProviderOptions) -> Result<Pace, Error> {
        predict::pace(*self, provider)
    }

    fn lengths(&self, size: bench::Size, wanted: &bench::Lengths) -> bench::Lengths {
        T::takes(self.model).lengths(size, wanted)
    }

    fn count(&self, case: &bench::Case) -> Result<bench::Counted, Error> {
        bench::count(*self, case)
    }

    fn make_ready(&self, case: &bench::Case) -> Result<(), Error> {
        Session::make_ready(*self, &bench::load_options(case)?)
    }

    fn measure(&self, order: &bench::Order) -> Result<bench::Outcome, Error> {
        bench::measure(*self, order)
    }
}

impl<T: Task> AnySession for Session<T> {
    fn execution(&self) -> &Execution {
        Session::execution(self)
    }

    fn answer(&self, ask: &Ask) -> Result<Answer, Error> {
        self.answer_to(ask, None)
    }

    fn answer_aloud(&self, ask: &Ask, listener: &Listener) -> Result<Answer, Error> {
        self.answer_to(ask, Some(listener))
    }
}

impl<T: Task> Session<T> {
    fn answer_to(&self, ask: &Ask, listener: Option<&Listener>) -> Result<Answer, Error> {
        if ask.output.is_some() && !T::IS_SAVED {
            return Err(Error::InvalidInput(
                "`--output` takes what models speak; this one's answer stands on standard output"
                    .to_owned(),
            ));
        }
        let inputs = T::parse(ask)?;
        let mut heard = inputs.clone();
        if let Some(listener) = listener {
            T::listen(&mut heard, listener);
        }
        // The first run of a shape prepares memory and kernels: it is told apart.
        let mut run = self.run_batch(&heard)?;
        let first = run.timing;
        let mut steady = Latency::default();
        for _ in 1..ask.repeat.get() {
            run = self.run_batch(&inputs)?;
            run.timing
                .graphs
                .into_iter()
                .for_each(|duration| steady.add(duration));
        }
        let files = T::save(ask, &run.output)?;
        let Answer { text, json } = T::present(ask, &run.output);
        let mut json = serde_json::json!({
            "model": self.skill().model.id,
            "platform": self.skill().cell.platform.name(),
            "checkpoint": self.checkpoint().identity(),
            "execution": run.execution.to_json(),
            "timing": timing::to_json(self.load_time(), &first, &steady),
            "predicted_ms": timing::predicted_to_json(&run.predicted),
            "output": json,
        });
        if !files.is_empty() {
            json["files"] = serde_json::json!(files);
        }
        let written = files
            .iter()
            .map(|file| format!("written to {}\n", file.display()));
        let text = text
            + &written.collect::<String>()
            + &timing::to_text(&first, &steady)
            + &timing::predicted_to_text(&run);
        Ok(Answer { text, json })
    }
}
