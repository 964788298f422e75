//! The document of a report: sections of words, tables and charts, whatever the format they are written in.

use super::chart::Chart;

/// A whole report.
#[derive(Debug, Clone, Default)]
pub(super) struct Document {
    /// What it is.
    pub(super) title: String,
    /// What stands before everything else.
    pub(super) lead: Vec<Block>,
    /// One for each machine.
    pub(super) parts: Vec<Part>,
}

/// What was measured on one machine. Nothing in it is compared with another.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// Name of the machine.
    pub(super) title: String,
    /// Its sections in order.
    pub(super) sections: Vec<Section>,
}

/// A section below a heading.
#[derive(Debug, Clone, Default)]
pub(super) struct Section {
    /// Name for links, unique within its part.
    pub(super) id: &'static str,
    /// Heading.
    pub(super) title: String,
    /// What stands in it.
    pub(super) blocks: Vec<Block>,
}

/// One thing in a section.
#[derive(Debug, Clone)]
pub(super) enum Block {
    /// A paragraph.
    Paragraph(String),
    /// A list of sentences.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// Charts that stand side by side where there is room.
    Figures(Vec<Figure>),
}

/// A table.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// What it shows.
    pub(super) caption: String,
    /// Its columns.
    pub(super) columns: Vec<Column>,
    /// Its rows, each with a cell for every column.
    pub(super) rows: Vec<Vec<Cell>>,
    /// Whether its values were predicted and not measured.
    pub(super) is_simulated: bool,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Heading, with the unit.
    pub(super) title: String,
    /// Whether it holds numbers, which stand at the right.
    pub(super) is_number: bool,
}

/// A cell of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    /// What it says.
    pub(super) text: String,
    /// What lies behind it, where that is more than it says.
    pub(super) evidence: Option<String>,
    /// What kind of value it is.
    pub(super) mark: Mark,
}

/// What kind of value a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mark {
    /// Nothing special.
    #[default]
    Plain,
    /// Something that was measured.
    Measured,
    /// Something that was predicted.
    Simulated,
    /// Something that failed.
    Failed,
    /// Something that was not tried, or is not to be had.
    Absent,
}

/// A chart with what is said of it.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    /// What it shows.
    pub(super) title: String,
    /// The same at length, with what the marks mean.
    pub(super) caption: String,
    /// What is drawn.
    pub(super) chart: Chart,
}

impl Section {
    pub(super) fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self {
            id,
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    pub(super) fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// A paragraph more.
    pub(super) fn saying(self, text: impl Into<String>) -> Self {
        self.with(Block::Paragraph(text.into()))
    }

    /// Charts, where there are any.
    pub(super) fn showing(self, figures: Vec<Figure>) -> Self {
        if figures.is_empty() {
            return self;
        }
        self.with(Block::Figures(figures))
    }
}

impl Table {
    /// A table without rows; headings of columns of numbers begin with `#`.
    pub(super) fn new(caption: impl Into<String>, columns: &[&str]) -> Self {
        let column = |title: &&str| Column {
            title: title.trim_start_matches('#').to_owned(),
            is_number: title.starts_with('#'),
        };
        Self {
            caption: caption.into(),
            columns: columns.iter().map(column).collect(),
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.rows.push(row.into_iter().collect());
    }
}

impl Cell {
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Nothing, and why.
    pub(super) fn absent(reason: impl Into<String>) -> Self {
        Self {
            text: "–".to_owned(),
            evidence: Some(reason.into()),
            mark: Mark::Absent,
        }
    }

    pub(super) fn marked(mut self, mark: Mark) -> Self {
        self.mark = mark;
        self
    }

    pub(super) fn proved_by(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = Some(evidence.into());
        self
    }
}
