//! What a run came to: whether it is good, and what scripts are told.

use std::path::Path;

use serde_json::{Value, json};

use super::flags::{Format, GenerateFlags};
use super::summary;
use super::terminal;
use crate::error::Result;
use crate::source::Source;
use crate::tree::{Action, Entry, Plan};

/// What a run did, or would have done.
pub(super) struct Outcome<'a> {
    pub(super) plan: &'a Plan,
    pub(super) source: &'a Source,
    pub(super) output: &'a Path,
    pub(super) flags: &'a GenerateFlags,
}

impl<'a> Outcome<'a> {
    /// Whether nothing is left for the user to do.
    pub(super) fn is_good(&self) -> bool {
        if self.flags.check {
            self.plan.entries.is_empty()
        } else {
            self.stuck().next().is_none()
        }
    }

    /// The files that somebody has to look at.
    pub(super) fn stuck(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let is_stuck = |entry: &&Entry| matches!(entry.action, Action::Reject | Action::Refuse);
        self.plan.entries.iter().filter(is_stuck)
    }

    /// Prints it.
    pub(super) fn tell(&self) -> Result<()> {
        if self.flags.format == Format::Json {
            return terminal::print(&format!("{:#}\n", self.json()));
        }
        let text = if self.flags.check {
            summary::checked(self)
        } else {
            summary::generated(self)
        };
        // The diff is the result of a dry run, and what patch reads.
        if self.flags.dry_run {
            terminal::note(text.trim_end());
            return Ok(());
        }
        terminal::print(&text)
    }

    fn json(&self) -> Value {
        let file = |entry: &Entry| json!({ "path": entry.path, "state": entry.state.name(), "action": self.action(entry) });
        json!({
            "source": self.source.to_string(),
            "output": self.output.display().to_string(),
            "is_good": self.is_good(),
            "fresh": self.plan.fresh,
            "files": self.plan.entries.iter().map(file).collect::<Vec<_>>(),
        })
    }

    /// What becomes of a file, as scripts spell it.
    fn action(&self, entry: &Entry) -> &'static str {
        match entry.action {
            _ if self.flags.check => "none",
            Action::Write => "write",
            Action::Reject => "reject",
            Action::Refuse => "refuse",
            Action::Leave => "leave",
            Action::Remove => "remove",
        }
    }
}
