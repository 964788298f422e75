//! The recipe of a language model that sees pictures: templates inside of templates.

use serde::Serialize;

use crate::error::Result;
use crate::registry::recipe::VisionLanguage;
use crate::rust::raw_str_literal;
use crate::template::{Template, Templates};
use crate::view::json;

/// What a language's template sees.
#[derive(Serialize)]
struct LanguageView<'a> {
    model_type: &'a str,
}

/// How far the recipe of a language stands in.
const INDENT: &str = "            ";

/// The Rust of the recipe.
pub(super) fn vision_language(templates: &Templates, recipe: &VisionLanguage) -> Result<String> {
    let mut languages = Vec::with_capacity(recipe.languages.len());
    for language in &recipe.languages {
        let defaults = raw_str_literal(&json::pretty(&language.defaults));
        let decoder = templates.render(Template::Decoder, &language.decoder)?;
        let decoder = decoder.replace('\n', &format!("\n{INDENT}"));
        let code: [(&'static str, Option<&str>); 2] = [
            ("defaults_json", Some(&defaults)),
            ("recipe_code", Some(&decoder)),
        ];
        let view = LanguageView {
            model_type: &language.model_type,
        };
        languages.push(templates.render_around(Template::Language, &view, &code)?);
    }
    let defaults = raw_str_literal(&json::pretty(&recipe.defaults));
    let languages = languages.join("\n");
    let code: [(&'static str, Option<&str>); 2] = [
        ("defaults_json", Some(&defaults)),
        ("languages_code", Some(&languages)),
    ];
    templates.render_around(Template::VisionLanguage, recipe, &code)
}
