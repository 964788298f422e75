//! A table of strings that renders as aligned text, Markdown, CSV or JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Widest line of the text form.
const WIDTH: usize = 100;
/// Narrowest that a column is shortened to.
const NARROWEST: usize = 12;

/// A form a table can be printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns within 100 characters; long cells are shortened.
    Text,
    /// A Markdown table.
    Markdown,
    /// Comma-separated values by RFC 4180, with a header line.
    Csv,
    /// An array of objects, one per row.
    Json,
}

/// Rows under headers.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(headers: &[&str]) -> Self {
        Self {
            headers: headers.iter().map(|header| (*header).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row with one value per header.
    pub fn push(&mut self, row: Vec<Value>) {
        debug_assert_eq!(row.len(), self.headers.len(), "one value per header");
        self.rows.push(row);
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table in one of its forms, ending in a newline.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Markdown => self.markdown(),
            Format::Csv => self.csv(),
            Format::Json => format!("{:#}\n", self.json()),
        }
    }

    /// The rows as objects, with the headers as keys.
    #[must_use]
    pub fn json(&self) -> Value {
        let object = |row: &Vec<Value>| {
            let pairs = self.headers.iter().cloned().zip(row.iter().cloned());
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        self.rows.iter().map(object).collect()
    }

    fn text(&self) -> String {
        let cells: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(shown).collect())
            .collect();
        let widths = fitted(&self.headers, &cells);
        let mut text = String::new();
        text_line(
            &mut text,
            &self.headers,
            &widths,
            &vec![false; widths.len()],
        );
        for (row, cells) in self.rows.iter().zip(&cells) {
            let to_the_right: Vec<bool> = row.iter().map(Value::is_number).collect();
            text_line(&mut text, cells, &widths, &to_the_right);
        }
        text
    }

    fn markdown(&self) -> String {
        let line = |text: &mut String, cells: &mut dyn Iterator<Item = String>| {
            for cell in cells {
                let _ = write!(text, "| {cell} ");
            }
            text.push_str("|\n");
        };
        let mut text = String::new();
        line(&mut text, &mut self.headers.iter().cloned());
        line(
            &mut text,
            &mut self.headers.iter().map(|_| "---".to_owned()),
        );
        for row in &self.rows {
            line(
                &mut text,
                &mut row.iter().map(|cell| shown(cell).replace('|', "\\|")),
            );
        }
        text
    }

    fn csv(&self) -> String {
        let mut text = String::new();
        let headers: Vec<String> = self
            .headers
            .iter()
            .map(|header| csv_field(header))
            .collect();
        let _ = writeln!(text, "{}", headers.join(","));
        for row in &self.rows {
            let fields: Vec<String> = row.iter().map(|cell| csv_field(&plain(cell))).collect();
            let _ = writeln!(text, "{}", fields.join(","));
        }
        text
    }
}

/// A value as people read it: numbers with their thousands apart, nothing as a dash.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), grouped),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(_) => value.to_string(),
    }
}

/// A value as programs read it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// A whole number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// A field by RFC 4180. A leading character that spreadsheets take for a formula is kept from them by a quote.
fn csv_field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Widths of the columns; the widest are shortened until the line fits.
fn fitted(headers: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let width = |text: &String| text.chars().count();
    let mut widths: Vec<usize> = headers.iter().map(width).collect();
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > WIDTH {
        let widest = widths.iter_mut().max();
        let Some(widest) = widest.filter(|widest| **widest > NARROWEST) else {
            break;
        };
        *widest -= 1;
    }
    widths
}

fn text_line(text: &mut String, cells: &[String], widths: &[usize], to_the_right: &[bool]) {
    let mut line = String::new();
    for ((cell, &width), is_right) in cells.iter().zip(widths).zip(to_the_right) {
        let cell = shortened(cell, width);
        let _ = if *is_right {
            write!(line, "{cell:>width$}  ")
        } else {
            write!(line, "{cell:<width$}  ")
        };
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars()
        .take(width.saturating_sub(1))
        .chain(['…'])
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["id", "parameters", "note"]);
        table.push(vec![
            json!("a"),
            json!(1_234_567),
            json!("says \"hi\", twice"),
        ]);
        table.push(vec![json!("=b|c"), json!(7), json!(null)]);
        table
    }

    #[test]
    fn every_form() {
        insta::assert_snapshot!(table().render(Format::Text), @r#"
        id    parameters  note
        a      1_234_567  says "hi", twice
        =b|c           7  –
        "#);
        insta::assert_snapshot!(table().render(Format::Markdown), @r#"
        | id | parameters | note |
        | --- | --- | --- |
        | a | 1_234_567 | says "hi", twice |
        | =b\|c | 7 | – |
        "#);
        insta::assert_snapshot!(table().render(Format::Csv), @r#"
        id,parameters,note
        a,1234567,"says ""hi"", twice"
        '=b|c,7,
        "#);
        assert_eq!(
            table().json()[1],
            json!({"id": "=b|c", "parameters": 7, "note": null})
        );
    }

    #[test]
    fn text_fits_its_width() {
        let mut table = Table::new(&["one", "two", "three"]);
        table.push(vec![
            json!("x".repeat(300)),
            json!("y".repeat(90)),
            json!("z"),
        ]);
        for line in table.render(Format::Text).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}
