//! The `DevTools` protocol over two pipes: commands, their answers, and the requests of the page, which are served from here.

use std::collections::BTreeMap;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::BrowserError;
use super::assets::Assets;
use super::process::Process;
use crate::distribution::Browser;

/// Where the page believes to be: no request leaves the machine, for all are answered here.
const ORIGIN: &str = "https://assay.invalid/";

/// The longest time for commands that only prepare.
const PREPARE: Duration = Duration::from_mins(1);

/// A browser with one page.
pub(super) struct Connection {
    process: Process,
    next: u64,
    /// The session of the page, once there is one.
    page: Option<String>,
    has_loaded: bool,
    pub(super) assets: Assets,
    /// Product and version, as the browser tells them.
    pub(super) product: String,
}

impl Connection {
    /// Starts the browser and opens the page that `assets` serve.
    pub(super) fn open(
        browser: &Browser,
        assets: Assets,
        limit: Duration,
    ) -> Result<Self, BrowserError> {
        let limit = limit.min(PREPARE);
        let mut connection = Self {
            process: Process::start(browser)?,
            next: 0,
            page: None,
            has_loaded: false,
            assets,
            product: String::new(),
        };
        let version = connection.call("Browser.getVersion", &json!({}), limit)?;
        connection.product = text(&version, "product");
        let target = connection.call(
            "Target.createTarget",
            &json!({ "url": "about:blank" }),
            limit,
        )?;
        let attach = json!({ "targetId": text(&target, "targetId"), "flatten": true });
        let attached = connection.call("Target.attachToTarget", &attach, limit)?;
        connection.page = Some(text(&attached, "sessionId"));
        let all = json!({ "patterns": [{ "urlPattern": "*" }] });
        connection.call("Fetch.enable", &all, limit)?;
        connection.call("Inspector.enable", &json!({}), limit)?;
        connection.call("Page.enable", &json!({}), limit)?;
        connection.call("Page.navigate", &json!({ "url": ORIGIN }), limit)?;
        let deadline = Instant::now() + limit;
        while !connection.has_loaded {
            connection.step("Page.navigate", deadline, limit)?;
        }
        Ok(connection)
    }

    /// Evaluates an expression in the page and waits for its value, which must be JSON.
    pub(super) fn evaluate(
        &mut self,
        action: &str,
        expression: &str,
        limit: Duration,
    ) -> Result<Value, BrowserError> {
        let wanted = json!({
            "expression": expression,
            "awaitPromise": true,
            "returnByValue": true,
        });
        let answer = self.call("Runtime.evaluate", &wanted, limit)?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            let said = thrown.pointer("/exception/description");
            let said = said.or_else(|| thrown.get("text"));
            let said = said.and_then(Value::as_str).unwrap_or("an exception");
            return Err(BrowserError::Page {
                action: action.to_owned(),
                reason: first_line(said),
            });
        }
        Ok(answer
            .pointer("/result/value")
            .cloned()
            .unwrap_or(Value::Null))
    }

    /// Gives a command and waits for its answer, serving the page meanwhile.
    fn call(
        &mut self,
        method: &str,
        params: &Value,
        limit: Duration,
    ) -> Result<Value, BrowserError> {
        let deadline = Instant::now() + limit;
        let id = self.send(method, params)?;
        loop {
            let Some((answered, answer)) = self.step(method, deadline, limit)? else {
                continue;
            };
            if answered != id {
                // The page's requests are answered without waiting for the browser's word on it.
                continue;
            }
            if let Some(error) = answer.get("error") {
                return Err(BrowserError::Refused {
                    asked: method.to_owned(),
                    reason: text(error, "message"),
                });
            }
            return Ok(answer.get("result").cloned().unwrap_or(Value::Null));
        }
    }

    fn send(&mut self, method: &str, params: &Value) -> Result<u64, BrowserError> {
        self.next += 1;
        let mut message = json!({ "id": self.next, "method": method, "params": params });
        if let (Some(page), Some(fields)) = (&self.page, message.as_object_mut()) {
            fields.insert("sessionId".to_owned(), json!(page));
        }
        match self.process.send(&message) {
            Ok(()) => Ok(self.next),
            Err(_) => Err(self.died(method)),
        }
    }

    /// Takes one message: the answer to a command, or something that is dealt with here.
    fn step(
        &mut self,
        asked: &str,
        deadline: Instant,
        limit: Duration,
    ) -> Result<Option<(u64, Value)>, BrowserError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let message = match self.process.messages.recv_timeout(left) {
            Ok(Ok(message)) => message,
            Ok(Err(reason)) => {
                self.process.end();
                return Err(BrowserError::Garbage { reason });
            }
            Err(RecvTimeoutError::Disconnected) => return Err(self.died(asked)),
            Err(RecvTimeoutError::Timeout) => {
                self.process.end();
                return Err(BrowserError::Silent {
                    asked: asked.to_owned(),
                    limit,
                });
            }
        };
        if let Some(id) = message.get("id").and_then(Value::as_u64) {
            return Ok(Some((id, message)));
        }
        match message.get("method").and_then(Value::as_str) {
            Some("Fetch.requestPaused") => self.serve(&message)?,
            Some("Page.loadEventFired") => self.has_loaded = true,
            Some("Inspector.targetCrashed" | "Target.targetCrashed") => {
                self.process.end();
                return Err(BrowserError::Crashed {
                    asked: asked.to_owned(),
                });
            }
            Some(_) => {}
            None => {
                self.process.end();
                return Err(BrowserError::Garbage {
                    reason: "neither an answer nor an event".to_owned(),
                });
            }
        }
        Ok(None)
    }

    /// Answers a request of the page.
    fn serve(&mut self, message: &Value) -> Result<(), BrowserError> {
        let url = message
            .pointer("/params/request/url")
            .and_then(Value::as_str);
        let path = url.and_then(|url| url.strip_prefix(ORIGIN));
        let found = match path {
            Some(path) => self.assets.read(path)?,
            None => None,
        };
        let (code, kind, body) = match found {
            Some((kind, body)) => (200, kind, body),
            None => (404, "text/plain", Vec::new()),
        };
        let mut headers = BTreeMap::from([("Content-Type", kind)]);
        headers.insert("Cross-Origin-Opener-Policy", "same-origin");
        headers.insert("Cross-Origin-Embedder-Policy", "require-corp");
        let headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let answer = json!({
            "requestId": message.pointer("/params/requestId"),
            "responseCode": code,
            "responseHeaders": headers,
            "body": STANDARD.encode(body),
        });
        self.send("Fetch.fulfillRequest", &answer)?;
        Ok(())
    }

    fn died(&mut self, asked: &str) -> BrowserError {
        let (status, stderr) = self.process.end();
        BrowserError::Died {
            asked: asked.to_owned(),
            status,
            stderr,
        }
    }
}

fn text(value: &Value, key: &str) -> String {
    let text = value.get(key).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// The words of an exception without the places in code that follow it.
fn first_line(said: &str) -> String {
    said.split("\n    at ").next().unwrap_or(said).to_owned()
}
