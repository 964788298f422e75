//! The one place that turns ids into names of Rust modules, and knows the names no id may take.

/// Strict and reserved keywords of edition 2024 (The Rust Reference, chapter Keywords).
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Files and modules of the generated crate, and crates its files name.
const TAKEN: &[&str] = &[
    "alloc",
    "bin",
    "catalog",
    "core",
    "families",
    "generated",
    "lib",
    "main",
    "runtime",
    "std",
];

/// Names no file may have on Windows.
const DEVICES: &[&str] = &[
    "aux", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "con", "lpt1",
    "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "nul", "prn",
];

/// The Rust module of a model or family: dots and dashes become underscores, and a leading digit gets `m_` before it.
#[must_use]
pub fn module_name(id: &str) -> String {
    let name = id.replace(['-', '.'], "_");
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("m_{name}")
    } else {
        name
    }
}

/// What already has this name, where something has.
pub(super) fn owner(module: &str) -> Option<&'static str> {
    if KEYWORDS.contains(&module) {
        Some("a keyword of Rust")
    } else if TAKEN.contains(&module) {
        Some("a name the generated crate uses itself")
    } else if DEVICES.contains(&module) {
        Some("the name of a device on Windows")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_identifiers() {
        let cases = [
            ("bert-base-uncased", "bert_base_uncased"),
            ("tinyllama-1.1b-chat-v1.0", "tinyllama_1_1b_chat_v1_0"),
            ("4m-21", "m_4m_21"),
        ];
        for (id, module) in cases {
            assert_eq!(module_name(id), module);
            assert!(syn::parse_str::<syn::Ident>(module).is_ok());
        }
    }

    #[test]
    fn keywords_are_what_the_parser_refuses() {
        for keyword in KEYWORDS {
            // `gen` is reserved since edition 2024, which the parser is not told of.
            assert!(
                *keyword == "gen" || syn::parse_str::<syn::Ident>(keyword).is_err(),
                "{keyword}"
            );
            assert_eq!(owner(keyword), Some("a keyword of Rust"));
        }
    }
}
