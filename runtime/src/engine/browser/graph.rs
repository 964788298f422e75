//! A graph opened in the browser's page.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::assets::PART_BYTES;
use super::provider::Provider;
use super::{BrowserError, Page, placement, tensors};
use crate::catalog::Placement;
use crate::engine::{
    Evidence, Executable, Execution, Feed, Held, OpenOptions, Outlet, Outputs, ProviderShare,
};
use crate::error::Error;
use crate::tensor::Tensor;

/// What ONNX Runtime says when nodes would run on the CPU and must not.
const FALLBACK: &str = "fallback to CPU EP has been explicitly disabled";

/// A session of the page; the evidence was gathered when it was opened.
pub(super) struct BrowserGraph {
    page: Arc<Page>,
    session: u64,
    inputs: Vec<Outlet>,
    outputs: Vec<Outlet>,
    execution: Execution,
    limit: Duration,
}

impl BrowserGraph {
    pub(super) fn open(
        page: &Arc<Page>,
        provider: Provider,
        model: &Path,
        options: &OpenOptions,
        limit: Duration,
    ) -> Result<Self, Error> {
        let is_strict = options.placement == Placement::Whole;
        let (session, opened) = open(page, provider, model, is_strict, limit)?;
        if let Some(reason) = opened["error"].as_str() {
            return Err(refusal(page, provider, model, reason, limit));
        }
        let evidence = evidence(page, provider, &opened)?;
        let bound = export::bound_axes(model).map_err(|source| BrowserError::File {
            path: model.to_owned(),
            source,
        })?;
        let outlets = |key: &str| {
            let told = opened[key].as_array().map_or(&[][..], Vec::as_slice);
            let named = |outlet: Outlet| match bound.get(&outlet.name) {
                Some(axes) if axes.len() == outlet.shape.len() => Outlet {
                    axes: axes.clone(),
                    ..outlet
                },
                _ => outlet,
            };
            told.iter()
                .map(|told| named(tensors::outlet(told)))
                .collect()
        };
        Ok(Self {
            page: Arc::clone(page),
            session,
            inputs: outlets("inputs"),
            outputs: outlets("outputs"),
            execution: Execution::Native(evidence),
            limit,
        })
    }
}

/// Opens a graph in the page; the answer holds its description or the error, and the log.
fn open(
    page: &Page,
    provider: Provider,
    model: &Path,
    is_strict: bool,
    limit: Duration,
) -> Result<(u64, Value), Error> {
    let action = format!("open {}", model.display());
    let mut connection = page.lock()?;
    let mut offered = Vec::new();
    let mut offer = |path: &Path| -> Result<Value, BrowserError> {
        let (number, size) = connection.assets.offer_file(path)?;
        offered.push(number);
        Ok(json!({ "number": number, "size": size, "part": PART_BYTES }))
    };
    let graph = offer(model)?;
    let mut external = Vec::new();
    for file in weights(model) {
        let blob = offer(&file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        external.push(json!({ "path": name, "blob": blob }));
    }
    let session = page.next();
    let wanted = json!({
        "session": session,
        "graph": graph,
        "external": external,
        "provider": provider.to_json(),
        "isStrict": is_strict,
    });
    let opened = connection.evaluate(&action, &format!("assay.open({wanted})"), limit);
    for number in offered {
        connection.assets.withdraw(number);
    }
    drop(connection);
    Ok((session, page.note(opened)?))
}

/// Files beside a model that hold its weights, by the names that exports use.
fn weights(model: &Path) -> Vec<PathBuf> {
    let mut name = model.file_name().unwrap_or_default().to_owned();
    name.push("_data");
    let file = model.with_file_name(name);
    if file.is_file() {
        vec![file]
    } else {
        Vec::new()
    }
}

/// Why the page refused a graph; where nodes would have run elsewhere, which.
fn refusal(page: &Page, provider: Provider, model: &Path, reason: &str, limit: Duration) -> Error {
    let refused = || {
        Error::Browser(BrowserError::Page {
            action: format!("open {} on {}", model.display(), provider.name),
            reason: reason.to_owned(),
        })
    };
    if !reason.contains(FALLBACK) {
        return refused();
    }
    // Opened once more without the demand, it tells where its nodes would run.
    let told = open(page, provider, model, false, limit).and_then(|(session, opened)| {
        close(page, session, limit);
        evidence(page, provider, &opened)
    });
    match told.map(|evidence| evidence.satisfies(Placement::Whole)) {
        Ok(Err(shortfall)) => Error::Browser(BrowserError::Fallback {
            provider: provider.name,
            shortfall,
        }),
        Ok(Ok(())) | Err(_) => refused(),
    }
}

fn evidence(page: &Page, provider: Provider, opened: &Value) -> Result<Evidence, Error> {
    let lines = opened["lines"].as_array().map_or(&[][..], Vec::as_slice);
    let lines: Vec<_> = lines
        .iter()
        .filter_map(|line| line.as_str().map(str::to_owned))
        .collect();
    let shares: Vec<ProviderShare> =
        placement::read(&lines, provider.name).ok_or_else(|| BrowserError::Page {
            action: "tell where nodes were placed".to_owned(),
            reason: "its log does not say".to_owned(),
        })?;
    let evidence = Evidence::new(
        provider.platform,
        provider.name,
        page.library().to_owned(),
        shares,
    );
    Ok(evidence.on(page.device(provider)))
}

/// Lets a graph go; where the browser is gone it is gone with it.
fn close(page: &Page, session: u64, limit: Duration) {
    if let Ok(mut connection) = page.lock() {
        let wanted = json!({ "session": session });
        let expression = format!("assay.close({wanted})");
        connection
            .evaluate("close a graph", &expression, limit)
            .ok();
    }
}

impl Executable for BrowserGraph {
    fn inputs(&self) -> &[Outlet] {
        &self.inputs
    }

    fn outputs(&self) -> &[Outlet] {
        &self.outputs
    }

    fn execution(&self) -> &Execution {
        &self.execution
    }

    fn run(
        &mut self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        let mut bytes = Vec::new();
        let mut told = Vec::new();
        for (name, feed) in feeds {
            told.push(tensors::write(name, tensor(*feed)?, &mut bytes));
        }
        let size = bytes.len();
        let mut connection = self.page.lock()?;
        let number = connection.assets.offer_bytes(bytes);
        let wanted = json!({
            "session": self.session,
            "blob": { "number": number, "size": size, "part": PART_BYTES },
            "feeds": told,
        });
        let ran = connection.evaluate("run the graph", &format!("assay.run({wanted})"), self.limit);
        connection.assets.withdraw(number);
        drop(connection);
        let ran = self.page.note(ran)?;
        if let Some(reason) = ran["error"].as_str() {
            return Err(Error::Browser(BrowserError::Page {
                action: "run the graph".to_owned(),
                reason: reason.to_owned(),
            }));
        }
        let mut given = Vec::new();
        for output in ran["outputs"].as_array().map_or(&[][..], Vec::as_slice) {
            given.push(tensors::read(output)?);
        }
        let mut outputs = Outputs::default();
        for Outlet { name, .. } in &self.outputs {
            let Some(at) = given.iter().position(|(other, _)| other == name) else {
                continue;
            };
            let (name, tensor) = given.swap_remove(at);
            if keep(&name) {
                // It comes to this process either way; feeding it again copies it once more.
                outputs.held.push((name, Held(Box::new(tensor))));
            } else {
                outputs.tensors.insert(name, tensor);
            }
        }
        Ok(outputs)
    }
}

/// The tensor of a feed.
fn tensor(feed: Feed<'_>) -> Result<&Tensor, Error> {
    match feed {
        Feed::Tensor(tensor) => Ok(tensor),
        Feed::Held(Held(value)) => value
            .downcast_ref::<Tensor>()
            .ok_or_else(|| Error::InvalidInput("a held value came from another engine".to_owned())),
    }
}

impl Drop for BrowserGraph {
    fn drop(&mut self) {
        close(&self.page, self.session, self.limit);
    }
}
