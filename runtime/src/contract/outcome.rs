//! What a check comes to.

use crate::error::Error;

/// What a check that passed has proved, or why it stopped.
pub type Outcome = Result<String, Stop>;

/// Why a check did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It cannot be made here.
    Ignored {
        /// What kind of obstacle, for the summary.
        why: Why,
        /// The obstacle in full.
        reason: String,
    },
    /// It was made and did not hold.
    Failed(String),
}

/// Kinds of obstacle, as the summary counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The registry declares the cell unsupported.
    Unsupported,
    /// The platform is absent from this machine.
    Unavailable,
    /// The architecture has no graph builder yet.
    NoBuilder,
    /// Nothing independent to compare with.
    NoReference,
    /// The check has no meaning for this task or execution.
    NotApplicable,
}

impl Why {
    /// In the words of the summary.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Unsupported => "declared unsupported",
            Self::Unavailable => "platform unavailable",
            Self::NoBuilder => "no builder for the architecture yet",
            Self::NoReference => "no independent reference",
            Self::NotApplicable => "not applicable",
        }
    }
}

impl Stop {
    /// Stops a check that cannot be made here.
    pub(super) fn ignored(why: Why, reason: impl Into<String>) -> Self {
        Self::Ignored {
            why,
            reason: reason.into(),
        }
    }

    /// Stops a check that does not hold.
    pub(super) fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }
}

impl From<Error> for Stop {
    /// Absence is ignored, everything else has failed.
    fn from(error: Error) -> Self {
        let reason = error.chain();
        match error {
            Error::NoBuilder { .. } => Self::ignored(Why::NoBuilder, reason),
            _ if error.is_absence() => Self::ignored(Why::Unavailable, reason),
            _ => Self::Failed(reason),
        }
    }
}
