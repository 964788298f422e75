//! The vocabulary of a synthetic checkpoint whose scores are read frame by frame: letters, and numbers for what is left.

use serde_json::{Map, Value};

/// The tokens that do not stand for letters, as Wav2Vec2 has them: blank, begin, end, unknown, word delimiter.
const SPECIAL: [&str; 5] = ["<pad>", "<s>", "</s>", "<unk>", "|"];

/// The text of `vocab.json` with so many tokens.
pub(super) fn vocabulary(size: u64) -> String {
    let special = SPECIAL.map(str::to_owned).into_iter();
    let letters = ('A'..='Z').chain(['\'']).map(String::from);
    let rest = (0..).map(|number| format!("<{number}>"));
    let tokens = special.chain(letters).chain(rest);
    let entries = tokens
        .zip(0..size)
        .map(|(token, id)| (token, Value::from(id)));
    Value::Object(entries.collect::<Map<_, _>>()).to_string()
}

#[cfg(test)]
mod tests {
    use super::vocabulary;

    #[test]
    fn every_id_has_a_token_of_its_own() {
        for size in [3, 32, 40] {
            let tokens: serde_json::Value = serde_json::from_str(&vocabulary(size)).unwrap();
            let mut ids: Vec<u64> = tokens
                .as_object()
                .unwrap()
                .values()
                .filter_map(serde_json::Value::as_u64)
                .collect();
            ids.sort_unstable();
            assert!(ids.into_iter().eq(0..size));
        }
    }
}
