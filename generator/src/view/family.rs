//! What a family's template sees.

use serde::Serialize;

use super::json;
use crate::registry::FamilyFile;

/// A family. Its recipe is rendered by a template of its own and placed beside this.
#[derive(Debug, Serialize)]
pub struct FamilyView<'a> {
    id: &'a str,
    title: &'a str,
    group: &'static str,
    modality: &'static str,
    architecture: &'a str,
    reference: Option<&'a str>,
    /// JSON of the synthetic checkpoint's `config.json`.
    config: String,
    /// JSON of the synthetic checkpoint's `preprocessor_config.json`.
    preprocessor: Option<String>,
}

impl<'a> FamilyView<'a> {
    /// The view of a family.
    #[must_use]
    pub fn new(family: &'a FamilyFile) -> Self {
        let architecture = &family.architecture;
        Self {
            id: &family.id,
            title: &family.title,
            group: family.group.variant(),
            modality: family.modality.variant(),
            architecture: &architecture.name,
            reference: architecture.reference.as_deref(),
            config: json::pretty(&architecture.synthetic.config),
            preprocessor: architecture
                .synthetic
                .preprocessor
                .as_ref()
                .map(json::pretty),
        }
    }
}
