//! The ONNX file format: messages and their streamed encoding.

mod message;
mod proto;
mod write;

pub(crate) use message::OPSET;
pub(crate) use write::write;
