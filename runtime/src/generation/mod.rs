//! Choosing the next token: a checkpoint's `generation_config.json`, what a caller asks besides, scores and samples.
//!
//! Nothing here knows of graphs: whoever runs one hands its scores over.

mod config;
mod controls;
mod listener;
mod options;
mod random;
mod sampler;
mod text_stream;

pub use config::GenerationConfig;
pub use controls::Controls;
pub use listener::Listener;
pub use options::GenerationOptions;
pub use random::Random;
pub use sampler::Sampler;
pub use text_stream::TextStream;
