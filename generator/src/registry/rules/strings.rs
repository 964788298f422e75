//! Rule: no key and no string, however it is written, carries a character that controls how text is shown.
//!
//! Such characters can make generated code read otherwise than it runs; rustc denies them in literals.

use super::{Report, Tree, Trees};
use crate::registry::fault::FaultKind;
use crate::registry::text::controls_display;
use crate::registry::tree::{Mark, Node, Step, Value};

pub(super) fn check(trees: &Trees<'_>, report: &mut Report<'_>) {
    for tree in trees.all() {
        node(tree, tree.root, &mut Vec::new(), report);
    }
}

fn node<'t>(tree: &Tree<'t>, at: &'t Node, path: &mut Vec<Step<'t>>, report: &mut Report<'_>) {
    match &at.value {
        Value::Text(text) => string(tree, at.mark, text, path, report),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                node(tree, item, path, report);
                path.pop();
            }
        }
        Value::Map(pairs) => {
            for pair in pairs {
                path.push(Step::Key(&pair.key));
                string(tree, pair.mark, &pair.key, path, report);
                node(tree, &pair.value, path, report);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Broken => {}
    }
}

fn string(tree: &Tree<'_>, mark: Mark, text: &str, path: &[Step<'_>], report: &mut Report<'_>) {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return;
    }
    if let Some(character) = text.chars().find(|c| controls_display(*c)) {
        report.add(
            tree,
            mark,
            path,
            FaultKind::ControlCharacter {
                found: character.into(),
            },
        );
    }
}
