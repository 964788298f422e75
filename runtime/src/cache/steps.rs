//! A bar over steps that differ in length, on standard error where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a list of steps has come, with the time that is left by those so far.
#[derive(Debug)]
pub struct Steps {
    bar: ProgressBar,
}

impl Steps {
    /// A list of so many steps.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let style = ProgressStyle::with_template("[{bar:24}] {pos}/{len}, {eta} left  {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(count as u64), target).with_style(style);
        bar.enable_steady_tick(std::time::Duration::from_millis(500));
        Self { bar }
    }

    /// A step begins.
    pub fn begins(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    /// It is over, and nothing is to be said of it.
    pub fn passed(&self) {
        self.bar.inc(1);
    }

    /// It is over; one line stays above the bar.
    pub fn ended(&self, line: &str) {
        self.bar.inc(1);
        if self.bar.is_hidden() {
            // Where nobody watches, a log is read: its lines come as they are.
            use std::io::Write;
            writeln!(std::io::stderr(), "{line}").ok();
        } else {
            self.bar.println(line);
        }
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
