//! What the registry says of one model on one platform once defaults and exceptions are put together.

use crate::registry::{Claim, Document, Grade, GraphForm, PlatformFile, Precision};

/// One model on one platform.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell<'a> {
    /// The platform's file.
    pub platform: &'a Document<PlatformFile>,
    /// Whether it is native, simulated or unsupported there.
    pub support: Decided<Support<'a>>,
    /// Advice for selection; `None` where the registry gives none.
    pub grade: Decided<Option<Grade>>,
    /// Precisions to run in, the default first.
    pub precisions: Decided<Vec<Precision>>,
    /// Demand on placement.
    pub placement: Decided<Placement<'a>>,
    /// Form of the graphs.
    pub graph: Decided<GraphForm>,
}

/// A value with the layer of the registry that decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub by: Layer,
}

/// The layers of the registry; a later one overrides an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// No file: what holds where all are silent.
    BuiltIn,
    /// The platform's file.
    Platform,
    /// `platforms.<platform>` of the family.
    Family,
    /// `models[i].platforms.<platform>`.
    ModelException,
    /// `models[i]` itself, for every platform.
    Model,
}

/// Declared support of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support<'a> {
    /// Runs on the platform's execution provider.
    Native,
    /// Outputs are computed on the CPU, times are predicted.
    Simulated {
        /// Why it is not native.
        reason: &'a str,
    },
    /// Does not run there.
    Unsupported {
        /// Why not.
        reason: &'a str,
    },
}

impl<'a> Support<'a> {
    pub(super) fn new(claim: Claim, reason: &'a str) -> Self {
        match claim {
            Claim::Native => Self::Native,
            Claim::Simulated => Self::Simulated { reason },
            Claim::Unsupported => Self::Unsupported { reason },
        }
    }

    /// The claim without its reason.
    #[must_use]
    pub fn claim(self) -> Claim {
        match self {
            Self::Native => Claim::Native,
            Self::Simulated { .. } => Claim::Simulated,
            Self::Unsupported { .. } => Claim::Unsupported,
        }
    }

    /// Why it is not native.
    #[must_use]
    pub fn reason(self) -> Option<&'a str> {
        match self {
            Self::Native => None,
            Self::Simulated { reason } | Self::Unsupported { reason } => Some(reason),
        }
    }

    /// Whether it runs on the platform's execution provider.
    #[must_use]
    pub fn is_native(self) -> bool {
        self == Self::Native
    }

    /// Whether the model runs there at all, for real or simulated.
    #[must_use]
    pub fn is_supported(self) -> bool {
        self.claim() != Claim::Unsupported
    }
}

/// What a cell demands of the placement of its graph's nodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Placement<'a> {
    /// All FLOPs and every floating-point node on the platform's provider.
    Whole,
    /// At least this share of nodes.
    Partial {
        /// Share of nodes on the provider, 0 to 1.
        nodes: f64,
        /// Why less than the whole is accepted.
        reason: &'a str,
    },
}
