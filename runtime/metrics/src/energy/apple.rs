//! Energy of Apple's chips: not read.

use super::Unavailable;

/// Why there is no reader.
///
/// macOS shows energy to programs through `IOReport` alone, which Apple does not document.
#[must_use]
pub fn apple() -> Unavailable {
    Unavailable::Absent {
        source_name: "IOReport",
        why: "Apple documents no counter of energy that a program may read".to_owned(),
    }
}
