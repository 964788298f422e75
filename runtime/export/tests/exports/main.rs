//! Exports of the reference kit's checkpoints and of broken ones.

#![allow(
    clippy::unwrap_used,
    reason = "the functions that tests share may fail like the tests"
)]

mod brain_floats;
mod checkpoint_files;
mod encoder_decoder;
mod external_data;
mod families;
mod fingerprint;
mod gguf;
mod gguf_file;
mod hostile;
mod joint;
mod kit;
mod listing;
mod onnx_file;
mod platform_forms;
mod rotary;
mod sequences;
mod speech;
mod staged;
mod stages;
mod synthetic;
mod towers;
mod vision_languages;
