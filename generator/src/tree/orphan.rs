//! Plans the removal of what was generated for something that has left the registry.

use std::collections::BTreeSet;
use std::path::Path;

use super::classify::State;
use super::disk::Disk;
use super::plan::{Action, Entry, Plan};
use crate::error::Result;
use crate::matrix::Matrix;
use crate::registry::{Platform, Registry, module_name};
use crate::render::{Provenance, paths, provenance};

/// Plans the removal of every generated file that the registry no longer asks for. A file without the marker is not the
/// generator's to remove; one that was changed by hand is left for its author to look at.
pub(super) fn plan(
    disk: &Disk,
    matrix: &Matrix<'_>,
    registry: &Registry,
    overwrites_edited: bool,
    plan: &mut Plan,
) -> Result<()> {
    let expected = expected(matrix, registry);
    let strays = disk.files().filter(|path| {
        Path::new(path)
            .extension()
            .is_some_and(|extension| extension == "rs")
            && !expected.contains(*path)
    });
    for path in strays {
        let Some(found) = disk.read(path)? else {
            continue;
        };
        let (state, action) = match provenance(&found) {
            Provenance::Foreign => continue,
            Provenance::Edited if !overwrites_edited => (State::Edited, Action::Refuse),
            Provenance::Edited | Provenance::Intact => (State::Orphaned, Action::Remove),
        };
        plan.entries.push(Entry {
            path: path.to_owned(),
            state,
            action,
            fresh: None,
            found: Some(found),
        });
    }
    Ok(())
}

/// The path of every file that the registry asks for.
fn expected(matrix: &Matrix<'_>, registry: &Registry) -> BTreeSet<String> {
    let mut expected: BTreeSet<String> = [paths::FAMILIES, paths::CATALOG, paths::CRATE]
        .into_iter()
        .map(str::to_owned)
        .collect();
    expected.extend(
        Platform::ALL
            .iter()
            .map(|platform| paths::test_process(*platform)),
    );
    expected.extend(
        registry
            .families
            .iter()
            .map(|family| paths::family(&module_name(&family.content.id))),
    );
    for row in &matrix.rows {
        let module = module_name(&row.model.id);
        expected.insert(paths::model(&module));
        for platform in Platform::ALL {
            expected.insert(paths::skill(&module, *platform));
            expected.insert(paths::test(&module, *platform));
        }
    }
    expected
}
