//! Registry text as doc comments: one line, no Markdown, nothing rustdoc or clippy would take for a link or a name.

/// Prose for a doc comment. A word that is more than letters and digits, or that looks like a Rust name, is set as
/// code, which is also how clippy's `doc_markdown` wants it.
#[must_use]
pub fn doc_prose(text: &str) -> String {
    text.split_whitespace()
        .map(doc_word)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Text set as code in a doc comment.
#[must_use]
pub fn doc_code(text: &str) -> String {
    format!("`{}`", visible(text))
}

fn doc_word(word: &str) -> String {
    let word = visible(word);
    let core = word.trim_end_matches([',', '.', ';', ':']);
    let tail = word.get(core.len()..).unwrap_or_default();
    let is_plain = core
        .chars()
        .all(|c| c.is_alphanumeric() || "-.'/".contains(c));
    if (is_plain
        && !core
            .split(|c: char| !c.is_alphanumeric())
            .any(is_camel_case))
        || core.is_empty()
    {
        word.clone()
    } else {
        format!("`{core}`{tail}")
    }
}

/// A capital, another capital and a small letter, as in `DistilBERT`.
fn is_camel_case(word: &str) -> bool {
    word.chars().filter(|c| c.is_uppercase()).count() > 1 && word.chars().any(char::is_lowercase)
}

/// The text without backticks and without what does not show: controls, line breaks, direction marks.
fn visible(text: &str) -> String {
    let shows = |c: &char| {
        *c != '`' && (*c == '\'' || *c == '"' || *c == '\\' || c.escape_debug().count() == 1)
    };
    text.chars().filter(shows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_stays_readable_and_harmless() {
        for (text, expected) in [
            ("BERT base uncased", "BERT base uncased"),
            ("DistilBERT base", "`DistilBERT` base"),
            ("ViT base, patch 16", "`ViT` base, patch 16"),
            ("MiniLM-L6", "`MiniLM-L6`"),
            ("NVIDIA CUDA", "NVIDIA CUDA"),
            (
                "snake_case [link] <b> *x* http://a.b",
                "`snake_case` `[link]` `<b>` `*x*` `http://a.b`",
            ),
            ("a\n//! b\r\u{202e}c `d`", "a `//!` b c d"),
            ("", ""),
        ] {
            assert_eq!(doc_prose(text), expected);
        }
    }

    #[test]
    fn code_has_no_way_out() {
        assert_eq!(doc_code("a`b\nc\u{202e}"), "`abc`");
    }
}
