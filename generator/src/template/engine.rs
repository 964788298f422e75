//! The only module, with the filters, that names tera: fills templates in.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::Serialize;
use tera::{Context, ErrorKind, Tera, Value};

use super::filter;
use super::kind::Template;
use super::load::TemplateFile;
use crate::error::{Error, Result};
use crate::registry::text::nearest;

/// Where a user's own template may include something that has no counterpart among the built-in ones.
const PARTIALS: &str = "partials/";

/// Every template, parsed.
#[derive(Debug)]
pub struct Templates {
    tera: Tera,
    origins: BTreeMap<String, PathBuf>,
}

impl Templates {
    /// Parses the built-in templates with a user's own ones in their place, file by file.
    ///
    /// # Errors
    /// When a template is missing, is one that nothing renders, or is not well-formed.
    pub fn parse(built_in: Vec<TemplateFile>, own: Vec<TemplateFile>) -> Result<Self> {
        let mut files: BTreeMap<String, TemplateFile> = built_in
            .into_iter()
            .map(|file| (file.path.clone(), file))
            .collect();
        for file in own {
            let is_known = files.contains_key(&file.path)
                || Template::ALL.iter().any(|one| one.path() == file.path);
            if !is_known && !file.path.starts_with(PARTIALS) {
                let known: Vec<&str> = files.keys().map(String::as_str).collect();
                let nearest = nearest(&file.path, &known);
                return Err(Error::StrayTemplate {
                    path: file.origin,
                    nearest,
                });
            }
            files.insert(file.path.clone(), file);
        }
        if let Some(missing) = Template::ALL
            .iter()
            .find(|one| !files.contains_key(one.path()))
        {
            return Err(Error::MissingTemplate {
                path: missing.path(),
            });
        }
        let mut tera = Tera::new();
        filter::register(&mut tera);
        tera.autoescape_on([".tera"]);
        tera.set_escape_fn(refuse);
        // Git may check text out with carriage returns; what is rendered must not depend on that.
        let texts = files
            .values()
            .map(|file| (file.path.as_str(), file.text.replace('\r', "")));
        tera.add_raw_templates(texts)
            .map_err(|source| Error::Template { source })?;
        Ok(Self {
            tera,
            origins: files
                .into_values()
                .map(|file| (file.path, file.origin))
                .collect(),
        })
    }

    /// Fills a template in.
    ///
    /// # Errors
    /// When the template asks for what the view does not have, or writes a value without a filter.
    pub fn render<V: Serialize>(&self, template: Template, view: &V) -> Result<String> {
        let context = Context::from_serialize(view).map_err(|source| Error::Template { source })?;
        self.fill(template, &context)
    }

    /// Fills a template in, some variables of which are Rust that is rendered already.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub fn render_around<V: Serialize>(
        &self,
        template: Template,
        view: &V,
        code: &[(&'static str, Option<&str>)],
    ) -> Result<String> {
        let mut context =
            Context::from_serialize(view).map_err(|source| Error::Template { source })?;
        for (name, code) in code {
            context.insert_value(*name, code.map_or_else(Value::none, Value::safe_string));
        }
        self.fill(template, &context)
    }

    /// The file a template was read from.
    #[must_use]
    pub fn origin(&self, template: Template) -> PathBuf {
        self.origins
            .get(template.path())
            .cloned()
            .unwrap_or_else(|| template.path().into())
    }

    fn fill(&self, template: Template, context: &Context) -> Result<String> {
        self.tera
            .render(template.path(), context)
            .map_err(|source| match source.kind() {
                ErrorKind::Io(_) => Error::UnfilteredValue {
                    path: self.origin(template),
                },
                _ => Error::Template { source },
            })
    }
}

/// In place of escaping: a value that went through none of the filters is not written at all.
fn refuse(_: &str, _: &mut dyn io::Write) -> io::Result<()> {
    Err(io::ErrorKind::InvalidData.into())
}
