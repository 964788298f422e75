//! Skills: a model on a platform, as a constant.

mod timing;

use std::num::NonZeroU32;

use metrics::Latency;

use crate::catalog::{Cell, Model};
use crate::engine::Execution;
use crate::error::Error;
use crate::generation::GenerationOptions;
use crate::session::{LoadOptions, Session};
use crate::task::{SpeechOptions, Task};

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
}

/// What a user asks of a session.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ask {
    /// Texts, or paths of pictures: the items of one batch.
    pub arguments: Vec<String>,
    /// How often to run; the answer is the last one's.
    pub repeat: NonZeroU32,
    /// Labels to choose from, for zero-shot tasks.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Text with `{}` for a label, for zero-shot tasks; without it labels stand for themselves.
    #[serde(default)]
    pub template: Option<String>,
    /// How to present the outputs.
    pub presentation: Presentation,
    /// What is asked of generated text, for tasks that generate.
    #[serde(default)]
    pub generation: GenerationOptions,
    /// What is asked of transcripts, for tasks that hear speech.
    #[serde(default)]
    pub speech: SpeechOptions,
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

impl<T: Task> AnySkill for Skill<T> {
    fn model(&self) -> &'static Model {
        self.model
    }

    fn cell(&self) -> &'static Cell {
        self.cell
    }

    fn load_any(&self, options: &LoadOptions) -> Result<Box<dyn AnySession>, Error> {
        Ok(Box::new(self.load(options)?))
    }
}

impl<T: Task> AnySession for Session<T> {
    fn execution(&self) -> &Execution {
        Session::execution(self)
    }

    fn answer(&self, ask: &Ask) -> Result<Answer, Error> {
        let inputs = T::parse(ask)?;
        // The first run of a shape prepares memory and kernels: it is told apart.
        let mut run = self.run_batch(&inputs)?;
        let first = run.timing;
        let mut steady = Latency::default();
        for _ in 1..ask.repeat.get() {
            run = self.run_batch(&inputs)?;
            run.timing
                .graphs
                .into_iter()
                .for_each(|duration| steady.add(duration));
        }
        let Answer { text, json } = T::present(ask, &run.output);
        let json = serde_json::json!({
            "model": self.skill().model.id,
            "platform": self.skill().cell.platform.name(),
            "checkpoint": self.checkpoint().identity(),
            "execution": Session::execution(self).to_json(),
            "timing": timing::to_json(self.load_time(), &first, &steady),
            "output": json,
        });
        let text = text + &timing::to_text(&first, &steady);
        Ok(Answer { text, json })
    }
}
