//! Ids that `VitsTokenizer` of transformers 4.57 gives for the same files, and what is refused.

use super::*;

const VOCABULARY: &str = r#"{" ": 0, "'": 1, "a": 2, "b": 3, "c": 4, "k": 5, "n": 6, "u": 7, "ţ": 8, "É": 9, "<": 10,
    ">": 11, "U": 12}"#;

fn load(settings: &str) -> Result<CharacterTokens, ProcessorError> {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| std::fs::write(dir.path().join(name), content).unwrap();
    write("vocab.json", VOCABULARY);
    write("added_tokens.json", r#"{"<unk>": 13}"#);
    write("tokenizer_config.json", settings);
    CharacterTokens::load(dir.path())
}

fn check(settings: &str, expected: &[(&str, &[i64])]) {
    let tokens = load(settings).unwrap();
    for (text, ids) in expected {
        assert_eq!(tokens.ids(0, text).unwrap(), *ids, "{settings} {text}");
    }
}

#[test]
fn letters_get_blanks_and_special_tokens_do_not() {
    check(
        r#"{"pad_token": "k", "phonemize": false}"#,
        &[
            ("abc", &[0, 2, 0, 3, 0, 4, 0]),
            ("K", &[5]),
            ("akkkb", &[0, 2, 0, 5, 5, 5, 0, 3, 0]),
            ("  a  b ", &[0, 2, 0, 0, 0, 0, 0, 3, 0]),
            ("A!b", &[0, 2, 0, 3, 0]),
            ("É é", &[0, 9, 0]),
            ("<unk>b", &[13, 0, 3, 0]),
            ("U u", &[0, 12, 0, 0, 0, 7, 0]),
            ("aț", &[0, 2, 0]),
            ("a\tb", &[0, 2, 0, 3, 0]),
            ("İa", &[0, 2, 0]),
            ("Ac<UNK>", &[0, 2, 0, 4, 0, 10, 0, 12, 0, 6, 0, 5, 0, 11, 0]),
        ],
    );
}

#[test]
fn settings_say_how_a_text_is_prepared() {
    check(
        r#"{"pad_token": "k", "phonemize": false, "normalize": false, "add_blank": false}"#,
        &[
            ("akkkb", &[2, 5, 5, 5, 3]),
            ("  a  b ", &[0, 0, 2, 0, 0, 3, 0]),
            ("<unk>b", &[13, 3]),
        ],
    );
    check(
        r#"{"pad_token": "'", "phonemize": false, "language": "ron"}"#,
        &[("aț", &[0, 2, 0, 8, 0]), ("K", &[0, 5, 0])],
    );
    check(
        r#"{"pad_token": "'", "phonemize": false, "normalize": false, "unk_token": "u"}"#,
        &[
            ("K", &[0, 7, 0]),
            ("U u", &[0, 12, 0, 0, 0, 7]),
            ("É é", &[0, 9, 0, 0, 0, 7, 0]),
        ],
    );
}

#[test]
fn rows_are_padded_with_the_padding_token() {
    let tokens = load(r#"{"pad_token": "k", "phonemize": false}"#).unwrap();
    let batch = tokens.pad(&[vec![2], vec![3, 4]]).unwrap();
    assert_eq!(batch.input_ids, ndarray::arr2(&[[2, 5], [3, 4]]));
    assert_eq!(batch.attention_mask, ndarray::arr2(&[[1, 0], [1, 1]]));
    assert!(tokens.pad(&[]).is_err());
    let unpadded = load(r#"{"phonemize": false}"#).unwrap();
    assert!(unpadded.pad(&[vec![2], vec![3, 4]]).is_err());
    assert!(unpadded.pad(&[vec![2], vec![3]]).is_ok());
}

#[test]
fn what_cannot_be_spoken_is_refused() {
    let message = |settings: &str, text: &str| {
        let outcome = load(settings).and_then(|tokens| tokens.ids(3, text));
        outcome.unwrap_err().to_string()
    };
    let letters = r#"{"phonemize": false}"#;
    for text in ["", "?!", "...", "é"] {
        let message = message(letters, text);
        assert!(
            message.starts_with("text 3 has nothing that can be spoken"),
            "{message}"
        );
    }
    let bare = r#"{"phonemize": false, "normalize": false}"#;
    assert!(message(bare, "a?").contains("the character '?'"));
    let roman = r#"{"phonemize": false, "is_uroman": true}"#;
    assert!(message(roman, "aж").contains("romanise it with uroman"));
    assert_eq!(load(roman).unwrap().ids(0, "a").unwrap(), [0, 2, 0]);
    assert!(message("{}", "a").contains("eSpeak NG"));
    assert!(message(r#"{"phonemize": true}"#, "a").contains("`phonemize` is true"));
    let stripping =
        r#"{"phonemize": false, "added_tokens_decoder": {"9": {"content": "x", "lstrip": true}}}"#;
    assert!(message(stripping, "a").contains("added_tokens_decoder.9.lstrip"));
}

#[test]
fn files_that_are_no_vocabulary_are_refused() {
    let message = |name: &str, content: &str| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("vocab.json"), VOCABULARY).unwrap();
        let settings = r#"{"phonemize": false}"#;
        std::fs::write(dir.path().join("tokenizer_config.json"), settings).unwrap();
        std::fs::write(dir.path().join(name), content).unwrap();
        CharacterTokens::load(dir.path()).unwrap_err().to_string()
    };
    for content in ["[]", r#"{"a": -1}"#, r#"{"a": "b"}"#, r#"{"a": 1.5}"#] {
        let message = message("vocab.json", content);
        assert!(message.contains("an object of tokens"), "{message}");
    }
    assert!(message("added_tokens.json", "[1]").contains("an object of tokens"));
    assert!(message("vocab.json", "{").contains("not valid JSON"));
    let added = r#"{"phonemize": false, "added_tokens_decoder": {"x": {"content": "a"}}}"#;
    assert!(message("tokenizer_config.json", added).contains("an id with a `content`"));
    let flag = r#"{"phonemize": "no"}"#;
    assert!(message("tokenizer_config.json", flag).contains("true or false"));
    assert!(CharacterTokens::load(Path::new("no such folder")).is_err());
}
