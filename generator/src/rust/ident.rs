//! Names beside those of modules: a family's constant, a variant, and what an identifier is.

use crate::registry::module_name;

/// The constant of a family: its module's name in capitals.
#[must_use]
pub fn constant_name(id: &str) -> String {
    module_name(id).to_ascii_uppercase()
}

/// The variant of a name written with dashes or underscores: `after-padding` is `AfterPadding`.
#[must_use]
pub fn variant_name(name: &str) -> String {
    let capitalised = |part: &str| {
        let mut chars = part.chars();
        chars
            .next()
            .map(|first| first.to_ascii_uppercase())
            .into_iter()
            .chain(chars)
            .collect::<String>()
    };
    name.split(['-', '_']).map(capitalised).collect()
}

/// Whether a text is an identifier of edition 2024, keywords excluded.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    // syn knows no edition: `gen` became a keyword in 2024. And it reads raw identifiers.
    !matches!(text, "gen" | "_")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && syn::parse_str::<syn::Ident>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_constants_and_variants() {
        assert_eq!(constant_name("blip-2"), "BLIP_2");
        assert_eq!(constant_name("7b"), "M_7B");
        assert_eq!(variant_name("after-padding"), "AfterPadding");
        assert_eq!(variant_name("pre"), "Pre");
    }

    #[test]
    fn only_identifiers_are_identifiers() {
        for text in [
            "", " ", "a b", "a-b", "1a", "fn", "gen", "_", "a;", "r#fn", "a ", "a/**/",
        ] {
            assert!(!is_identifier(text), "{text:?}");
        }
        for text in ["a", "_a", "A1", "M_7B"] {
            assert!(is_identifier(text), "{text:?}");
        }
    }
}
