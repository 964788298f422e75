//! What the templates of aggregates see: lists of what exists, in the order rustfmt gives them.

use serde::Serialize;

use crate::matrix::Row;
use crate::registry::{FamilyFile, Platform, PlatformFile, Profile, TaskName, module_name};
use crate::rust::{constant_name, version_order};

/// A family's module and constant.
#[derive(Debug, Clone, Serialize)]
pub struct FamilyName {
    module: String,
    constant: String,
}

impl FamilyName {
    fn new(family: &FamilyFile) -> Self {
        Self {
            module: module_name(&family.id),
            constant: constant_name(&family.id),
        }
    }
}

/// The list of families.
#[derive(Debug, Serialize)]
pub struct FamiliesView {
    families: Vec<FamilyName>,
    families_by_version: Vec<FamilyName>,
}

impl FamiliesView {
    /// The view of the families that exist.
    #[must_use]
    pub fn new(families: &[&FamilyFile]) -> Self {
        let mut families: Vec<FamilyName> = families
            .iter()
            .map(|family| FamilyName::new(family))
            .collect();
        families.sort_by(|a, b| a.module.cmp(&b.module));
        let mut families_by_version = families.clone();
        families_by_version.sort_by(|a, b| version_order(&a.module, &b.module));
        Self {
            families,
            families_by_version,
        }
    }
}

/// The compiled registry.
#[derive(Debug, Serialize)]
pub struct CatalogView<'a> {
    families: Vec<FamilyName>,
    models: Vec<String>,
    profiles: Vec<PlatformProfiles<'a>>,
    /// What is used of `runtime::catalog`, sorted.
    imports: Vec<&'static str>,
}

/// The devices of a platform whose times are predicted.
#[derive(Debug, Serialize)]
struct PlatformProfiles<'a> {
    platform: &'a str,
    constant: String,
    profiles: Vec<NamedProfile<'a>>,
}

/// A device with the constant that holds it.
#[derive(Debug, Serialize)]
struct NamedProfile<'a> {
    constant: String,
    #[serde(flatten)]
    profile: &'a Profile,
}

/// The constant with a platform's profiles; `None` where it has none.
pub(super) fn profiles_constant(platform: &PlatformFile) -> Option<String> {
    let is_profiled = !platform.profiles.is_empty();
    is_profiled.then(|| constant_name(&format!("{}-profiles", platform.platform)))
}

impl<'a> CatalogView<'a> {
    /// The view of the families and models that exist; both are listed by id.
    #[must_use]
    pub fn new(families: &[&FamilyFile], rows: &[&Row<'a>]) -> Self {
        let mut families = families.to_vec();
        families.sort_by(|a, b| a.id.cmp(&b.id));
        let mut ids: Vec<&str> = rows.iter().map(|row| row.model.id.as_str()).collect();
        ids.sort_unstable();
        // Every row has a cell of every platform.
        let cells = rows.first().map_or(&[][..], |row| row.cells.as_slice());
        let platforms = cells.iter().map(|cell| &cell.platform.content);
        let profiles: Vec<_> = platforms.filter_map(PlatformProfiles::new).collect();
        let imports = if profiles.is_empty() {
            vec!["Catalog"]
        } else {
            vec!["Catalog", "HeldOut", "Profile"]
        };
        Self {
            families: families.into_iter().map(FamilyName::new).collect(),
            models: ids.into_iter().map(module_name).collect(),
            profiles,
            imports,
        }
    }
}

impl<'a> PlatformProfiles<'a> {
    fn new(platform: &'a PlatformFile) -> Option<Self> {
        Some(Self {
            platform: &platform.title,
            constant: profiles_constant(platform)?,
            profiles: (1..)
                .zip(&platform.profiles)
                .map(|(number, profile)| NamedProfile {
                    constant: constant_name(&format!("{}-{number}", platform.platform)),
                    profile,
                })
                .collect(),
        })
    }
}

/// The crate's root.
#[derive(Debug, Serialize)]
pub struct CrateView {
    models: Vec<String>,
    aliases: Vec<Alias>,
    /// A name of a model whose skill on the CPU takes text, for the crate's documentation.
    example: Option<String>,
}

/// A family's name that stands for the module of its default model.
#[derive(Debug, Serialize)]
pub struct Alias {
    module: String,
    name: String,
}

impl CrateView {
    /// The view of the models that exist; `shown` are those that may stand for all in the documentation.
    #[must_use]
    pub fn new(rows: &[&Row<'_>], shown: &[&Row<'_>]) -> Self {
        let name = |row: &Row<'_>| module_name(&row.family.content.id);
        let alias = |row: &&Row<'_>| Alias {
            module: module_name(&row.model.id),
            name: name(row),
        };
        let mut aliases: Vec<Alias> = rows
            .iter()
            .filter(|row| row.model.is_default)
            .map(alias)
            .collect();
        // A family whose default model bears its name needs no alias.
        aliases.retain(|alias| alias.module != alias.name);
        aliases.sort_by(|a, b| version_order(&a.module, &b.module));
        let takes_text = |row: &&&Row<'_>| row.task == TaskName::FeatureExtraction;
        let default = shown
            .iter()
            .filter(takes_text)
            .find(|row| row.model.is_key && row.model.is_default);
        let any = || {
            shown
                .iter()
                .find(takes_text)
                .map(|row| module_name(&row.model.id))
        };
        Self {
            models: modules(rows),
            aliases,
            example: default.map(|row| name(row)).or_else(any),
        }
    }
}

/// The test process of a platform.
#[derive(Debug, Serialize)]
pub struct TestProcessView {
    platform: &'static str,
    platform_variant: &'static str,
    modules: Vec<String>,
}

impl TestProcessView {
    /// The view of the models whose tests exist on a platform.
    #[must_use]
    pub fn new(platform: Platform, rows: &[&Row<'_>]) -> Self {
        Self {
            platform: platform.name(),
            platform_variant: platform.variant(),
            modules: modules(rows),
        }
    }
}

fn modules(rows: &[&Row<'_>]) -> Vec<String> {
    let mut modules: Vec<String> = rows.iter().map(|row| module_name(&row.model.id)).collect();
    modules.sort_unstable();
    modules
}
