//! The form of the graphs that a platform takes.

pub use export::{IdWidth, KvCache};

/// The form of the graphs that a cell runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphForm {
    /// Number format of token ids and masks.
    pub ids: IdWidth,
    /// What a decoder remembers from run to run.
    pub kv_cache: KvCache,
    /// Numbers in place of symbolic axes; `None` where axes keep their names.
    pub lengths: Option<Lengths>,
}

/// The lengths of static graphs. Shorter input is padded to them, where that changes nothing; other axes, such as a
/// picture's height or a sound's samples, are as long as the input, and each length of theirs has a graph of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// Items of one run; larger batches run in pieces.
    pub batch: u32,
    /// Tokens of a text or a prompt; fewer where the checkpoint has fewer positions.
    pub tokens: u32,
    /// The most samples of a sound; `None` for as many as the checkpoint takes.
    pub samples: Option<u32>,
}

impl GraphForm {
    /// The form of hub exports: 64-bit ids, symbolic axes, caches that grow.
    pub const HUB: Self = Self {
        ids: IdWidth::Int64,
        kv_cache: KvCache::Growing,
        lengths: None,
    };
}
