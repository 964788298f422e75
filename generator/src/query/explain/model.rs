//! The values of a model that hold on every platform.

use super::facts::origin;
use super::{Fact, Overridden};
use crate::matrix::Row;
use crate::query::table::grouped;
use crate::registry::tree::Step;

/// What holds of the model on every platform.
pub(super) fn facts(row: &Row<'_>) -> Vec<Fact> {
    let model = [Step::Key("models"), Step::Index(row.index)];
    let at = |below: &[Step<'_>]| origin(row.family, &[&model[..], below].concat());
    let plain = |name, value, below: &[Step<'_>]| Fact {
        name,
        value,
        origin: at(below),
        overrides: Vec::new(),
        note: None,
    };
    let family_task = origin(row.family, &[Step::Key("task")]);
    let task = match row.model.task {
        None => Fact {
            name: "task",
            value: row.task.to_string(),
            origin: family_task,
            overrides: Vec::new(),
            note: None,
        },
        Some(task) => Fact {
            overrides: vec![Overridden {
                value: row.family.content.task.to_string(),
                origin: family_task,
            }],
            ..plain("task", task.to_string(), &[Step::Key("task")])
        },
    };
    let memory = row.model.memory;
    let memory = format!(
        "{} MiB at least, {} MiB recommended",
        memory.min_mib, memory.recommended_mib
    );
    let parameters = grouped(row.model.parameters);
    vec![
        task,
        plain(
            "checkpoint",
            row.model.hub_id.clone(),
            &[Step::Key("hub_id")],
        ),
        plain("parameters", parameters, &[Step::Key("parameters")]),
        plain("memory", memory, &[Step::Key("memory")]),
        builder(row),
    ]
}

fn builder(row: &Row<'_>) -> Fact {
    let architecture = &row.family.content.architecture;
    let absent = "none yet: the tests of its cells are ignored and say so";
    let section = architecture.recipe().map(|recipe| recipe.section());
    let (value, key) = (section.unwrap_or(absent), section.unwrap_or("name"));
    let origin = origin(row.family, &[Step::Key("architecture"), Step::Key(key)]);
    Fact {
        name: "builder",
        value: value.to_owned(),
        origin,
        overrides: Vec::new(),
        note: None,
    }
}
