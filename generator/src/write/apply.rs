//! Carries a plan out, in an order that an interruption cannot turn into a tree that lists what is not there.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;

use super::atomic;
use crate::error::{Error, Result};
use crate::template::Template;
use crate::tree::{Action, Disk, Entry, Plan};

/// Writes what a plan writes, then removes what it removes.
///
/// # Errors
/// When a file cannot be written or removed; those before it are done, and a rerun does the rest.
pub fn apply(disk: &Disk, plan: &Plan) -> Result<()> {
    let root = disk.root();
    let written: Vec<&Entry> = plan
        .with(Action::Write)
        .chain(plan.with(Action::Reject))
        .collect();
    let folders: BTreeSet<&str> = written
        .iter()
        .filter_map(|entry| entry.path.rsplit_once('/'))
        .map(|(folder, _)| folder)
        .collect();
    for folder in folders {
        let path = root.join(folder);
        fs::create_dir_all(&path).map_err(|source| Error::Write { path, source })?;
    }
    // What is listed comes before what lists it.
    let (cells, lists): (Vec<&Entry>, Vec<&Entry>) =
        written.into_iter().partition(|entry| !is_list(entry));
    cells.par_iter().try_for_each(|entry| write(root, entry))?;
    lists.iter().try_for_each(|entry| write(root, entry))?;
    let left_over = disk.files().filter(|path| atomic::is_left_over(path));
    let settled = plan.settled.iter().map(String::as_str);
    for path in plan
        .with(Action::Remove)
        .map(|entry| entry.path.as_str())
        .chain(settled)
        .chain(left_over)
    {
        remove(root, path)?;
    }
    Ok(())
}

fn is_list(entry: &Entry) -> bool {
    use Template::{Catalog, Crate, Families, Model, TestProcess};
    let template = entry.fresh.as_ref().map(|fresh| fresh.template);
    matches!(
        template,
        Some(Model | Families | Catalog | Crate | TestProcess)
    )
}

fn write(root: &Path, entry: &Entry) -> Result<()> {
    let Some(fresh) = &entry.fresh else {
        return Ok(());
    };
    let suffix = if entry.action == Action::Reject {
        ".rej"
    } else {
        ""
    };
    let path = root.join(format!("{}{suffix}", entry.path));
    atomic::write(&path, &fresh.text).map_err(|source| Error::Write { path, source })
}

/// Removes a file, and its folder where nothing else is in it.
fn remove(root: &Path, path: &str) -> Result<()> {
    let path = root.join(path);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(Error::Write { path, source });
        }
        _ => {}
    }
    // A folder that holds something else stays; that is what the failure says.
    path.parent().map(fs::remove_dir).and_then(io::Result::ok);
    Ok(())
}
