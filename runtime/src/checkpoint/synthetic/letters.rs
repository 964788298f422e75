//! The vocabularies of synthetic checkpoints that read scores frame by frame or speak letters: letters, and for what is left
//! numbers or the letters after them.

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

/// How texts become letters that are spoken: `tokenizer_config.json` as `VitsTokenizer` writes it.
pub(super) const SPOKEN: &str = r#"{
  "add_blank": true,
  "is_uroman": false,
  "normalize": true,
  "pad_token": "_",
  "phonemize": false,
  "tokenizer_class": "VitsTokenizer",
  "unk_token": "<unk>"
}
"#;

/// The text of `vocab.json` with so many letters that are spoken.
pub(super) fn spoken(size: u64) -> String {
    let letters = ['_', ' ', '\''].into_iter().chain('a'..='z');
    let rest = ('à'..).filter(|letter| letter.is_lowercase());
    let entries = letters.chain(rest).zip(0..size);
    let entries = entries.map(|(letter, id)| (letter.to_string(), Value::from(id)));
    Value::Object(entries.collect::<Map<_, _>>()).to_string()
}

#[cfg(test)]
mod tests {
    use super::{spoken, vocabulary};

    #[test]
    fn every_id_has_a_token_of_its_own() {
        for size in [3, 32, 40] {
            for text in [vocabulary(size), spoken(size)] {
                let tokens: serde_json::Value = serde_json::from_str(&text).unwrap();
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
}
