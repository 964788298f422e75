//! Which checkpoint is asked for, as the command line spells it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::{CheckpointError, SyntheticSize};
use crate::catalog::Model;

/// Which checkpoint is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckpointSpec {
    /// A repository of the hub, cached or fetched.
    Hub {
        /// The repository; the model's own where `None`.
        id: Option<String>,
        /// Branch, tag or commit; `main` where `None`.
        revision: Option<String>,
    },
    /// The architecture's reference checkpoint.
    Reference,
    /// Weights from a seed, dimensions from the registry.
    Synthetic {
        /// Whose dimensions: the family's small ones, or the model's own.
        size: SyntheticSize,
        /// The seed.
        seed: u64,
    },
    /// A folder, or a GGUF file.
    Folder(PathBuf),
}

impl Default for CheckpointSpec {
    /// The model's own repository on the hub.
    fn default() -> Self {
        Self::Hub {
            id: None,
            revision: None,
        }
    }
}

impl CheckpointSpec {
    /// The small synthetic checkpoint of seed 0.
    #[must_use]
    pub fn synthetic() -> Self {
        Self::Synthetic {
            size: SyntheticSize::Tiny,
            seed: 0,
        }
    }

    /// What tests use: the architecture's reference checkpoint, else a synthetic one. Neither needs a network.
    #[must_use]
    pub fn offline(model: &Model) -> Self {
        match model.reference() {
            Some(_) => Self::Reference,
            None => Self::synthetic(),
        }
    }
}

impl fmt::Display for CheckpointSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub { id, revision } => {
                f.write_str("hub")?;
                if let Some(id) = id {
                    write!(f, ":{id}")?;
                }
                match revision {
                    Some(revision) => write!(f, "@{revision}"),
                    None => Ok(()),
                }
            }
            Self::Reference => f.write_str("reference"),
            Self::Synthetic {
                size: SyntheticSize::Tiny,
                seed,
            } => write!(f, "synthetic:{seed}"),
            Self::Synthetic { size, seed } => write!(f, "synthetic:{size}:{seed}"),
            Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

impl FromStr for CheckpointSpec {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let refused = |reason| CheckpointError::Spec {
            text: text.to_owned(),
            reason,
        };
        match text.split_once(':').unwrap_or((text, "")) {
            ("", _) => Err(refused("it is empty")),
            ("hub", _) if text == "hub" => Ok(Self::default()),
            ("hub", rest) => {
                let (id, revision) = match rest.split_once('@') {
                    Some((id, revision)) => (id, Some(revision)),
                    None => (rest, None),
                };
                if !is_repository(id) {
                    return Err(refused("a repository is `name` or `owner/name`"));
                }
                if !revision.is_none_or(is_revision) {
                    return Err(refused("a revision is a branch, a tag or a commit"));
                }
                Ok(Self::Hub {
                    id: Some(id.to_owned()),
                    revision: revision.map(str::to_owned),
                })
            }
            ("reference", _) if text == "reference" => Ok(Self::Reference),
            ("synthetic", _) if text == "synthetic" => Ok(Self::synthetic()),
            ("synthetic", rest) => {
                let (size, seed) = match rest.strip_prefix("full") {
                    Some("") => (SyntheticSize::Full, Some("0")),
                    Some(seed) => (SyntheticSize::Full, seed.strip_prefix(':')),
                    None => (SyntheticSize::Tiny, Some(rest)),
                };
                let seed = seed.and_then(|seed| seed.parse().ok()).ok_or_else(|| {
                    refused("after `synthetic:` comes `full`, `full:<seed>` or a seed, a whole number from 0 to 2^64 - 1")
                })?;
                Ok(Self::Synthetic { size, seed })
            }
            _ => Ok(Self::Folder(PathBuf::from(text))),
        }
    }
}

/// Whether every part is made of the hub's characters and none is a way up.
fn is_path_of_names(text: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.contains("..")
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    text.split('/').all(is_name)
}

fn is_repository(id: &str) -> bool {
    is_path_of_names(id) && id.split('/').count() <= 2 && id.len() <= 200
}

fn is_revision(revision: &str) -> bool {
    is_path_of_names(revision) && revision.len() <= 200
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(id: Option<&str>, revision: Option<&str>) -> CheckpointSpec {
        CheckpointSpec::Hub {
            id: id.map(str::to_owned),
            revision: revision.map(str::to_owned),
        }
    }

    fn synthetic(size: SyntheticSize, seed: u64) -> CheckpointSpec {
        CheckpointSpec::Synthetic { size, seed }
    }

    #[test]
    fn texts_become_specs_and_back() {
        for (text, expected, printed) in [
            ("hub", hub(None, None), "hub"),
            ("hub:gpt2", hub(Some("gpt2"), None), "hub:gpt2"),
            (
                "hub:a/b-c.d@refs/pr/1",
                hub(Some("a/b-c.d"), Some("refs/pr/1")),
                "hub:a/b-c.d@refs/pr/1",
            ),
            ("reference", CheckpointSpec::Reference, "reference"),
            (
                "synthetic",
                synthetic(SyntheticSize::Tiny, 0),
                "synthetic:0",
            ),
            (
                "synthetic:full",
                synthetic(SyntheticSize::Full, 0),
                "synthetic:full:0",
            ),
            (
                "synthetic:full:7",
                synthetic(SyntheticSize::Full, 7),
                "synthetic:full:7",
            ),
            (
                "synthetic:18446744073709551615",
                synthetic(SyntheticSize::Tiny, u64::MAX),
                "synthetic:18446744073709551615",
            ),
            ("./hub", CheckpointSpec::Folder("./hub".into()), "./hub"),
            ("a b/ä", CheckpointSpec::Folder("a b/ä".into()), "a b/ä"),
            ("C:\\x", CheckpointSpec::Folder("C:\\x".into()), "C:\\x"),
        ] {
            let spec: CheckpointSpec = text.parse().unwrap();
            assert_eq!(spec, expected, "{text}");
            assert_eq!(spec.to_string(), printed);
        }
    }

    #[test]
    fn bad_texts_are_refused() {
        for text in [
            "",
            "hub:",
            "hub:a/b/c",
            "hub:../x",
            "hub:a/..",
            "hub:a@",
            "hub:a@../../x",
            "hub:a b",
            "synthetic:",
            "synthetic:-1",
            "synthetic:x",
            "synthetic:full:",
            "synthetic:full7",
            "synthetic:full:x",
            "synthetic:full:7:7",
            "synthetic:Full",
            "synthetic:18446744073709551616",
        ] {
            let error = text.parse::<CheckpointSpec>().unwrap_err();
            assert!(
                matches!(error, CheckpointError::Spec { .. }),
                "{text}: {error}"
            );
        }
    }
}
