//! What transformers adds to Jinja for chat templates.

use std::time::SystemTime;

use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value};

use super::json;
use super::moment::Moment;

/// Adds `raise_exception`, `strftime_now` and the filter `tojson` as Python writes JSON.
pub(super) fn register(environment: &mut Environment<'_>) {
    environment.add_function("raise_exception", |message: String| {
        Err::<Value, _>(Error::new(ErrorKind::InvalidOperation, message))
    });
    environment.add_function("strftime_now", |format: String| {
        Moment::of(SystemTime::now()).format(&format)
    });
    environment.add_filter("tojson", to_json);
}

/// `tojson(indent=…)`; what else Python's `json.dumps` takes is taken and has no effect on its defaults.
#[allow(
    clippy::needless_pass_by_value,
    reason = "filters are handed their arguments"
)]
fn to_json(value: Value, arguments: Kwargs) -> Result<String, Error> {
    let indent = arguments.get::<Option<usize>>("indent")?;
    for other in ["ensure_ascii", "separators", "sort_keys"] {
        arguments.get::<Option<Value>>(other)?;
    }
    arguments.assert_all_used()?;
    json::write(&value, indent)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}
