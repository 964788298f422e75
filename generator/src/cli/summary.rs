//! What people are told of a run: the files that matter, the counts, and the way out.

use super::outcome::Outcome;
use super::terminal::colour;
use crate::tree::{Action, Entry, State};

/// Most files that are named without `--verbose`.
const NAMED: usize = 20;
/// The states that are counted, in this order.
const COUNTED: [State; 5] = [
    State::Missing,
    State::Stale,
    State::Edited,
    State::Foreign,
    State::Orphaned,
];

/// What `--check` came to.
pub(super) fn checked(outcome: &Outcome<'_>) -> String {
    let (plan, fresh) = (outcome.plan, outcome.plan.fresh);
    let mut lines = vec![outcome.source.to_string()];
    if outcome.is_good() {
        lines.push(format!(
            "{}: {}",
            painted(colour::GREEN, "up to date"),
            files(fresh)
        ));
        return joined(&lines);
    }
    lines.extend(named(outcome, plan.entries.iter().collect()));
    let total = files(plan.entries.len() + fresh);
    let counts = counts(&plan.entries.iter().collect::<Vec<_>>());
    lines.push(format!(
        "{}: of {total} {counts}",
        painted(colour::RED, "out of date")
    ));
    if outcome.stuck().count() < plan.entries.len() {
        lines.push("run `cargo gen`".to_owned());
    }
    lines.extend(advice(outcome));
    joined(&lines)
}

/// What a run that writes, or would, came to.
pub(super) fn generated(outcome: &Outcome<'_>) -> String {
    let plan = outcome.plan;
    let is_verbose = outcome.flags.verbose;
    let shown = if is_verbose {
        plan.entries.iter().collect()
    } else {
        outcome.stuck().collect()
    };
    let mut lines = vec![outcome.source.to_string()];
    lines.extend(named(outcome, shown));

    let with = |action| plan.with(action).collect::<Vec<&Entry>>();
    let (written, removed, left) = (
        with(Action::Write),
        with(Action::Remove),
        with(Action::Leave),
    );
    let (write, remove) = if outcome.flags.dry_run {
        ("would write", "remove")
    } else {
        ("wrote", "removed")
    };
    let mut line = format!("{} {}", painted(colour::GREEN, write), files(written.len()));
    if !written.is_empty() {
        line.push_str(&format!(" ({})", counts(&written)));
    }
    if !removed.is_empty() {
        line.push_str(&format!(", {remove} {}", removed.len()));
    }
    line.push_str(&format!(
        ", {} fresh, in {}",
        plan.fresh,
        outcome.output.display()
    ));
    lines.push(line);
    if !left.is_empty() {
        let counts = painted(colour::YELLOW, &counts(&left));
        lines.push(format!("{counts}: left as they are; run `cargo gen`"));
    }
    lines.extend(advice(outcome));
    joined(&lines)
}

/// A line for each file, by path; of many only the first, unless all are asked for.
fn named(outcome: &Outcome<'_>, mut entries: Vec<&Entry>) -> Vec<String> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let named = if outcome.flags.verbose {
        entries.len()
    } else {
        NAMED
    };
    let line = |entry: &&Entry| {
        let colour = match entry.state {
            State::Fresh | State::Missing => colour::CYAN,
            State::Stale | State::Orphaned => colour::YELLOW,
            State::Edited | State::Foreign => colour::RED,
        };
        format!(
            "{} {}",
            painted(colour, &format!("{:<8}", entry.state.name())),
            entry.path
        )
    };
    let mut lines: Vec<String> = entries.iter().take(named).map(line).collect();
    if entries.len() > named {
        lines.push(format!("and {} more; -v names them", entries.len() - named));
    }
    lines
}

/// What to do about files that stay as they are.
fn advice(outcome: &Outcome<'_>) -> Vec<String> {
    let is_stuck = |state: State, action: Action| {
        outcome
            .stuck()
            .any(|entry| entry.state == state && entry.action == action)
    };
    let is_writing = !outcome.flags.check && !outcome.flags.dry_run;
    let mut lines = Vec::new();
    if is_stuck(State::Edited, Action::Reject) {
        let beside = if is_writing {
            "; what gen would write is in <file>.rej"
        } else {
            ""
        };
        lines.push(format!(
            "edited files were changed by hand{beside}: move the change into the template, or run \
             `cargo gen --overwrite-edited`"
        ));
    }
    if is_stuck(State::Edited, Action::Refuse) {
        lines.push(
            "edited files without an entry in the registry: keep the change elsewhere, then run \
             `cargo gen --overwrite-edited`"
                .to_owned(),
        );
    }
    if is_stuck(State::Foreign, Action::Refuse) {
        lines.push(
            "foreign files carry no marker, so gen never touches them: move them away".to_owned(),
        );
    }
    lines
}

fn counts(entries: &[&Entry]) -> String {
    let count = |state: &State| entries.iter().filter(|entry| entry.state == *state).count();
    let counted = COUNTED.iter().map(|state| (count(state), state.name()));
    let words = counted
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"));
    words.collect::<Vec<_>>().join(", ")
}

fn files(count: usize) -> String {
    format!("{count} file{}", if count == 1 { "" } else { "s" })
}

fn painted(colour: &str, text: &str) -> String {
    format!("{colour}{text}{}", colour::PLAIN)
}

fn joined(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}
