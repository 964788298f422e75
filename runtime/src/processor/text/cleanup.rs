//! Takes out the spaces that word-by-word decoding leaves before punctuation and English contractions.

/// What is replaced, in this order (`clean_up_tokenization` in `tokenization_utils_base.py` of transformers).
const REPLACEMENTS: [(&str, &str); 10] = [
    (" .", "."),
    (" ?", "?"),
    (" !", "!"),
    (" ,", ","),
    (" ' ", "'"),
    (" n't", "n't"),
    (" 'm", "'m"),
    (" 's", "'s"),
    (" 've", "'ve"),
    (" 're", "'re"),
];

/// The text without them.
pub(super) fn clean_up(text: &str) -> String {
    REPLACEMENTS
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
