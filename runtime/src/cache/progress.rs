//! How long work tells about itself; the only place that draws a bar.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Hears how far a piece of work has come.
pub trait Progress: Send + Sync {
    /// Work on `what` begins; `total_bytes` where it is known.
    fn started(&self, what: &str, total_bytes: Option<u64>);
    /// So many bytes more are done.
    fn advanced(&self, bytes: u64);
    /// The work that began last is over, well or not.
    fn finished(&self);
    /// Something worth knowing while one waits.
    fn message(&self, text: &str);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn started(&self, _what: &str, _total_bytes: Option<u64>) {}
    fn advanced(&self, _bytes: u64) {}
    fn finished(&self) {}
    fn message(&self, _text: &str) {}
}

/// Draws a bar on standard error when that is a terminal, and nothing otherwise.
#[derive(Debug, Default)]
pub struct Terminal {
    bar: Mutex<Option<ProgressBar>>,
}

impl Terminal {
    /// No bar yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Terminal {
    fn started(&self, what: &str, total_bytes: Option<u64>) {
        let template = match total_bytes {
            Some(_) => "{msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec}",
            None => "{msg} {spinner} {bytes} {bytes_per_sec}",
        };
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(total_bytes, ProgressDrawTarget::stderr())
            .with_style(style)
            .with_message(what.to_owned());
        if let Some(earlier) = self.bar().replace(bar) {
            earlier.finish_and_clear();
        }
    }

    fn advanced(&self, bytes: u64) {
        if let Some(bar) = self.bar().as_ref() {
            bar.inc(bytes);
        }
    }

    fn finished(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn message(&self, text: &str) {
        match self.bar().as_ref() {
            Some(bar) => bar.println(text),
            // A bar on the way that only carries the line; hidden, like every bar, where there is no terminal.
            None => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).println(text),
        }
    }
}
