//! The formats of reports: one file each.

mod html;
mod json;
mod markdown;
mod spreadsheet;
mod text;

use super::model::Report;
use crate::catalog::names;

pub(in crate::report) use html::escaped;
pub(in crate::report) use text::{table as text_table, wrapped};

names! {
    /// Form of a report.
    Format("format") {
        /// Tables for a terminal of 100 columns.
        Text = "text",
        /// One page with charts that needs nothing else.
        Html = "html",
        /// Tables for documents.
        Markdown = "markdown",
        /// Every figure with its provenance.
        Json = "json",
        /// A line for each row.
        Csv = "csv",
    }
}

/// How a report is written.
trait Write {
    /// The report in this format.
    fn write(&self, report: &Report<'_>) -> String;
}

/// A report as text of a format.
#[must_use]
pub fn render(report: &Report<'_>, format: Format) -> String {
    let format: &dyn Write = match format {
        Format::Text => &text::Text,
        Format::Html => &html::Html,
        Format::Markdown => &markdown::Markdown,
        Format::Json => &json::Json,
        Format::Csv => &spreadsheet::Spreadsheet,
    };
    format.write(report)
}

/// Text without characters that control terminals and parsers; ends of lines become spaces.
pub(in crate::report) fn plain(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.collect()
}
