//! What a single string or number of a registry file must look like: patterns, limits and readable counts.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// An id: lower-case letters and digits, with dots, dashes and underscores inside.
pub(super) const ID: &str = "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$";
/// A repository on the Hugging Face hub: an owner and a name.
pub(super) const HUB_ID: &str = "^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9._-]*$";
/// Prose: not empty, no white space at either end.
pub(super) const TEXT: &str = "^\\S(.*\\S)?$";
/// The name of a weight or of a key of `config.json`; a prefix may be empty.
pub(super) const WEIGHT: &str = "^[A-Za-z0-9_.{}]*$";
/// A whole number with its thousands set apart.
pub(super) const COUNT: &str = "^[1-9][0-9]{0,2}(_[0-9]{3})*$";

/// Longest id, so that the names of generated files stay below what file systems take.
pub(crate) const ID_CHARS: u64 = 128;
/// Longest hub id.
pub(super) const HUB_ID_CHARS: u64 = 200;
/// Longest title or reason.
pub(super) const TEXT_CHARS: u64 = 300;
/// Most parameters: ten times the largest model known.
pub(crate) const PARAMETERS: u64 = 100_000_000_000_000;
/// Most memory or disk, in MiB: 64 TiB.
pub(crate) const MEMORY_MIB: u32 = 67_108_864;
/// Most cores.
pub(super) const CORES: u32 = 1024;
/// Largest default batch.
pub(super) const BATCH: u32 = 65_536;

/// A pattern of the schema with its meaning in words and in code.
pub(super) struct Pattern {
    /// The pattern as the schema spells it, for editors.
    pub(super) text: &'static str,
    /// What a matching string is, for messages.
    pub(super) meaning: &'static str,
    /// Whether a string matches.
    pub(super) accepts: fn(&str) -> bool,
}

/// Every pattern a schema may use. A full engine for regular expressions would be the heaviest crate of the program.
pub(super) const PATTERNS: &[Pattern] = &[
    Pattern {
        text: ID,
        meaning: "an id: a-z and 0-9, with `.`, `-` and `_` inside",
        accepts: is_id,
    },
    Pattern {
        text: HUB_ID,
        meaning: "a hub id: owner/name",
        accepts: is_hub_id,
    },
    Pattern {
        text: TEXT,
        meaning: "text with no space at either end",
        accepts: is_text,
    },
    Pattern {
        text: WEIGHT,
        meaning: "letters, digits, `_`, `.` and `{layer}`",
        accepts: is_weight,
    },
    Pattern {
        text: COUNT,
        meaning: "a whole number such as 109_482_240",
        accepts: is_count,
    },
];

/// Whether it has the form of an [`ID`].
pub(crate) fn is_id(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(inner)
        && text.ends_with(inner)
        && text.chars().all(|c| inner(c) || "._-".contains(c))
}

/// Whether it has the form of a [`HUB_ID`].
pub(crate) fn is_hub_id(text: &str) -> bool {
    let part = |text: &str, also: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || also.contains(c))
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| part(owner, "_-") && part(name, "._-"))
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains('\n')
}

fn is_weight(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || "_.{}".contains(c))
}

fn is_count(text: &str) -> bool {
    let mut groups = text.split('_');
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let leads = groups.next().is_some_and(|first| {
        (1..=3).contains(&first.len()) && digits(first) && !first.starts_with('0')
    });
    leads && groups.all(|group| group.len() == 3 && digits(group))
}

/// Reads a number, or a string that sets its thousands apart: YAML 1.2 takes `1_000` for a string.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Grouped(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Grouped(text) => {
            ungrouped(&text).ok_or_else(|| de::Error::custom("not a whole number"))
        }
    }
}

/// As [`count`], for a key that may be absent.
pub(super) fn optional_count<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    count(deserializer).map(Some)
}

/// The value of a whole number whose thousands are set apart.
pub(super) fn ungrouped(text: &str) -> Option<u64> {
    if is_count(text) {
        text.replace('_', "").parse().ok()
    } else {
        None
    }
}

/// Schema of a [`count`].
pub(super) fn count_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "string"], "minimum": 1, "maximum": PARAMETERS, "pattern": COUNT })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_accept_and_refuse() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            (
                ID,
                &["a", "7b", "bert-base", "tinyllama-1.1b", "a_b"],
                &["", "-a", "a-", "A", "a b", "é", "a/b", "a\n"],
            ),
            (
                HUB_ID,
                &["a/b", "Qwen/Qwen2-0.5B"],
                &[
                    "",
                    "a",
                    "a/",
                    "/b",
                    "a/b/c",
                    "../b",
                    "a/.b",
                    "a b/c",
                    "a/b\"; fn",
                ],
            ),
            (TEXT, &["a", "a b"], &["", " ", " a", "a ", "a\nb"]),
            (
                WEIGHT,
                &["", "encoder.layer.{layer}.query"],
                &["a b", "a\"b", "ä", "a\n"],
            ),
            (
                COUNT,
                &["1", "999", "1_000", "109_482_240"],
                &["", "0", "01", "1000", "1_00", "_1", "1_", "1_000_", "x"],
            ),
        ];
        for (pattern, good, bad) in cases {
            let accepts = PATTERNS
                .iter()
                .find(|known| known.text == *pattern)
                .unwrap()
                .accepts;
            for text in *good {
                assert!(accepts(text), "{pattern} should accept {text:?}");
            }
            for text in *bad {
                assert!(!accepts(text), "{pattern} should refuse {text:?}");
            }
        }
        assert_eq!(cases.len(), PATTERNS.len(), "every pattern has its cases");
    }

    #[test]
    fn counts_read_as_written() {
        assert_eq!(ungrouped("109_482_240"), Some(109_482_240));
        assert_eq!(ungrouped("99_999_999_999_999_999_999"), None);
    }
}
