//! What the graphs of a skill are fed when the CPU runs an example through it.

use std::num::NonZeroUsize;

use crate::catalog::Platform;
use crate::contract::Exercise;
use crate::engine::ort::OrtEngine;
use crate::engine::{Recorder, Recording};
use crate::error::Error;
use crate::session::{LoadOptions, Session};
use crate::skill::Skill;

/// Recordings with what they were made from.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The checkpoint, in words.
    pub checkpoint: String,
    /// One run of each graph, in the order in which they ran first.
    pub graphs: Vec<Recording>,
}

/// Runs the first example of the contract through a skill whose graphs have the form of its own cell, but on the CPU.
/// Keeps that run of each graph, or its last where there are fewer.
///
/// # Errors
/// Those of loading the skill on the CPU, or a run that fails.
pub fn record<T: Exercise>(
    skill: Skill<T>,
    options: &LoadOptions,
    run: NonZeroUsize,
) -> Result<Recorded, Error> {
    let engine = OrtEngine::load(Platform::Cpu, options.progress.as_ref())?;
    let recorder = Recorder::new(Box::new(engine), run);
    let kept = recorder.kept();
    let session = Session::load_on(skill, options, || Ok(Box::new(recorder)))?;
    let example = T::examples().into_iter().next();
    let example = example.ok_or(Error::EmptyInput("the task has no example"))?;
    session.run(example)?;
    Ok(Recorded {
        checkpoint: session.checkpoint().identity(),
        graphs: kept.take(),
    })
}
