//! Every kind of generated file: its path, its template, and its text from the registry.

use std::fmt;

use serde::Serialize;

use super::header::stamp;
use super::language::vision_language;
use crate::error::{Error, Result};
use crate::matrix::{Cell, Row};
use crate::registry::recipe::Recipe;
use crate::registry::{Document, FamilyFile, Platform};
use crate::rust::{lay_out, raw_str_literal};
use crate::template::{Template, Templates};
use crate::view::json;
use crate::view::{
    CatalogView, CellName, CrateView, FamiliesView, FamilyView, ModelView, SkillView,
    TestProcessView, TestView,
};

/// A rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its path below the output folder, with forward slashes.
    pub path: String,
    /// Its whole text.
    pub text: String,
    /// What it was rendered from.
    pub template: Template,
    /// What it is about.
    pub subject: Subject,
}

/// What a generated file is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One cell.
    Cell(String, Platform),
    /// One model.
    Model(String),
    /// One family.
    Family(String),
    /// One platform.
    Platform(Platform),
    /// The whole registry.
    Registry,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell(model, platform) => write!(f, "model {model}, platform {platform}"),
            Self::Model(model) => write!(f, "model {model}"),
            Self::Family(family) => write!(f, "family {family}"),
            Self::Platform(platform) => write!(f, "platform {platform}"),
            Self::Registry => f.write_str("the whole registry"),
        }
    }
}

/// Paths of generated files below the output folder.
pub mod paths {
    use crate::registry::Platform;

    /// The list of families.
    pub const FAMILIES: &str = "src/families/mod.rs";
    /// The compiled registry.
    pub const CATALOG: &str = "src/catalog.rs";
    /// The crate's root.
    pub const CRATE: &str = "src/lib.rs";

    /// A cell, by the model's module.
    #[must_use]
    pub fn skill(module: &str, platform: Platform) -> String {
        format!("src/{module}/{platform}.rs")
    }

    /// A model, by its module.
    #[must_use]
    pub fn model(module: &str) -> String {
        format!("src/{module}/mod.rs")
    }

    /// A family, by its module.
    #[must_use]
    pub fn family(module: &str) -> String {
        format!("src/families/{module}.rs")
    }

    /// The checks of a cell, by the model's module.
    #[must_use]
    pub fn test(module: &str, platform: Platform) -> String {
        format!("tests/{platform}/{module}.rs")
    }

    /// The test process of a platform.
    #[must_use]
    pub fn test_process(platform: Platform) -> String {
        format!("tests/{platform}/main.rs")
    }
}

/// Renders files.
#[derive(Debug, Clone, Copy)]
pub struct Renderer<'a> {
    /// What they are rendered with.
    pub templates: &'a Templates,
}

impl Renderer<'_> {
    /// A cell and its skill.
    pub fn skill(self, module: &str, row: &Row<'_>, cell: &Cell<'_>) -> Result<Rendered> {
        let platform = cell.platform.content.platform;
        let subject = Subject::Cell(row.model.id.clone(), platform);
        let path = paths::skill(module, platform);
        self.file(
            path,
            Template::Skill,
            subject,
            &row.family.path,
            &SkillView::new(row, cell),
        )
    }

    /// The checks of a cell.
    pub fn test(self, module: &str, row: &Row<'_>, cell: &Cell<'_>) -> Result<Rendered> {
        let platform = cell.platform.content.platform;
        let is_supported = cell.support.value.is_supported();
        let template = if is_supported {
            Template::Test
        } else {
            Template::UnsupportedTest
        };
        let subject = Subject::Cell(row.model.id.clone(), platform);
        self.file(
            paths::test(module, platform),
            template,
            subject,
            &row.family.path,
            &TestView::new(row, cell),
        )
    }

    /// A model with the cells that exist.
    pub fn model(self, module: &str, row: &Row<'_>, cells: Vec<CellName>) -> Result<Rendered> {
        let subject = Subject::Model(row.model.id.clone());
        self.file(
            paths::model(module),
            Template::Model,
            subject,
            &row.family.path,
            &ModelView::new(row, cells),
        )
    }

    /// A family.
    pub fn family(self, module: &str, family: &Document<FamilyFile>) -> Result<Rendered> {
        let subject = Subject::Family(family.content.id.clone());
        let body = self.family_body(&family.content);
        let body = body.map_err(|error| about(&subject, error))?;
        Ok(rendered(
            paths::family(module),
            Template::Family,
            subject,
            &family.path,
            &body,
        ))
    }

    fn family_body(self, family: &FamilyFile) -> Result<String> {
        let templates = self.templates;
        let recipe = match family.architecture.recipe() {
            None => None,
            Some(Recipe::AudioEncoder(recipe)) => {
                Some(templates.render(Template::AudioEncoder, recipe)?)
            }
            Some(Recipe::AudioTextTowers(recipe)) => {
                let defaults = raw_str_literal(&json::pretty(&recipe.defaults));
                Some(templates.render_around(
                    Template::AudioTextTowers,
                    recipe,
                    &[("defaults_json", Some(&defaults))],
                )?)
            }
            Some(Recipe::Decoder(recipe)) => Some(templates.render(Template::Decoder, recipe)?),
            Some(Recipe::EncoderDecoder(recipe)) => {
                Some(templates.render(Template::EncoderDecoder, recipe)?)
            }
            Some(Recipe::TextEncoder(recipe)) => {
                Some(templates.render(Template::TextEncoder, recipe)?)
            }
            Some(Recipe::VisionTransformer(recipe)) => {
                Some(templates.render(Template::VisionTransformer, recipe)?)
            }
            Some(Recipe::HierarchicalVision(recipe)) => {
                Some(templates.render(Template::HierarchicalVision, recipe)?)
            }
            Some(Recipe::Convolutional(recipe)) => {
                Some(templates.render(Template::Convolutional, recipe)?)
            }
            Some(Recipe::Detector(recipe)) => Some(templates.render(Template::Detector, recipe)?),
            Some(Recipe::PromptableSegmenter(recipe)) => {
                Some(templates.render(Template::PromptableSegmenter, recipe)?)
            }
            Some(Recipe::MixTransformer(recipe)) => {
                Some(templates.render(Template::MixTransformer, recipe)?)
            }
            Some(Recipe::SpeechSynthesizer(recipe)) => {
                Some(templates.render(Template::SpeechSynthesizer, recipe)?)
            }
            Some(Recipe::DualTower(recipe)) => {
                let defaults = raw_str_literal(&json::pretty(&recipe.defaults));
                let preprocessor = recipe.preprocessor.as_ref().map(json::pretty);
                let preprocessor = preprocessor.map(|text| raw_str_literal(&text));
                Some(templates.render_around(
                    Template::DualTower,
                    recipe,
                    &[
                        ("defaults_json", Some(&defaults)),
                        ("preprocessor_json", preprocessor.as_deref()),
                    ],
                )?)
            }
            Some(Recipe::VisionLanguage(recipe)) => Some(vision_language(templates, recipe)?),
        };
        let view = FamilyView::new(family);
        templates.render_around(Template::Family, &view, &[("recipe", recipe.as_deref())])
    }

    /// The list of the families that exist.
    pub fn families(self, families: &[&FamilyFile]) -> Result<Rendered> {
        self.aggregate(
            paths::FAMILIES,
            Template::Families,
            &FamiliesView::new(families),
        )
    }

    /// The compiled registry of the families and models that exist.
    pub fn catalog(self, families: &[&FamilyFile], rows: &[&Row<'_>]) -> Result<Rendered> {
        self.aggregate(
            paths::CATALOG,
            Template::Catalog,
            &CatalogView::new(families, rows),
        )
    }

    /// The crate's root, with the models that exist, and those whose skill its documentation may show.
    pub fn crate_root(self, rows: &[&Row<'_>], shown: &[&Row<'_>]) -> Result<Rendered> {
        self.aggregate(paths::CRATE, Template::Crate, &CrateView::new(rows, shown))
    }

    /// The test process of a platform, with the models whose tests exist.
    pub fn test_process(self, platform: Platform, rows: &[&Row<'_>]) -> Result<Rendered> {
        let path = paths::test_process(platform);
        let view = TestProcessView::new(platform, rows);
        self.file(
            path,
            Template::TestProcess,
            Subject::Platform(platform),
            "families",
            &view,
        )
    }

    fn aggregate<V: Serialize>(self, path: &str, template: Template, view: &V) -> Result<Rendered> {
        self.file(
            path.to_owned(),
            template,
            Subject::Registry,
            "families",
            view,
        )
    }

    fn file<V: Serialize>(
        self,
        path: String,
        template: Template,
        subject: Subject,
        source: &str,
        view: &V,
    ) -> Result<Rendered> {
        let body = self.templates.render(template, view);
        let body = body.map_err(|error| about(&subject, error))?;
        Ok(rendered(path, template, subject, source, &body))
    }
}

fn rendered(
    path: String,
    template: Template,
    subject: Subject,
    source: &str,
    body: &str,
) -> Rendered {
    let text = stamp(&format!("model_registry/{source}"), &lay_out(body));
    Rendered {
        path,
        text,
        template,
        subject,
    }
}

fn about(subject: &Subject, error: Error) -> Error {
    Error::About {
        subject: subject.to_string(),
        source: Box::new(error),
    }
}
