//! Reports for terminals: tables of at most 100 columns.

use super::{Write, plain};
use crate::report::document::{Block, Cell, Column, Mark, Table};
use crate::report::figures::shortened;
use crate::report::model::Report;
use crate::report::sections::document;

/// Columns of a line, at most.
const WIDTH: usize = 100;
/// Columns that a column of words keeps, at least.
const LEAST: usize = 16;
/// Columns between two columns.
const GAP: usize = 2;

pub(super) struct Text;

impl Write for Text {
    fn write(&self, report: &Report<'_>) -> String {
        let document = document(report);
        let mut text = blocks(&document.lead);
        for part in &document.parts {
            let title = shortened(&plain(&part.title), WIDTH);
            text += &format!("\n{title}\n{}\n", "═".repeat(title.chars().count()));
            for section in &part.sections {
                let title = plain(&section.title);
                text += &format!("\n{title}\n{}\n", "─".repeat(title.chars().count()));
                text += &blocks(&section.blocks);
            }
        }
        text
    }
}

fn blocks(blocks: &[Block]) -> String {
    let block = |block: &Block| match block {
        Block::Paragraph(text) => wrapped(text, ""),
        Block::List(items) => items.iter().map(|item| wrapped(item, "  ")).collect(),
        Block::Table(found) => format!("\n{}{}", wrapped(&found.caption, ""), table(found)),
        // The tables hold what charts show.
        Block::Figures(_) => String::new(),
    };
    blocks.iter().map(block).collect()
}

/// Lines of words; all but the first are set in.
pub(in crate::report) fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    let text = plain(text);
    let room = WIDTH - indent.len();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        // A word longer than a line is cut into lines.
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(room) {
            let width = line.chars().count();
            if width > 0 && width + 1 + piece.len() > room {
                lines += &format!("{line}\n");
                line.clone_from(&indent.to_owned());
            }
            if !line.trim().is_empty() {
                line.push(' ');
            }
            line.extend(piece);
        }
    }
    if line.trim().is_empty() {
        return lines;
    }
    lines + &line + "\n"
}

/// A table. Words are cut where it would be too wide; where numbers would have to be cut, the columns that do not fit go into
/// another table below, with the words that name its lines.
pub(in crate::report) fn table(table: &Table) -> String {
    let natural = widths(table);
    let is_word = |place: &usize| !table.columns[*place].is_number;
    let names: Vec<usize> = (0..table.columns.len()).take_while(is_word).collect();
    let named: usize = names
        .iter()
        .map(|place| natural[*place].min(LEAST) + GAP)
        .sum();
    let mut parts: Vec<Vec<usize>> = vec![names.clone()];
    let mut used = named;
    for (place, natural) in natural.iter().enumerate().skip(names.len()) {
        let width = if is_word(&place) {
            (*natural).min(LEAST)
        } else {
            *natural
        };
        if used + width > WIDTH && used > named {
            parts.push(names.clone());
            used = named;
        }
        used += width + GAP;
        if let Some(part) = parts.last_mut() {
            part.push(place);
        }
    }
    let parts = parts.iter().map(|columns| part(table, columns, &natural));
    parts.collect::<Vec<_>>().join("\n")
}

fn said(cell: &Cell) -> String {
    let text = plain(&cell.text);
    match cell.mark {
        Mark::Simulated if !text.contains("simulated") => format!("~{text}"),
        _ => text,
    }
}

/// The widest text of each column.
fn widths(table: &Table) -> Vec<usize> {
    let columns = table.columns.iter().enumerate();
    let width = |(place, column): (usize, &Column)| {
        let cells = table.rows.iter().filter_map(|row| row.get(place));
        let cells = cells.map(|cell| said(cell).chars().count());
        cells
            .chain([column.title.chars().count()])
            .max()
            .unwrap_or(0)
    };
    columns.map(width).collect()
}

fn part(table: &Table, columns: &[usize], natural: &[usize]) -> String {
    let mut widths: Vec<usize> = columns.iter().map(|place| natural[*place]).collect();
    let is_number: Vec<bool> = columns
        .iter()
        .map(|place| table.columns[*place].is_number)
        .collect();
    shrink(&mut widths, &is_number);
    let line = |text: &dyn Fn(usize) -> String| {
        let cells = columns.iter().zip(&widths).zip(&is_number);
        let cells = cells.map(|((place, width), is_number)| {
            let text = shortened(&text(*place), *width);
            if *is_number {
                format!("{text:>width$}")
            } else {
                format!("{text:<width$}")
            }
        });
        format!(
            "{}\n",
            cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end()
        )
    };
    let whole = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    let mut text = line(&|place| plain(&table.columns[place].title));
    text += &format!("{}\n", "─".repeat(whole.min(WIDTH)));
    for row in &table.rows {
        text += &line(&|place| row.get(place).map(said).unwrap_or_default());
    }
    text
}

/// Takes columns from the widest words, then from the widest of all, until the line fits.
fn shrink(widths: &mut [usize], is_number: &[bool]) {
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > WIDTH {
        let places = 0..widths.len();
        let words = places
            .clone()
            .filter(|place| !is_number[*place] && widths[*place] > LEAST);
        let words = words.max_by_key(|place| widths[*place]);
        let Some(widest) = words.or_else(|| places.max_by_key(|place| widths[*place])) else {
            return;
        };
        if widths[widest] <= 1 {
            return;
        }
        widths[widest] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_fit_and_numbers_are_never_cut_before_words() {
        let mut wide = Table::new("", &["Model", "Why", "#Milliseconds"]);
        let long = "x".repeat(300);
        wide.add([
            Cell::of(long.clone()),
            Cell::of(long),
            Cell::of("123,456,789"),
        ]);
        let text = table(&wide);
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
        assert!(text.contains("123,456,789") && text.contains('…'), "{text}");
    }

    #[test]
    fn columns_that_do_not_fit_stand_below() {
        let titles = ["Model", "#One", "#Two", "#Three", "#Four"];
        let mut wide = Table::new("", &titles);
        let number = "1".repeat(30);
        wide.add(
            [Cell::of("name")]
                .into_iter()
                .chain((0..4).map(|_| Cell::of(number.clone()))),
        );
        let text = table(&wide);
        assert_eq!(text.matches("name").count(), 2, "{text}");
        assert_eq!(text.matches(&number).count(), 4, "{text}");
    }

    #[test]
    fn words_are_wrapped_whatever_their_length() {
        let text = wrapped(&format!("{} {}", "ab ".repeat(80), "y".repeat(250)), "  ");
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
        assert_eq!(text.matches('y').count(), 250);
        assert_eq!(wrapped("a\u{1b}[31mb", ""), "a [31mb\n");
    }
}
