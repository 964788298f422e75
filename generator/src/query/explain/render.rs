//! An explanation as text and as JSON.

use std::fmt;

use super::{Explanation, Origin};

/// Width of the column of names.
const NAMES: usize = 12;
/// Widest line.
const WIDTH: usize = 100;

impl Explanation {
    /// The explanation as pretty-printed JSON, ending in a newline.
    #[must_use]
    pub fn json(&self) -> String {
        format!("{:#}\n", serde_json::to_value(self).unwrap_or_default())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {}", self.model, self.platform)?;
        for fact in &self.facts {
            writeln!(f)?;
            wrapped(f, fact.name, &fact.value)?;
            match &fact.origin {
                Some(origin) => wrapped(f, "", &place(origin))?,
                None => wrapped(f, "", "built in: no file says otherwise")?,
            }
            for overridden in &fact.overrides {
                let origin = overridden
                    .origin
                    .as_ref()
                    .map_or_else(|| "built in".to_owned(), place);
                wrapped(f, "", &format!("overrides {}: {origin}", overridden.value))?;
            }
            if let Some(note) = &fact.note {
                wrapped(f, "", note)?;
            }
        }
        writeln!(f, "\nwhat would change it")?;
        for change in &self.changes {
            wrapped(
                f,
                "",
                &format!(
                    "{}: {}, {}:{}",
                    change.reach, change.edit, change.file, change.line
                ),
            )?;
        }
        Ok(())
    }
}

fn place(origin: &Origin) -> String {
    format!("{}:{} {}", origin.file, origin.mark.line, origin.path)
}

/// Words within the width, indented to the second column.
fn wrapped(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    let mut line = format!("{name:<NAMES$}");
    let mut is_empty = true;
    for word in text.split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(f, "{}", line.trim_end())?;
            line = " ".repeat(NAMES + 2);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    writeln!(f, "{}", line.trim_end())
}
