//! The order in which rustfmt of style edition 2024 sorts names in `use` declarations.

use std::cmp::Ordering;

/// Compares two snake-case names by version sort: runs of digits as numbers, the rest by character with `_` first.
///
/// Source: the Rust style guide, "Sorting".
#[must_use]
pub fn version_order(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left, right);
    // Of two names that differ in leading zeros only, the one with more of them comes first.
    let mut zeros = Ordering::Equal;
    loop {
        let (number_a, number_b) = (leading_digits(a), leading_digits(b));
        let ordering = if number_a.is_empty() || number_b.is_empty() {
            let (first_a, first_b) = (a.chars().next(), b.chars().next());
            if first_a.is_none() && first_b.is_none() {
                return zeros;
            }
            a = a.get(1..).unwrap_or_default();
            b = b.get(1..).unwrap_or_default();
            first_a
                .map(underscore_first)
                .cmp(&first_b.map(underscore_first))
        } else {
            a = a.get(number_a.len()..).unwrap_or_default();
            b = b.get(number_b.len()..).unwrap_or_default();
            zeros = zeros.then(number_b.len().cmp(&number_a.len()));
            by_value(number_a, number_b)
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

/// The run of digits a text starts with.
fn leading_digits(text: &str) -> &str {
    text.get(..text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len())
        .unwrap_or_default()
}

/// Compares two runs of digits as numbers of any length.
fn by_value(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// `_` sorts before everything else that a name may hold.
fn underscore_first(c: char) -> char {
    if c == '_' { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As rustfmt 1.9.0 leaves them.
    const SORTED: &str = "a a_ a__ a__9_1 a_0 a_0a90 a_1 a_1b3 a_2 a_3a_ a_3b a_3b_b a_9 a_09_3 a_9b19 a_13 a_31 a_33bb \
        a_91 a_92b0 a_119 a_200 a_3922 a_9239 a_a a_ab a_b a_b_ a_b0_ a_b331 a00 a0 a000_ a0_ a0_02_ \
        a0_9b a0a a0a0 a0a02 a0a3 a0ab a0ab0 a0b a00b2a a1 a1_ a1__1 a01_9 a1_b3 a1a a1a_ a001a1 a1b \
        a1b13 a02 a2 a2__a a2_2 a2_9__ a2_19_ a2_a a002a a2a a2a2 a2a3 a2a9 a2aa a2ab a2b a2b29b a2b311 \
        a03 a3 a03_ a3_b33 a003a a3a9_ a3b a3b0 a3b1b a3b22 a3b220 a3ba a009 a09 a9 a9_ a9_1 a9_a1 \
        a9_a02 a9_b a9a a9a2_0 a9ab_ a9b00 a010 a10 a10a9b a10b03 a11 a11a09 a11b a12 a12a a12b a12b_3 \
        a12bb1 a13 a13a a013a_ a13b2 a19__9 a19a3 a20 a20_2_ a20a a021 a21 a21ba0 a22";

    #[test]
    fn names_sort_as_rustfmt_sorts_them() {
        let names: Vec<&str> = SORTED.split_whitespace().collect();
        for (position, name) in names.iter().enumerate() {
            assert_eq!(version_order(name, name), Ordering::Equal, "{name}");
            for later in names.iter().skip(position + 1) {
                assert_eq!(version_order(name, later), Ordering::Less, "{name} {later}");
                assert_eq!(
                    version_order(later, name),
                    Ordering::Greater,
                    "{later} {name}"
                );
            }
        }
    }
}
