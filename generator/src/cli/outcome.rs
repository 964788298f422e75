//! Tells what a run did, or would have done, and what is left to do.

use std::path::Path;

use serde_json::{Value, json};

use super::flags::{Format, GenerateFlags};
use super::terminal::{self, colour};
use crate::error::Result;
use crate::source::Source;
use crate::tree::{Action, Entry, Plan, State};

/// Most files that are named without `--verbose`.
const NAMED: usize = 20;

/// What a run did, or would have done.
pub(super) struct Outcome<'a> {
    plan: &'a Plan,
    source: &'a Source,
    output: &'a Path,
    flags: &'a GenerateFlags,
}

impl<'a> Outcome<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        source: &'a Source,
        output: &'a Path,
        flags: &'a GenerateFlags,
    ) -> Self {
        Self {
            plan,
            source,
            output,
            flags,
        }
    }

    /// Whether nothing is left for the user to do.
    pub(super) fn is_good(&self) -> bool {
        if self.flags.check {
            self.plan.entries.is_empty()
        } else {
            self.stuck().next().is_none()
        }
    }

    /// The files that somebody has to look at.
    fn stuck(&self) -> impl Iterator<Item = &'a Entry> {
        self.plan
            .entries
            .iter()
            .filter(|entry| matches!(entry.action, Action::Reject | Action::Refuse))
    }

    pub(super) fn tell(&self) -> Result<()> {
        if self.flags.format == Format::Json {
            return terminal::print(&format!("{:#}\n", self.json()));
        }
        let text = if self.flags.check {
            self.checked()
        } else {
            self.generated()
        };
        // The diff is the result of a dry run, and what patch reads.
        if self.flags.dry_run {
            terminal::note(text.trim_end());
            Ok(())
        } else {
            terminal::print(&text)
        }
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

    fn checked(&self) -> String {
        let mut text = format!("{}\n", self.source);
        if self.plan.entries.is_empty() {
            text.push_str(&format!(
                "{}up to date{}: {} files\n",
                colour::GREEN,
                colour::PLAIN,
                self.plan.fresh
            ));
            return text;
        }
        self.list(&mut text, &self.plan.entries.iter().collect::<Vec<_>>());
        let states = [
            State::Missing,
            State::Stale,
            State::Edited,
            State::Foreign,
            State::Orphaned,
        ];
        let counts = self.counts(&states);
        let total = self.plan.entries.len() + self.plan.fresh;
        text.push_str(&format!(
            "{}out of date{}: of {total} files {counts}\n",
            colour::RED,
            colour::PLAIN
        ));
        if self
            .plan
            .entries
            .iter()
            .any(|entry| !matches!(entry.action, Action::Reject | Action::Refuse))
        {
            text.push_str("run `cargo gen`\n");
        }
        text.push_str(&self.advice());
        text
    }

    fn generated(&self) -> String {
        let mut text = format!("{}\n", self.source);
        let stuck: Vec<&Entry> = self.stuck().collect();
        if self.flags.verbose {
            self.list(&mut text, &self.plan.entries.iter().collect::<Vec<_>>());
        } else {
            self.list(&mut text, &stuck);
        }
        let count = |action: Action| self.plan.with(action).count();
        let (would, wrote, removed) = if self.flags.dry_run {
            ("would ", "write", "remove")
        } else {
            ("", "wrote", "removed")
        };
        let written = count(Action::Write);
        let by_state: Vec<String> = [State::Missing, State::Stale, State::Edited]
            .iter()
            .map(|state| {
                (
                    state,
                    self.plan
                        .with(Action::Write)
                        .filter(|entry| entry.state == *state)
                        .count(),
                )
            })
            .filter(|(_, count)| *count > 0)
            .map(|(state, count)| format!("{count} {}", state.name()))
            .collect();
        let by_state = if by_state.is_empty() {
            String::new()
        } else {
            format!(" ({})", by_state.join(", "))
        };
        text.push_str(&format!(
            "{}{would}{wrote} {written} files{}{by_state}",
            colour::GREEN,
            colour::PLAIN
        ));
        if count(Action::Remove) > 0 {
            text.push_str(&format!(", {removed} {}", count(Action::Remove)));
        }
        text.push_str(&format!(
            ", {} fresh, in {}\n",
            self.plan.fresh,
            self.output.display()
        ));
        let left: Vec<&Entry> = self.plan.with(Action::Leave).collect();
        if !left.is_empty() {
            let stale = left
                .iter()
                .filter(|entry| entry.state == State::Stale)
                .count();
            let edited = left.len() - stale;
            let edited = if edited == 0 {
                String::new()
            } else {
                format!(", {edited} edited")
            };
            text.push_str(&format!(
                "{}{stale} stale{edited}{}: left; run `cargo gen`\n",
                colour::YELLOW,
                colour::PLAIN
            ));
        }
        text.push_str(&self.advice());
        text
    }

    fn list(&self, text: &mut String, entries: &[&Entry]) {
        let named = if self.flags.verbose {
            entries.len()
        } else {
            NAMED.min(entries.len())
        };
        for entry in entries.iter().take(named) {
            let colour = match entry.state {
                State::Fresh | State::Missing => colour::CYAN,
                State::Stale | State::Orphaned => colour::YELLOW,
                State::Edited | State::Foreign => colour::RED,
            };
            text.push_str(&format!(
                "{colour}{:<9}{}{}\n",
                entry.state.name(),
                colour::PLAIN,
                entry.path
            ));
        }
        if named < entries.len() {
            text.push_str(&format!(
                "and {} more; -v names them\n",
                entries.len() - named
            ));
        }
    }

    fn counts(&self, states: &[State]) -> String {
        let counted = states
            .iter()
            .map(|state| (self.plan.count(*state), state.name()))
            .filter(|(count, _)| *count > 0);
        counted
            .map(|(count, name)| format!("{count} {name}"))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// What to do about files that stay as they are.
    fn advice(&self) -> String {
        let mut text = String::new();
        let is_stuck = |state: State, action: Action| {
            self.plan
                .entries
                .iter()
                .any(|entry| entry.state == state && entry.action == action)
        };
        if is_stuck(State::Edited, Action::Reject) {
            let beside = if self.flags.check || self.flags.dry_run {
                ""
            } else {
                "; what gen would write is in <file>.rej"
            };
            text.push_str(&format!(
                "edited files were changed by hand{beside}: move the change into the template, or run \
                 `cargo gen --overwrite-edited`\n"
            ));
        }
        if is_stuck(State::Edited, Action::Refuse) {
            text.push_str(
                "edited files of models that have left the registry: keep the change elsewhere, then run \
                 `cargo gen --overwrite-edited`\n",
            );
        }
        if is_stuck(State::Foreign, Action::Refuse) {
            text.push_str(
                "foreign files carry no marker, so gen never touches them: move them away\n",
            );
        }
        text
    }
}
