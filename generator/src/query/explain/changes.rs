//! The edits that would change a cell, from the narrowest reach to the widest.

use super::Change;
use super::facts::{Layers, origin};
use crate::matrix::{Cell, Layer, Row};
use crate::registry::Claim;
use crate::registry::text::Listed;
use crate::registry::tree::Step;

/// The edits that would change a cell.
pub(super) fn of(row: &Row<'_>, cell: &Cell<'_>) -> Vec<Change> {
    let layers = Layers { row, cell };
    let mut changes = vec![of_model(&layers)];
    changes.extend(of_family(&layers));
    changes.extend(of_platform(&layers));
    changes.extend(of_allowed(&layers));
    changes
}

fn of_model(layers: &Layers<'_, '_>) -> Change {
    let (row, platform) = (layers.row, layers.cell.platform.content.platform);
    let reach = "this model on this platform".to_owned();
    let model = [Step::Key("models"), Step::Index(row.index)];
    let file = row.family.path.clone();
    let line = |path: &[Step<'_>]| origin(row.family, path).map_or(1, |origin| origin.mark.line);
    if layers.of_model().is_some() {
        let path = [
            &model[..],
            &[Step::Key("platforms"), Step::Key(platform.name())],
        ]
        .concat();
        let edit = format!("edit models[{}].platforms.{platform}", row.index);
        return Change {
            reach,
            edit,
            line: line(&path),
            file,
        };
    }
    let edit = format!(
        "add platforms.{platform} with a reason to models[{}]",
        row.index
    );
    Change {
        reach,
        edit,
        line: line(&model),
        file,
    }
}

fn of_family(layers: &Layers<'_, '_>) -> Vec<Change> {
    let (row, platform) = (layers.row, layers.cell.platform.content.platform);
    let file = row.family.path.clone();
    let line = |path: &[Step<'_>]| origin(row.family, path).map_or(1, |origin| origin.mark.line);
    let reach = format!("every {} on this platform", row.family.content.title);
    let Some((exception, holds)) = layers.of_family() else {
        let edit = format!("add platforms.{platform} with a reason");
        return vec![Change {
            reach,
            edit,
            line: line(&[Step::Key("platforms")]),
            file,
        }];
    };
    let path = [Step::Key("platforms"), Step::Key(platform.name())];
    let edit = format!("edit or remove platforms.{platform}");
    let mut changes = vec![Change {
        reach,
        edit,
        line: line(&path),
        file: file.clone(),
    }];
    if exception.above_parameters.is_some() {
        let path = [&path[..], &[Step::Key("above_parameters")]].concat();
        let edit = format!(
            "{} platforms.{platform}.above_parameters",
            if holds { "raise" } else { "lower" }
        );
        let reach = "models of this size".to_owned();
        changes.push(Change {
            reach,
            edit,
            line: line(&path),
            file,
        });
    }
    changes
}

/// The platform's default, where nothing overrides it.
fn of_platform(layers: &Layers<'_, '_>) -> Option<Change> {
    let file = layers.cell.platform;
    let place = origin(file, &[Step::Key("support"), Step::Key("default")])?;
    (layers.cell.support.by == Layer::Platform).then(|| Change {
        reach: "every model without an exception here".to_owned(),
        edit: "edit support.default".to_owned(),
        file: place.file,
        line: place.mark.line,
    })
}

/// What no family may claim before the platform's file allows it.
fn of_allowed(layers: &Layers<'_, '_>) -> Option<Change> {
    let file = layers.cell.platform;
    let barred: Vec<&Claim> = Claim::ALL
        .iter()
        .filter(|claim| !file.content.support.allowed.contains(claim))
        .collect();
    let place = origin(file, &[Step::Key("support"), Step::Key("allowed")])?;
    (!barred.is_empty()).then(|| Change {
        reach: format!("to claim {} here", Listed(&barred)),
        edit: "add it to support.allowed first".to_owned(),
        file: place.file,
        line: place.mark.line,
    })
}
