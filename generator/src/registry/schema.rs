//! JSON Schemas of the registry's files, derived from their types: for editors, and for the check itself.

use std::path::PathBuf;
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::family::FamilyFile;
use super::platform::PlatformFile;
use super::shape::Shapes;

/// What `families/<family>.yaml` must look like.
pub(super) static FAMILY: LazyLock<Result<Shapes, String>> =
    LazyLock::new(|| Shapes::compile(&of::<FamilyFile>()));
/// What `platforms/<platform>.yaml` must look like.
pub(super) static PLATFORM: LazyLock<Result<Shapes, String>> =
    LazyLock::new(|| Shapes::compile(&of::<PlatformFile>()));

fn of<T: JsonSchema>() -> Schema {
    // The YAML language server understands draft 7 best.
    SchemaSettings::draft07()
        .into_generator()
        .into_root_schema_for::<T>()
}

/// The schema files editors read: each path relative to the registry, with its content.
#[must_use]
pub fn schema_files() -> Vec<(PathBuf, String)> {
    let file = |name: &str, schema: &Schema| {
        let mut text = format!("{:#}", schema.as_value());
        text.push('\n');
        (PathBuf::from("schema").join(name), text)
    };
    vec![
        file("family.schema.json", &of::<FamilyFile>()),
        file("platform.schema.json", &of::<PlatformFile>()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_understands_every_schema() {
        for shapes in [&*FAMILY, &*PLATFORM] {
            assert_eq!(shapes.as_ref().err(), None);
        }
    }
}
