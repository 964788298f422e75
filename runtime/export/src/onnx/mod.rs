//! The ONNX file format: messages and their streamed encoding.

mod bound;
mod listing;
mod message;
mod proto;
mod write;

pub use bound::bound_axes;
pub use listing::{GraphListing, ListedNode};
pub(crate) use message::OPSET;
pub(crate) use write::write;
