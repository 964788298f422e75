//! Looking things up in the catalogue by the names users type.

use super::{Catalog, Cell, Entry, Platform, Support};
use crate::error::Error;
use crate::skill::AnySkill;

/// How alike two names must be for one to be suggested in place of the other.
const LIKENESS: f64 = 0.7;

/// A name that is neither a model nor a family.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no model or family is called `{name}`{}", suggestion(nearest))]
pub struct UnknownModel {
    /// What was asked for.
    pub name: String,
    /// Names like it, most alike first.
    pub nearest: Vec<&'static str>,
}

fn suggestion(nearest: &[&str]) -> String {
    match nearest {
        [] => "; `cargo gen --list-only` lists them".to_owned(),
        names => format!("; did you mean `{}`?", names.join("`, `")),
    }
}

impl Catalog {
    /// The model of that id, or the default model of the family of that name.
    ///
    /// # Errors
    /// [`UnknownModel`] with the names most like it.
    pub fn find(&self, name: &str) -> Result<&'static Entry, UnknownModel> {
        let by_id = self.models.iter().find(|entry| entry.model.id == name);
        let by_family = || {
            self.models
                .iter()
                .find(|entry| entry.model.is_default && entry.model.family.id == name)
        };
        by_id
            .or_else(by_family)
            .copied()
            .ok_or_else(|| UnknownModel {
                name: name.to_owned(),
                nearest: self.nearest(name),
            })
    }

    fn nearest(&self, name: &str) -> Vec<&'static str> {
        let models = self.models.iter().map(|entry| entry.model.id);
        let families = self.families.iter().map(|family| family.id);
        let mut alike: Vec<_> = models
            .chain(families)
            .map(|known| (strsim::jaro_winkler(name, known), known))
            .filter(|(likeness, _)| *likeness >= LIKENESS)
            .collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        alike.dedup_by_key(|(_, known)| *known);
        alike.into_iter().take(3).map(|(_, known)| known).collect()
    }
}

impl Entry {
    /// The cell of a platform, where it was generated.
    #[must_use]
    pub fn cell(&self, platform: Platform) -> Option<&'static Cell> {
        self.cells
            .iter()
            .map(|(cell, _)| *cell)
            .find(|cell| cell.platform == platform)
    }

    /// The skill of a platform.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the registry says so, [`Error::InvalidInput`] where the cell was not generated.
    pub fn skill(&self, platform: Platform) -> Result<&'static dyn AnySkill, Error> {
        let model = self.model.id;
        let Some((cell, skill)) = self
            .cells
            .iter()
            .find(|(cell, _)| cell.platform == platform)
        else {
            return Err(Error::InvalidInput(format!(
                "`{model}` has no code for {platform}; `cargo gen --generate {model} --platform {platform}` writes it"
            )));
        };
        match (skill, cell.support) {
            (Some(skill), _) => Ok(*skill),
            (None, Support::Unsupported { reason }) => Err(Error::Unsupported {
                model,
                platform,
                reason,
            }),
            (None, Support::Native | Support::Simulated { .. }) => Err(Error::InvalidInput(
                format!("`{model}` has no skill for {platform}; `cargo gen` writes it"),
            )),
        }
    }
}
