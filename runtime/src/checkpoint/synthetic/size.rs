//! How large a synthetic checkpoint is.

use std::fmt;

/// How large a synthetic checkpoint is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SyntheticSize {
    /// The family's small configuration: for tests.
    #[default]
    Tiny,
    /// The model's own dimensions: for measuring.
    Full,
}

impl SyntheticSize {
    /// Its name: `tiny`, `full`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for SyntheticSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
