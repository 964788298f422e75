//! Facade of what must be known of Rust's spelling to write it: names, literals, doc text, order and line breaks.

mod doc;
mod ident;
mod layout;
mod literal;
mod order;

pub use doc::{doc_code, doc_prose};
pub use ident::{constant_name, is_identifier, variant_name};
pub use layout::lay_out;
pub use literal::{float_literal, int_literal, raw_str_literal, str_literal};
pub use order::version_order;
