//! The child's side: answer until told to end.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::{EvaluateRequest, Fault, LoadRequest, Reply, Request, frame};
use crate::bisect;
use crate::cache::Silent;
use crate::catalog::{Catalog, Platform};
use crate::checkpoint::CheckpointSpec;
use crate::engine::{self, ProviderOptions};
use crate::error::Error;
use crate::peaks;
use crate::predict::{self, Pace};
use crate::session::LoadOptions;
use crate::skill::{AnySession, AnySkill};
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
            Request::Load(wanted) => load(catalog, platform, &wanted).map(|loaded| {
                let execution = loaded.execution().to_string();
                session = Some(loaded);
                Reply::Loaded { execution }
            }),
            Request::Prove { model, options } => {
                skill(catalog, platform, &model).and_then(|skill| {
                    let provider = ProviderOptions::parse(&options, &[platform])?;
                    Ok(Reply::Proved(skill.prove(&provider)))
                })
            }
            Request::Pace { model, options } => {
                pace(catalog, platform, model.as_deref(), &options).map(Reply::Paced)
            }
            Request::MakeReady(case) => skill(catalog, platform, &case.model)
                .and_then(|skill| skill.make_ready(&case))
                .map(|()| Reply::Ready),
            Request::Measure(order) => skill(catalog, platform, &order.case.model)
                .and_then(|skill| skill.measure(&order))
                .map(|outcome| Reply::Done(Box::new(outcome))),
            Request::Peaks { options } => ProviderOptions::parse(&options, &[platform])
                .map_err(Error::from)
                .and_then(|provider| peaks::measure(platform, &provider))
                .map(Reply::Peaks),
            Request::Evaluate(wanted) => {
                evaluate(platform, &wanted).map(|execution| Reply::Evaluated { execution })
            }
            Request::Run(ask) => match &session {
                None => Err(Error::InvalidInput("no skill is loaded".to_owned())),
                Some(session) => session.answer(&ask).map(|answer| Reply::Answer {
                    text: answer.text,
                    json: answer.json,
                }),
            },
        };
        let reply = reply.unwrap_or_else(|error| Reply::Fault(fault(&error)));
        frame::write(output, &reply)?;
    }
    Ok(())
}

fn skill(
    catalog: &Catalog,
    platform: Platform,
    model: &str,
) -> Result<&'static dyn AnySkill, Error> {
    let found = catalog.find(model);
    found
        .map_err(|error| Error::InvalidInput(error.to_string()))?
        .skill(platform)
}

fn pace(
    catalog: &Catalog,
    platform: Platform,
    model: Option<&str>,
    options: &[String],
) -> Result<Vec<Pace>, Error> {
    let provider = ProviderOptions::parse(options, &[platform])?;
    match model {
        Some(model) => Ok(vec![skill(catalog, platform, model)?.pace(&provider)?]),
        None => predict::kernels(platform, &provider),
    }
}

fn load(
    catalog: &Catalog,
    platform: Platform,
    wanted: &LoadRequest,
) -> Result<Box<dyn AnySession>, Error> {
    let invalid = |error: &dyn std::fmt::Display| Error::InvalidInput(error.to_string());
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
        settings: wanted.settings.clone(),
        provider: ProviderOptions::parse(&wanted.options, &[platform])?,
        progress: Arc::new(Silent),
        ..LoadOptions::default()
    };
    skill(catalog, platform, &wanted.model)?.load_any(&options)
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
