//! The registry in memory: typed files that still know where each value stands.

use super::family::{FamilyFile, ModelEntry};
use super::names::Platform;
use super::platform::PlatformFile;
use super::tree::{Mark, Node, Step};

/// Every file of the registry, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Registry {
    /// One file per platform, in the order of [`Platform::ALL`].
    pub platforms: Vec<Document<PlatformFile>>,
    /// One file per family, sorted by id.
    pub families: Vec<Document<FamilyFile>>,
}

impl Registry {
    /// The family with this id.
    #[must_use]
    pub fn family(&self, id: &str) -> Option<&Document<FamilyFile>> {
        let index = self
            .families
            .binary_search_by(|family| family.content.id.as_str().cmp(id))
            .ok()?;
        self.families.get(index)
    }

    /// Every model with its family, sorted by family and in the file's order within one.
    pub fn models(&self) -> impl Iterator<Item = (&Document<FamilyFile>, &ModelEntry)> {
        self.families.iter().flat_map(|family| {
            family
                .content
                .models
                .iter()
                .map(move |model| (family, model))
        })
    }

    /// The model with this id, and its family.
    #[must_use]
    pub fn model(&self, id: &str) -> Option<(&Document<FamilyFile>, &ModelEntry)> {
        self.models().find(|(_, model)| model.id == id)
    }

    /// The file of a platform.
    #[must_use]
    pub fn platform(&self, platform: Platform) -> Option<&Document<PlatformFile>> {
        self.platforms
            .iter()
            .find(|file| file.content.platform == platform)
    }
}

/// A file of the registry.
#[derive(Debug, Clone, PartialEq)]
pub struct Document<T> {
    /// Its path relative to the registry, with forward slashes: `families/bert.yaml`.
    pub path: String,
    /// Its content.
    pub content: T,
    pub(super) root: Node,
}

impl<T> Document<T> {
    /// Where the value at the end of a path stands; `None` where the file leaves it out.
    pub(crate) fn mark(&self, path: &[Step<'_>]) -> Option<Mark> {
        self.root.at(path).map(|node| node.mark)
    }
}
