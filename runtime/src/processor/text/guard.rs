//! Turns panics inside the tokenizers crate into errors.
//!
//! Its indexing trusts `tokenizer.json`: a template that names an unknown token, for one, panics. The file is untrusted
//! input, so that must end in an error of the text at hand.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `call` gives; a panic counts as an error of the tokenizer's file.
///
/// A tokenizer is only read here, and the one cache it writes to gives up on a poisoned lock, so that it stays usable.
pub(super) fn guarded<T>(call: impl FnOnce() -> tokenizers::Result<T>) -> tokenizers::Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let said = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!(
            "the tokenizer contradicts itself: {}",
            said.unwrap_or("no reason given")
        )
        .into())
    })
}
