//! Options of ONNX Runtime's own CPU provider.

use super::field::{Field, Fields, field};

/// Options of ONNX Runtime's own CPU provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CpuOptions {
    /// Whether memory of a run is kept for the next one: fewer allocations, and never given back while the session lives. The
    /// settings say so where this does not.
    pub has_arena: Option<bool>,
}

impl Fields for CpuOptions {
    const FIELDS: &'static [Field<Self>] = &[field!(
        CpuOptions.has_arena,
        "arena",
        "on or off",
        "keep the memory of a run for the next one"
    )];
}
