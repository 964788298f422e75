//! Strings of the registry never become code, whatever they hold.

use super::synthetic::ALPHA;
use super::workspace::Workspace;

/// What somebody might put into a string to get out of it.
const STRINGS: &[&str] = &[
    "\"; } fn main() { std::process::exit(0) } //",
    "*/ fn evil() {} /*",
    "\\\"; evil(); \\",
    "\"#; evil!(); r#\"",
    "{{ evil }} {% include \"x\" %} {#",
    "[evil](javascript:alert) <script> `code` https://evil.example #![allow(unsafe_code)]",
    "' } pub mod evil; '",
    "${evil} $(evil) \\u{202e}",
    "é 字 🦀",
];

#[test]
fn strings_stay_strings() {
    for string in STRINGS {
        let quoted = serde_json::to_string(string).unwrap();
        let alpha = ALPHA
            .replace("title: Alpha large", &format!("title: {quoted}"))
            .replace("title: DistilAlpha \"quoted\"", &format!("title: {quoted}"))
            .replace(
                "reason: too large for a browser",
                &format!("reason: {quoted}"),
            )
            .replace(
                "hidden_act: gelu",
                &format!("hidden_act: gelu, {quoted}: [{quoted}]"),
            );
        let workspace = Workspace::new(&[("alpha", &alpha)]);
        workspace.succeed("");
        for (path, text) in workspace.generated() {
            check_items(&path, &text);
        }
        let family = syn::parse_file(&workspace.read("generated/src/families/alpha.rs")).unwrap();
        let title = strings_of(&family).into_iter().find(|text| text == string);
        assert!(title.is_some(), "{string} reads back");
        let config = strings_of(&family).into_iter().find_map(|text| {
            serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).ok()
        });
        assert_eq!(
            config.unwrap()[*string][0],
            **string,
            "{string} reads back from JSON"
        );
        let cell = syn::parse_file(&workspace.read("generated/src/alpha_large/webnn.rs")).unwrap();
        assert!(
            strings_of(&cell).iter().any(|text| text == string),
            "{string} reads back"
        );
    }
}

/// Generated files hold constants and lists, and one function each in tests.
fn check_items(path: &str, text: &str) {
    let file = syn::parse_file(text).unwrap();
    for attribute in &file.attrs {
        assert!(attribute.path().is_ident("doc"), "{path}: {attribute:?}");
    }
    for item in file.items {
        let is_expected = match &item {
            syn::Item::Const(_) | syn::Item::Use(_) => true,
            syn::Item::Mod(module) => module.content.is_none() && module.ident != "evil",
            syn::Item::Fn(function) => {
                path.starts_with("tests/")
                    && (function.sig.ident == "trials" || function.sig.ident == "main")
            }
            _ => false,
        };
        assert!(is_expected, "{path}: {item:?}");
    }
}

/// The values of all string literals of a file.
fn strings_of(file: &syn::File) -> Vec<String> {
    fn collect(tokens: proc_macro2::TokenStream, strings: &mut Vec<String>) {
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Group(group) => collect(group.stream(), strings),
                proc_macro2::TokenTree::Literal(literal) => {
                    strings.extend(
                        syn::parse_str::<syn::LitStr>(&literal.to_string())
                            .ok()
                            .map(|text| text.value()),
                    );
                }
                _ => {}
            }
        }
    }
    let mut strings = Vec::new();
    collect(quote::ToTokens::to_token_stream(file), &mut strings);
    strings
}

#[test]
fn templates_cannot_let_strings_out_either() {
    let cell = "templates/src/MODEL/PLATFORM.rs.tera";
    let cases = [
        (
            "an unfiltered value",
            cell,
            "reason: {{ reason | rust_str }}",
            "reason: \"{{ reason }}\"",
        ),
        (
            "a concatenation",
            cell,
            "reason: {{ reason | rust_str }}",
            "reason: {{ \"\\\"\" ~ reason }}",
        ),
        (
            "no Rust",
            cell,
            "pub const CELL: Cell =",
            "pub const CELL Cell =",
        ),
        (
            "no identifier",
            cell,
            "Support::{{ support | rust_ident }}",
            "Support::{{ title | rust_ident }}",
        ),
        ("an unknown filter", cell, "rust_ident", "rust_name"),
        (
            "an unknown value",
            cell,
            "title | doc_prose",
            "titel | doc_prose",
        ),
        ("a syntax error", cell, "{% endif %}", "{% endfi %}"),
        (
            "a wrong type",
            "templates/src/MODEL/mod.rs.tera",
            "parameters | rust_int",
            "title | rust_int",
        ),
    ];
    for (name, path, from, to) in cases {
        let workspace = Workspace::new(&[("alpha", ALPHA)]);
        workspace.edit(path, from, to);
        let run = workspace.gen_run("--max-workers 1");
        assert_eq!(run.code, 2, "{name}: {}", run.seen());
        assert!(
            workspace.generated().is_empty(),
            "{name}: nothing is written"
        );
        insta::assert_snapshot!(name.replace(' ', "_"), run.seen());
    }
}
