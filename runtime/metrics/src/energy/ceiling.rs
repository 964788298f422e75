//! More than devices can draw, in watts, well above any that is sold.
//!
//! They tell a wrap of a counter from its restart, and how often it must be read; no result is made of them.

/// A processor package: the largest are specified for 500 W.
pub(super) const PACKAGE_WATTS: f64 = 2_000.0;
/// The memory of a package.
pub(super) const MEMORY_WATTS: f64 = 1_000.0;
/// Everything on a mainboard.
pub(super) const PLATFORM_WATTS: f64 = 10_000.0;
/// An accelerator.
pub(super) const ACCELERATOR_WATTS: f64 = 5_000.0;
