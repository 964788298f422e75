//! Reports of benchmark rows: from rows to figures, from figures to a document, and from the document to text.

mod chart;
mod document;
mod figures;
mod format;
mod given;
mod growth;
mod insight;
mod model;
mod ranking;
mod sections;
mod trend;
mod whole;
mod write;

pub use chart::{Colour, PALETTE};
pub use format::{Format, render};
pub use given::GivenRows;
pub use growth::{Fit, LEAST_POINTS, fit};
pub use model::{
    Comparison, Growing, MachineReport, Measured, Ratio, Report, Simulated, Timing, Trouble, Varied,
};
pub use ranking::{Metric, Place, Ranking, rankings};
pub use trend::{Best, Change, Point, Rules, Trend, best_platforms, changes, trends};
pub use whole::write_whole;
pub use write::{ranking_text, trend_text};
