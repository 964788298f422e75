//! Turns texts, pictures and sounds into the tensors that models take, and hidden states into embeddings.

pub mod audio;
pub mod characters;
pub mod chat;
pub mod ctc;
mod error;
pub mod image;
pub mod pooling;
#[cfg(test)]
mod refusals;
mod settings;
pub mod text;
pub mod video;

pub use error::ProcessorError;
