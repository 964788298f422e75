//! What a schema cannot say: the rules that span keys and files, in one ordered list.

mod architecture;
mod exceptions;
mod file_names;
mod models;
mod modules;
mod platforms;
mod resources;
mod strings;
mod tower_keys;

pub(super) use self::file_names::missing as missing_platforms;

use super::fault::{Fault, FaultKind};
use super::names::{Claim, Platform, Precision};
use super::tree::{KeyPath, Mark, Node, Step};

/// Every rule. They read the trees and skip what is not there, so that one fault never hides another.
const RULES: &[fn(&Trees<'_>, &mut Report<'_>)] = &[
    file_names::check,
    platforms::check,
    models::check,
    modules::check,
    resources::check,
    exceptions::check,
    architecture::check,
    strings::check,
];

/// Reports everything the rules find.
pub(super) fn check(trees: &Trees<'_>, faults: &mut Vec<Fault>) {
    let mut report = Report { faults };
    for rule in RULES {
        rule(trees, &mut report);
    }
}

/// The trees of all files, as far as they could be read.
pub(super) struct Trees<'t> {
    /// `platforms/*.yaml`.
    pub(super) platforms: Vec<Tree<'t>>,
    /// `families/*.yaml`.
    pub(super) families: Vec<Tree<'t>>,
}

impl<'t> Trees<'t> {
    fn all(&self) -> impl Iterator<Item = &Tree<'t>> {
        self.platforms.iter().chain(&self.families)
    }

    fn platform(&self, platform: Platform) -> Option<&Tree<'t>> {
        self.platforms
            .iter()
            .find(|tree| tree.stem == platform.name())
    }
}

/// The tree of one file.
#[derive(Clone, Copy)]
pub(super) struct Tree<'t> {
    /// The file, relative to the registry.
    pub(super) path: &'t str,
    /// Its name without `.yaml`.
    pub(super) stem: &'t str,
    /// Its content.
    pub(super) root: &'t Node,
}

impl<'t> Tree<'t> {
    fn models(self) -> impl Iterator<Item = (usize, &'t Node)> {
        self.root
            .field("models")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .enumerate()
    }

    /// The names of a list two keys below the root, of those that are names.
    fn names<T>(
        self,
        section: &str,
        key: &str,
        named: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let list = self.root.field(section)?.field(key)?;
        Some(
            list.items()
                .iter()
                .filter_map(|item| named(item.text()?))
                .collect(),
        )
    }

    fn claims(self) -> Option<Vec<Claim>> {
        self.names("support", "allowed", Claim::named)
            .filter(|claims| !claims.is_empty())
    }

    fn precisions(self, key: &str) -> Option<Vec<Precision>> {
        self.names("precisions", key, Precision::named)
            .filter(|precisions| !precisions.is_empty())
    }
}

/// Collects what the rules find.
struct Report<'f> {
    faults: &'f mut Vec<Fault>,
}

impl Report<'_> {
    fn add(&mut self, tree: &Tree<'_>, mark: Mark, path: &[Step<'_>], kind: FaultKind) {
        let (file, path) = (tree.path.to_owned(), KeyPath(path).to_string());
        self.faults.push(Fault {
            file,
            mark,
            path,
            kind,
        });
    }
}
