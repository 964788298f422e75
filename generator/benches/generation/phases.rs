//! How long each phase takes by itself, on one thread.

use std::time::Instant;

use generator::matrix;
use generator::registry;
use generator::render::{Rendered, Renderer, check};
use generator::template::{Template, Templates, read_folder};
use generator::view::{SkillView, TestView};
use serde_json::{Value, json};

use super::registry::Workspace;
use super::row;

/// Prints the phases; returns every cell's template with its view as JSON and what it renders.
pub(crate) fn measure(workspace: &Workspace) -> Vec<Value> {
    let start = Instant::now();
    let registry =
        registry::load(&workspace.root().join("model_registry")).expect("a sound registry");
    let matrix = matrix::resolve(&registry);
    let files = matrix.rows.len() * 14;
    row(
        "  load and resolve the registry",
        start.elapsed(),
        files,
        "",
    );

    let built_in = read_folder(&workspace.root().join("templates")).expect("templates");
    let templates = Templates::parse(built_in, Vec::new()).expect("sound templates");
    let mut cells = Vec::with_capacity(files);
    let mut texts = 0;
    let start = Instant::now();
    for row in &matrix.rows {
        for cell in &row.cells {
            texts += templates
                .render(Template::Skill, &SkillView::new(row, cell))
                .expect("a skill")
                .len();
            texts += templates
                .render(test(cell), &TestView::new(row, cell))
                .expect("a test")
                .len();
        }
    }
    row("  views and tera", start.elapsed(), files, "");
    assert!(texts > 0);

    let renderer = Renderer {
        templates: &templates,
    };
    let start = Instant::now();
    let mut rendered: Vec<Rendered> = Vec::with_capacity(files);
    for row in &matrix.rows {
        for cell in &row.cells {
            rendered.push(renderer.skill("module", row, cell).expect("a skill"));
            rendered.push(renderer.test("module", row, cell).expect("a test"));
        }
    }
    row("  views, tera, layout, hash", start.elapsed(), files, "");
    let start = Instant::now();
    for file in &rendered {
        check(file, &templates).expect("Rust");
    }
    row("  parse with syn", start.elapsed(), files, "");

    for row in &matrix.rows {
        for cell in &row.cells {
            let skill = SkillView::new(row, cell);
            let text = templates.render(Template::Skill, &skill).expect("a skill");
            cells.push(json!({ "template": Template::Skill.path(), "view": skill, "text": text }));
            let view = TestView::new(row, cell);
            let text = templates.render(test(cell), &view).expect("a test");
            cells.push(json!({ "template": test(cell).path(), "view": view, "text": text }));
        }
    }
    cells
}

fn test(cell: &matrix::Cell<'_>) -> Template {
    if cell.support.value.is_supported() {
        Template::Test
    } else {
        Template::UnsupportedTest
    }
}
