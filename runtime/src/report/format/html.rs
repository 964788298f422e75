//! Reports as one page that needs nothing else: no network, no script to read it, no font.

use super::{Write, plain};
use crate::report::chart::{Colour, PALETTE, svg, swatch};
use crate::report::document::{Block, Cell, Document, Figure, Mark, Part, Section, Table};
use crate::report::model::Report;
use crate::report::sections::document;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Stripes of what was predicted, in the colours of the page.
const HATCH: &str = "<svg width=\"0\" height=\"0\" class=\"hatch\" aria-hidden=\"true\"><defs>\
<pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect class=\"between\" width=\"7\" height=\"7\"/><rect class=\"stripe\" width=\"3\" height=\"7\"/></pattern></defs></svg>\n";

pub(super) struct Html;

impl Write for Html {
    fn write(&self, report: &Report<'_>) -> String {
        page(&document(report))
    }
}

fn page(document: &Document) -> String {
    let mut page =
        String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    page += "<meta name=\"color-scheme\" content=\"light dark\">\n";
    page += &format!(
        "<title>{}</title>\n<style>\n{}{STYLE}</style>\n</head>\n<body>\n",
        escaped(&document.title),
        colours()
    );
    page += HATCH;
    page += &format!("<header>\n<h1>{}</h1>\n", escaped(&document.title));
    page += &document
        .lead
        .iter()
        .map(|block| self::block(block, ""))
        .collect::<String>();
    page += "</header>\n";
    page += &contents(&document.parts);
    page += "<main>\n";
    for (number, found) in document.parts.iter().enumerate() {
        page += &part(found, number + 1);
    }
    page += &format!("</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

/// The palette as variables, and rules that put them in the place of the colours that charts are drawn in.
fn colours() -> String {
    let variables = |code: fn(&Colour) -> String| {
        let lines = PALETTE
            .iter()
            .map(|colour| format!("--{}:{};", colour.name, code(colour)));
        lines.collect::<String>()
    };
    let (light, dark) = (variables(Colour::light_code), variables(Colour::dark_code));
    let mut text = format!(
        ":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    );
    for colour in PALETTE {
        let (code, name) = (colour.light_code(), colour.name);
        let fill = if name == "simulated" {
            "url(#hatch)".to_owned()
        } else {
            format!("var(--{name})")
        };
        text += &format!(
            "svg [fill=\"{code}\"]{{fill:{fill}}}svg [stroke=\"{code}\"]{{stroke:var(--{name})}}\n"
        );
    }
    text
}

fn contents(parts: &[Part]) -> String {
    let mut text = String::from("<nav aria-label=\"Contents\">\n");
    for (number, part) in parts.iter().enumerate() {
        let links = part.sections.iter().map(|section| {
            let id = format!("m{}-{}", number + 1, section.id);
            format!(
                "<li><a href=\"#{id}\">{}</a></li>\n",
                escaped(&section.title)
            )
        });
        text += &format!(
            "<p>{}</p>\n<ul>\n{}</ul>\n",
            escaped(&part.title),
            links.collect::<String>()
        );
    }
    text + "</nav>\n"
}

fn part(part: &Part, number: usize) -> String {
    let sections = part.sections.iter().map(|found| section(found, number));
    format!(
        "<section class=\"machine\" aria-labelledby=\"m{number}\">\n<h2 id=\"m{number}\">{}</h2>\n{}</section>\n",
        escaped(&part.title),
        sections.collect::<String>()
    )
}

fn section(section: &Section, number: usize) -> String {
    let id = format!("m{number}-{}", section.id);
    let blocks = section.blocks.iter().enumerate();
    let blocks = blocks.map(|(place, found)| block(found, &format!("{id}-{place}")));
    format!(
        "<section aria-labelledby=\"{id}\">\n<h3 id=\"{id}\">{}</h3>\n{}</section>\n",
        escaped(&section.title),
        blocks.collect::<String>()
    )
}

/// A block; `id` begins the names of what is in it.
fn block(block: &Block, id: &str) -> String {
    match block {
        Block::Paragraph(text) => format!("<p>{}</p>\n", escaped(text)),
        Block::List(items) => {
            let items = items
                .iter()
                .map(|item| format!("<li>{}</li>\n", escaped(item)));
            format!("<ul>\n{}</ul>\n", items.collect::<String>())
        }
        Block::Table(found) => table(found),
        Block::Figures(figures) => {
            let figures = figures.iter().enumerate();
            let figures = figures.map(|(place, found)| figure(found, &format!("{id}-{place}")));
            format!(
                "<div class=\"figures\">\n{}</div>\n",
                figures.collect::<String>()
            )
        }
    }
}

fn figure(figure: &Figure, id: &str) -> String {
    let drawn = svg(&figure.chart, id, &plain(&figure.title));
    let drawn = drawn.unwrap_or_else(|| {
        "<p>This chart could not be drawn; the table has its figures.</p>".to_owned()
    });
    let class = if figure.chart.is_whole() {
        " class=\"whole\""
    } else {
        ""
    };
    format!(
        "<figure{class}>\n<figcaption><strong>{}</strong> {}</figcaption>\n{}<div class=\"wide\">{drawn}</div>\n</figure>\n",
        escaped(&figure.title),
        escaped(&figure.caption),
        legend(figure)
    )
}

fn legend(figure: &Figure) -> String {
    let named = figure
        .chart
        .series
        .iter()
        .filter(|series| !series.name.is_empty());
    let entry = |series| {
        let sign = swatch(series).unwrap_or_default();
        format!("<li>{sign}<span>{}</span></li>\n", escaped(&series.name))
    };
    let entries: String = named.map(entry).collect();
    if entries.is_empty() {
        return entries;
    }
    format!("<ul class=\"legend\">\n{entries}</ul>\n")
}

fn table(table: &Table) -> String {
    let class = if table.is_simulated {
        " class=\"simulated\""
    } else {
        ""
    };
    let kind = |is_number: bool| if is_number { " class=\"number\"" } else { "" };
    let titles = table.columns.iter().map(|column| {
        format!(
            "<th scope=\"col\"{}>{}</th>",
            kind(column.is_number),
            escaped(&column.title)
        )
    });
    let mut text = format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n<table{class}>\n<caption><span>{0}</span></caption>\n<thead><tr>{1}</tr></thead>\n<tbody>\n",
        escaped(&table.caption),
        titles.collect::<String>()
    );
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns).enumerate();
        let cells = cells.map(|(place, (found, column))| {
            let (open, close) = if place == 0 {
                ("th scope=\"row\"", "th")
            } else {
                ("td", "td")
            };
            format!(
                "<{open}{}>{}</{close}>",
                kind(column.is_number),
                cell(found)
            )
        });
        text += &format!("<tr>{}</tr>\n", cells.collect::<String>());
    }
    text + "</tbody>\n</table>\n</div>\n"
}

fn cell(cell: &Cell) -> String {
    let mark = match cell.mark {
        Mark::Plain => "",
        Mark::Measured => "measured",
        Mark::Simulated => "simulated",
        Mark::Failed => "failed",
        Mark::Absent => "absent",
    };
    let text = escaped(&cell.text);
    let text = if mark.is_empty() {
        text
    } else {
        format!("<span class=\"{mark}\">{text}</span>")
    };
    match &cell.evidence {
        None => text,
        // A title alone is for those with a mouse.
        Some(evidence) => {
            let lines = evidence
                .lines()
                .map(escaped)
                .collect::<Vec<_>>()
                .join("<br>");
            format!("<details><summary>{text}</summary><div>{lines}</div></details>")
        }
    }
}

/// Text that stands for nothing but itself in HTML and in quoted attributes.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_neither_an_element_nor_an_attribute() {
        assert_eq!(
            escaped("<script>'a' & \"b\"</script>\u{0}"),
            "&lt;script&gt;&#39;a&#39; &amp; &quot;b&quot;&lt;/script&gt; "
        );
    }
}
