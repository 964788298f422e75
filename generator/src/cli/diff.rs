//! The only module that names similar: what a run would change, as a unified diff.

use similar::TextDiff;

use crate::tree::{Action, Plan};

/// The unified diff of everything a plan writes or removes.
pub(super) fn unified(plan: &Plan) -> String {
    let mut text = String::new();
    for entry in plan.with(Action::Write).chain(plan.with(Action::Remove)) {
        let old = entry.found.as_deref().unwrap_or_default();
        let new = entry.fresh.as_ref().map_or("", |fresh| fresh.text.as_str());
        let nowhere = "/dev/null".to_owned();
        let from = entry
            .found
            .as_ref()
            .map_or_else(|| nowhere.clone(), |_| format!("a/{}", entry.path));
        let to = entry
            .fresh
            .as_ref()
            .map_or_else(|| nowhere.clone(), |_| format!("b/{}", entry.path));
        text.push_str(
            &TextDiff::from_lines(old, new)
                .unified_diff()
                .header(&from, &to)
                .to_string(),
        );
    }
    text
}
