//! From a folder to a checked registry: read, parse, check, and only then build the typed values.

use std::path::Path;

use rayon::prelude::*;
use serde::de::DeserializeOwned;

use super::document::{Document, Registry};
use super::family::FamilyFile;
use super::fault::{Fault, FaultKind};
use super::faults::Faults;
use super::parse::{Found, parse};
use super::platform::PlatformFile;
use super::read::{self, Source};
use super::rules::{self, Tree, Trees};
use super::shape::Shapes;
use super::tree::{Mark, Node, Value};
use super::{check, schema};

/// Reads the registry in a folder.
///
/// # Errors
/// Every fault of every file, sorted; then nothing of the registry is usable.
pub fn load(root: &Path) -> Result<Registry, Faults> {
    let mut faults = Vec::new();
    let platforms = read::folder(root, "platforms", &mut faults);
    let families = read::folder(root, "families", &mut faults);
    build(&platforms, &families, faults)
}

/// Builds a registry from files that are in memory already, each with its path such as `families/bert.yaml`.
///
/// # Errors
/// As [`load`].
pub fn from_texts(files: &[(&str, &str)]) -> Result<Registry, Faults> {
    let of = |folder: &str| -> Vec<Source> {
        let named = files.iter().filter_map(|(path, text)| {
            let stem = path
                .strip_prefix(folder)?
                .strip_prefix('/')?
                .strip_suffix(".yaml")?;
            Some(Source {
                path: (*path).to_owned(),
                stem: stem.to_owned(),
                text: (*text).to_owned(),
            })
        });
        let mut sources: Vec<Source> = named.collect();
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        sources
    };
    build(&of("platforms"), &of("families"), Vec::new())
}

/// A source with what became of it.
struct Parsed<'s> {
    source: &'s Source,
    root: Option<Node>,
    found: Vec<Found>,
}

fn build(
    platforms: &[Source],
    families: &[Source],
    mut faults: Vec<Fault>,
) -> Result<Registry, Faults> {
    let mut platforms = parsed(platforms, &schema::PLATFORM);
    let mut families = parsed(families, &schema::FAMILY);
    faults.extend(rules::missing_platforms(
        platforms.iter().map(|file| file.source.stem.as_str()),
    ));
    for file in platforms.iter_mut().chain(&mut families) {
        let path = &file.source.path;
        let named = |(mark, key_path, kind)| Fault {
            file: path.clone(),
            mark,
            path: key_path,
            kind,
        };
        faults.extend(file.found.drain(..).map(named));
    }
    let trees = Trees {
        platforms: trees(&platforms),
        families: trees(&families),
    };
    rules::check(&trees, &mut faults);
    if let Some(faults) = Faults::new(faults) {
        return Err(faults);
    }
    let mut faults = Vec::new();
    let mut platforms: Vec<Document<PlatformFile>> = documents(platforms, &mut faults);
    let mut families: Vec<Document<FamilyFile>> = documents(families, &mut faults);
    platforms.sort_by_key(|file| file.content.platform);
    families.sort_by(|a, b| a.content.id.cmp(&b.content.id));
    Faults::new(faults).map_or(
        Ok(Registry {
            platforms,
            families,
        }),
        Err,
    )
}

fn parsed<'s>(sources: &'s [Source], shapes: &Result<Shapes, String>) -> Vec<Parsed<'s>> {
    let one = |source: &'s Source| {
        let mut found = Vec::new();
        let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
        if text.len() != source.text.len() {
            found.push((Mark::START, String::new(), FaultKind::ByteOrderMark));
        }
        let root = parse(text, &mut found).filter(|root| root.value != Value::Null);
        match (&root, shapes) {
            (Some(root), Ok(shapes)) => check::check(root, shapes, &mut found),
            (Some(_), Err(cause)) => found.push((Mark::START, String::new(), untyped(cause))),
            (None, _) if found.is_empty() => {
                let expected = "a mapping".to_owned();
                found.push((Mark::START, String::new(), FaultKind::Empty { expected }));
            }
            (None, _) => {}
        }
        Parsed {
            source,
            root,
            found,
        }
    };
    sources.par_iter().map(one).collect()
}

fn trees<'t>(files: &'t [Parsed<'_>]) -> Vec<Tree<'t>> {
    let tree = |file: &'t Parsed<'_>| {
        let root = file.root.as_ref()?;
        Some(Tree {
            path: &file.source.path,
            stem: &file.source.stem,
            root,
        })
    };
    files.iter().filter_map(tree).collect()
}

fn documents<T: DeserializeOwned>(
    files: Vec<Parsed<'_>>,
    faults: &mut Vec<Fault>,
) -> Vec<Document<T>> {
    let mut documents = Vec::with_capacity(files.len());
    for Parsed { source, root, .. } in files {
        let Some(root) = root else { continue };
        let path = source.path.clone();
        match serde_json::from_value(root.to_json()) {
            Ok(content) => documents.push(Document {
                path,
                content,
                root,
            }),
            Err(error) => {
                let kind = untyped(&error.to_string());
                faults.push(Fault {
                    file: path,
                    mark: Mark::START,
                    path: String::new(),
                    kind,
                });
            }
        }
    }
    documents
}

fn untyped(cause: &str) -> FaultKind {
    FaultKind::Untyped {
        cause: cause.to_owned(),
    }
}
