//! The child's side: answer until told to end.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::{EvaluateRequest, Fault, LoadRequest, Reply, Request, frame};
use crate::bisect;
use crate::cache::Silent;
use crate::catalog::{Catalog, Entry, Platform};
use crate::checkpoint::CheckpointSpec;
use crate::engine::{self, ProviderOptions};
use crate::error::Error;
use crate::session::LoadOptions;
use crate::skill::AnySession;
use crate::tensor::file;

/// Answers requests for one platform until the parent says to end or closes the pipe.
///
/// # Errors
/// A pipe that breaks or carries no valid message.
pub fn serve(
    catalog: &Catalog,
    platform: Platform,
    input: &mut impl Read,
    output: &mut impl Write,
) -> io::Result<()> {
    let mut session: Option<Box<dyn AnySession>> = None;
    while let Some(request) = frame::read::<Request>(input)? {
        let reply = match request {
            Request::Shutdown => return Ok(()),
            Request::Load(wanted) => match load(catalog, platform, &wanted) {
                Ok(loaded) => {
                    let execution = loaded.execution().to_string();
                    session = Some(loaded);
                    Reply::Loaded { execution }
                }
                Err(error) => Reply::Fault(fault(&error)),
            },
            Request::Prove { model, options } => match find(catalog, &model).and_then(|entry| {
                let provider = ProviderOptions::parse(&options, &[platform])?;
                Ok(entry.skill(platform)?.prove(&provider))
            }) {
                Ok(proof) => Reply::Proved(proof),
                Err(error) => Reply::Fault(fault(&error)),
            },
            Request::Evaluate(wanted) => match evaluate(platform, &wanted) {
                Ok(execution) => Reply::Evaluated { execution },
                Err(error) => Reply::Fault(fault(&error)),
            },
            Request::Run(ask) => match &session {
                None => Reply::Fault(Fault {
                    is_unavailable: false,
                    message: "no skill is loaded".to_owned(),
                }),
                Some(session) => match session.answer(&ask) {
                    Ok(answer) => Reply::Answer {
                        text: answer.text,
                        json: answer.json,
                    },
                    Err(error) => Reply::Fault(fault(&error)),
                },
            },
        };
        frame::write(output, &reply)?;
    }
    Ok(())
}

fn find(catalog: &Catalog, model: &str) -> Result<&'static Entry, Error> {
    let found = catalog.find(model);
    found.map_err(|error| Error::InvalidInput(error.to_string()))
}

fn load(
    catalog: &Catalog,
    platform: Platform,
    wanted: &LoadRequest,
) -> Result<Box<dyn AnySession>, Error> {
    let invalid = |error: &dyn std::fmt::Display| Error::InvalidInput(error.to_string());
    let entry = find(catalog, &wanted.model)?;
    let options = LoadOptions {
        checkpoint: wanted
            .checkpoint
            .parse::<CheckpointSpec>()
            .map_err(Error::Checkpoint)?,
        graph: wanted.onnx.parse().map_err(|error| invalid(&error))?,
        precision: wanted
            .precision
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|error| invalid(&error))?,
        provider: ProviderOptions::parse(&wanted.options, &[platform])?,
        progress: Arc::new(Silent),
        ..LoadOptions::default()
    };
    entry.skill(platform)?.load_any(&options)
}

/// Runs a graph once; gives its execution in words.
fn evaluate(platform: Platform, wanted: &EvaluateRequest) -> Result<String, Error> {
    let engine = engine::of_platform(platform, &Silent)?;
    let feeds = file::read(&wanted.inputs)?;
    let given = bisect::run_once(engine.as_ref(), &wanted.graph, &feeds)?;
    file::write(&wanted.outputs, &given.tensors)?;
    Ok(given.execution)
}

fn fault(error: &Error) -> Fault {
    Fault {
        is_unavailable: error.is_absence(),
        message: error.chain(),
    }
}
