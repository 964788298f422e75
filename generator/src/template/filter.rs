//! The only way from a value into a template's Rust: filters that cannot let a registry string become code.

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use crate::rust;

/// Registers every filter. What they return counts as safe; everything else that a template writes is refused.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("doc_code", |text: &str, _: Kwargs, _: &State<'_>| {
        safe(&rust::doc_code(text))
    });
    tera.register_filter("doc_prose", |text: &str, _: Kwargs, _: &State<'_>| {
        safe(&rust::doc_prose(text))
    });
    tera.register_filter("rust_bool", |is_true: bool, _: Kwargs, _: &State<'_>| {
        safe(&is_true.to_string())
    });
    tera.register_filter("rust_float", float);
    tera.register_filter("rust_ident", ident);
    tera.register_filter("rust_imports", imports);
    tera.register_filter("rust_int", |number: u64, _: Kwargs, _: &State<'_>| {
        safe(&rust::int_literal(number))
    });
    tera.register_filter("rust_option", option);
    tera.register_filter("rust_raw_str", |text: &str, _: Kwargs, _: &State<'_>| {
        safe(&rust::raw_str_literal(text))
    });
    tera.register_filter("rust_str", |text: &str, _: Kwargs, _: &State<'_>| {
        safe(&rust::str_literal(text))
    });
    tera.register_filter("rust_variant", |name: &str, _: Kwargs, _: &State<'_>| {
        checked(&rust::variant_name(name))
    });
}

fn safe(code: &str) -> Value {
    Value::safe_string(code)
}

fn checked(name: &str) -> TeraResult<Value> {
    if rust::is_identifier(name) {
        Ok(safe(name))
    } else {
        Err(Error::message(format!("{name:?} is no Rust identifier")))
    }
}

fn ident(text: &str, _: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    checked(text)
}

fn float(number: f64, _: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let literal = rust::float_literal(number);
    literal
        .map(|literal| safe(&literal))
        .ok_or_else(|| Error::message(format!("{number} has no Rust literal")))
}

/// `Some("…")` of a string, `None` of nothing.
fn option(value: &Value, _: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    match value.as_str() {
        Some(text) => Ok(safe(&format!("Some({})", rust::str_literal(text)))),
        None if value.is_none() => Ok(safe("None")),
        None => Err(Error::message(format!(
            "{} is neither a string nor nothing",
            value.name()
        ))),
    }
}

/// The end of a `use` declaration: one name, or several in braces.
fn imports(names: &[Value], _: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let mut checked_names = Vec::with_capacity(names.len());
    for name in names {
        let name = name
            .as_str()
            .ok_or_else(|| Error::message("a name to import is no string"))?;
        checked(name)?;
        checked_names.push(name);
    }
    match checked_names.as_slice() {
        [name] => Ok(safe(name)),
        names => Ok(safe(&format!("{{{}}}", names.join(", ")))),
    }
}
