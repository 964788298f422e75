//! Reports for documents: tables as GitHub's Markdown writes them.

use super::{Write, plain};
use crate::report::document::{Block, Cell, Mark, Table};
use crate::report::model::Report;
use crate::report::sections::document;

pub(super) struct Markdown;

impl Write for Markdown {
    fn write(&self, report: &Report<'_>) -> String {
        let document = document(report);
        let mut text = format!("# {}\n", escaped(&document.title));
        text += &blocks(&document.lead);
        for part in &document.parts {
            text += &format!("\n## {}\n", escaped(&part.title));
            for section in &part.sections {
                text += &format!("\n### {}\n", escaped(&section.title));
                text += &blocks(&section.blocks);
            }
        }
        text
    }
}

fn blocks(blocks: &[Block]) -> String {
    let block = |block: &Block| match block {
        Block::Paragraph(text) => format!("\n{}\n", escaped(text)),
        Block::List(items) => {
            let items = items.iter().map(|item| format!("* {}\n", escaped(item)));
            format!("\n{}", items.collect::<String>())
        }
        Block::Table(found) => table(found),
        // The tables hold what charts show.
        Block::Figures(_) => String::new(),
    };
    blocks.iter().map(block).collect()
}

fn table(table: &Table) -> String {
    let titles = table.columns.iter().map(|column| escaped(&column.title));
    let rules = table
        .columns
        .iter()
        .map(|column| if column.is_number { "--:" } else { ":--" }.to_owned());
    let mut text = format!(
        "\n{}\n\n{}{}",
        escaped(&table.caption),
        line(titles),
        line(rules)
    );
    for row in &table.rows {
        text += &line(row.iter().map(cell));
    }
    text
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

fn cell(cell: &Cell) -> String {
    let text = escaped(&cell.text);
    match (cell.mark, &cell.evidence) {
        (Mark::Simulated, _) if !text.contains("simulated") => format!("_{text} (simulated)_"),
        (Mark::Absent, Some(reason)) if cell.text == "–" => format!("– ({})", escaped(reason)),
        _ => text,
    }
}

/// Text that Markdown takes for nothing but text, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(
            escaped("a|b <script> [x](y) *z* `w`\nnext"),
            "a\\|b &lt;script&gt; \\[x\\](y) \\*z\\* \\`w\\` next"
        );
    }
}
