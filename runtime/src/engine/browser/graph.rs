//! A graph opened in the browser's page.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::assets::PART_BYTES;
use super::protocol::Connection;
use super::provider::Provider;
use super::{BrowserEngine, BrowserError, Page, placement, settings, tensors};
use crate::catalog::Placement;
use crate::engine::{
    Evidence, Executable, Execution, Feed, Held, OpenOptions, Outlet, Outputs, ProviderShare,
    refusal,
};
use crate::error::Error;
use crate::tensor::Tensor;

/// A session of the page; the evidence was gathered when it was opened.
pub(super) struct BrowserGraph {
    engine: BrowserEngine,
    provider: Provider,
    model: PathBuf,
    wanted: Wanted,
    page: Arc<Page>,
    session: u64,
    inputs: Vec<Outlet>,
    outputs: Vec<Outlet>,
    execution: Execution,
}

/// How a graph is to be opened in a page.
struct Wanted {
    is_strict: bool,
    settings: Value,
}

impl BrowserGraph {
    pub(super) fn open(
        engine: &BrowserEngine,
        model: &Path,
        options: &OpenOptions,
    ) -> Result<Self, Error> {
        let wanted = Wanted {
            is_strict: options.placement == Placement::Whole,
            settings: settings::of_page(engine.provider.platform, &options.settings)?,
        };
        let provider = engine.provider.with(&options.provider)?;
        let page = engine.page()?;
        let (session, opened) = open(&page, engine, provider, model, &wanted)?;
        let evidence = evidence(&page, provider, &opened)?.weighed(model);
        let evidence = evidence
            .with(options.provider.differing(provider.platform))
            .set(&options.settings)
            .unless_elsewhere()?;
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
            engine: engine.clone(),
            provider,
            model: model.to_owned(),
            wanted,
            page,
            session,
            inputs: outlets("inputs"),
            outputs: outlets("outputs"),
            execution: Execution::Native(evidence),
        })
    }

    /// Opens the graph again where the page it was opened in is gone.
    fn revive(&mut self) -> Result<(), Error> {
        if !self.page.is_gone() {
            return Ok(());
        }
        let page = self.engine.page()?;
        (self.session, _) = open(
            &page,
            &self.engine,
            self.provider,
            &self.model,
            &self.wanted,
        )?;
        self.page = page;
        Ok(())
    }
}

impl BrowserGraph {
    /// Runs the graph on tensors behind each other; `None` where the browser is of no more use.
    fn evaluate(&self, bytes: &Arc<Vec<u8>>, told: &[Value]) -> Result<Option<Value>, Error> {
        self.page.with(|connection| {
            let number = connection.assets.offer_bytes(Arc::clone(bytes));
            let wanted = json!({
                "session": self.session,
                "blob": { "number": number, "size": bytes.len(), "part": PART_BYTES },
                "feeds": told,
            });
            let expression = format!("assay.run({wanted})");
            let ran = connection.evaluate("run the graph", &expression, self.engine.limit);
            connection.assets.withdraw(number);
            ran
        })
    }
}

/// Opens a graph in the page; gives its number there, its description and the log.
fn open(
    page: &Page,
    engine: &BrowserEngine,
    provider: Provider,
    model: &Path,
    demands: &Wanted,
) -> Result<(u64, Value), Error> {
    let action = format!("open {}", model.display());
    let session = page.next();
    let opened = page.with(|connection| {
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
        let wanted = json!({
            "session": session,
            "graph": graph,
            "external": external,
            "provider": provider.to_json(),
            "isStrict": demands.is_strict,
            "settings": demands.settings,
        });
        let opened = connection.evaluate(&action, &format!("assay.open({wanted})"), engine.limit);
        for number in offered {
            connection.assets.withdraw(number);
        }
        opened
    })?;
    let opened = opened.ok_or(BrowserError::Crashed { asked: action })?;
    let Some(reason) = opened["error"].as_str() else {
        return Ok((session, opened));
    };
    if opened["isFallback"] == true
        && let Err(shortfall) = evidence(page, provider, &opened)?
            .weighed(model)
            .satisfies(Placement::Whole)
    {
        return Err(Error::Browser(BrowserError::Fallback {
            provider: provider.name,
            shortfall,
        }));
    }
    Err(refused(
        format!("open {} on {}", model.display(), provider.name),
        reason,
    ))
}

/// What the page says it could not do.
fn refused(action: String, reason: &str) -> Error {
    refusal::read(&action, reason).unwrap_or_else(|| {
        Error::Browser(BrowserError::Page {
            action,
            reason: reason.to_owned(),
        })
    })
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
        let bytes = Arc::new(bytes);
        self.revive()?;
        let ran = if let Some(ran) = self.evaluate(&bytes, &told)? {
            ran
        } else {
            // Another graph took the browser down while this one waited for its turn.
            self.revive()?;
            let ran = self.evaluate(&bytes, &told)?;
            ran.ok_or_else(|| BrowserError::Crashed {
                asked: "run the graph".to_owned(),
            })?
        };
        if let Some(reason) = ran["error"].as_str() {
            return Err(refused("run the graph".to_owned(), reason));
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
                outputs.held.push((name, Held::new(tensor, "Cpu")));
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
        Feed::Held(held) => held.value(),
    }
}

impl Drop for BrowserGraph {
    fn drop(&mut self) {
        // Where the browser is gone the session is gone with it.
        let expression = format!("assay.close({})", json!({ "session": self.session }));
        let close = |connection: &mut Connection| {
            connection.evaluate("close a graph", &expression, self.engine.limit)
        };
        self.page.with(close).ok();
    }
}
