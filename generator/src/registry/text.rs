//! How names and foreign strings appear in messages: escaped, shortened, listed, with the nearest one suggested.

use std::borrow::Borrow;
use std::fmt;

/// Longest foreign string that a message repeats in full, in characters.
const SHOWN_CHARS: usize = 60;

/// A foreign string between backticks, escaped and shortened.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        f.write_str("`")?;
        for c in chars.by_ref().take(SHOWN_CHARS) {
            if controls_display(c) {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                fmt::Write::write_char(f, c)?;
            }
        }
        f.write_str(if chars.next().is_some() { "…`" } else { "`" })
    }
}

/// Names separated by commas.
pub(crate) struct Listed<'a, T>(pub(crate) &'a [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.0.iter().enumerate() {
            write!(f, "{}{name}", if position == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// `; did you mean …` where there is a nearest name.
pub(crate) fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// The known name nearest to a misspelt one, where one is near enough to be meant.
pub(crate) fn nearest<T: Borrow<str>>(found: &str, known: &[T]) -> Option<String> {
    nearest_few(found, known.iter().map(Borrow::borrow), 1).pop()
}

/// The known names nearest to a misspelt one, best first, of those near enough to be meant.
pub(crate) fn nearest_few<'a>(
    found: &str,
    known: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<String> {
    // Distances grow with the square of the length; nobody misspells a name of this length.
    if found.len() > 4 * SHOWN_CHARS {
        return Vec::new();
    }
    let mut near: Vec<(f64, &str)> = known
        .map(|name| (strsim::jaro_winkler(found, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.into_iter()
        .take(most)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// Whether a character reorders or hides text, or controls a terminal.
///
/// The bidirectional ones are those of Unicode's UAX #9; rustc denies them in literals.
pub(crate) fn controls_display(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_strings_cannot_control_the_terminal() {
        assert_eq!(
            Quoted("a\u{1b}[31mb\u{202e}").to_string(),
            "`a\\u{1b}[31mb\\u{202e}`"
        );
        assert_eq!(
            Quoted(&"x".repeat(61)).to_string(),
            format!("`{}…`", "x".repeat(60))
        );
        assert_eq!(Quoted("naïve — 模型").to_string(), "`naïve — 模型`");
    }

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["fill-mask", "feature-extraction", "text-generation"];
        assert_eq!(nearest("fill-maks", &known).as_deref(), Some("fill-mask"));
        assert_eq!(nearest("zzz", &known), None);
    }
}
