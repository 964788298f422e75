//! What ONNX Runtime writes to its log: while something is tried, it belongs to the error; else it goes to standard error.

use std::cell::RefCell;
use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;

use ort::logging::{LogLevel, LoggerFunction};

thread_local! {
    /// What this thread's attempt has heard so far; `None` where nothing is tried.
    static HEARD: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// The receiver of all lines: errors count, the rest is dropped.
pub(super) fn receiver() -> LoggerFunction {
    Arc::new(
        |level: LogLevel, _: &str, _: &str, place: &str, message: &str| {
            // The environment is told to let errors through only once it is there, and says much until then.
            if !matches!(level, LogLevel::Error | LogLevel::Fatal) {
                return;
            }
            let is_heard = HEARD.with_borrow_mut(|heard| {
                let Some(lines) = heard else {
                    return false;
                };
                lines.push(message.trim().to_owned());
                true
            });
            if !is_heard {
                tell(&format!("{place}: {message}"));
            }
        },
    )
}

/// Tries something; gives the lines that this thread logged where it fails, and passes them on where it does not.
pub(super) fn listen<T, E>(attempt: impl FnOnce() -> Result<T, E>) -> Result<T, (E, Vec<String>)> {
    HEARD.set(Some(Vec::new()));
    let outcome = attempt();
    let lines = HEARD.take().unwrap_or_default();
    match outcome {
        Ok(done) => {
            for line in &lines {
                tell(line);
            }
            Ok(done)
        }
        Err(error) => Err((error, lines)),
    }
}

fn tell(line: &str) {
    // Where standard error is closed, nobody listens.
    writeln!(io::stderr(), "onnxruntime: {line}").ok();
}

/// An error with what was logged on the way to it, where the error itself does not say it.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(error.as_ref(), lines))]
pub(super) struct Explained {
    error: Box<dyn Error + Send + Sync>,
    lines: Vec<String>,
}

impl Explained {
    pub(super) fn new<E: Error + Send + Sync + 'static>((error, lines): (E, Vec<String>)) -> Self {
        Self {
            error: Box::new(error),
            lines,
        }
    }
}

fn told(error: &(dyn Error + Send + Sync), lines: &[String]) -> String {
    let mut text = error.to_string();
    for line in lines {
        // The library begins its own lines with the function they come from.
        let line = line
            .rsplit_once(") [ERROR]")
            .map_or(line.as_str(), |(_, rest)| rest);
        if !text.contains(line.trim()) {
            text.push_str(&format!(": {}", line.trim()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_logged_on_the_way_to_an_error_explains_it() {
        let log = receiver();
        let say = |line: &str| log(LogLevel::Error, "", "", "", line);
        let failed: Result<(), _> = listen(|| {
            say("factory.cc:141 Parse(Options&) [ERROR] [OpenVINO] Device GPU is not available\n");
            Err(io::Error::other("Failed to load provider"))
        });
        let explained = failed.map_err(Explained::new).unwrap_err();
        assert_eq!(
            explained.to_string(),
            "Failed to load provider: [OpenVINO] Device GPU is not available"
        );
        // What was heard is not told of the next attempt.
        let failed: Result<(), _> = listen(|| Err(io::Error::other("no")));
        assert_eq!(
            failed.map_err(Explained::new).unwrap_err().to_string(),
            "no"
        );
    }
}
