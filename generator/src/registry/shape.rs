//! A JSON Schema in the form the check walks: the keywords that schemars emits for the registry's types, compiled.
//!
//! Keywords by the JSON Schema draft 7 specification; one that is not understood is an error and never ignored.

use std::collections::BTreeMap;

use schemars::Schema;
use serde_json::{Map, Number, Value};

use super::constraint::{PATTERNS, Pattern};

/// The shapes of one schema, referring to each other by index.
pub(super) struct Shapes {
    shapes: Vec<Shape>,
    root: usize,
}

/// What a value must look like.
#[derive(Default)]
pub(super) struct Shape {
    /// The types it may have; empty for any.
    pub(super) types: Vec<Type>,
    /// The strings it may be; empty for any.
    pub(super) choices: Vec<String>,
    /// The shapes of which it has one; empty where there is no such choice.
    pub(super) options: Vec<usize>,
    /// Known keys of a mapping.
    pub(super) properties: BTreeMap<String, usize>,
    /// Keys a mapping must have.
    pub(super) required: Vec<String>,
    /// Whether a mapping may have other keys.
    pub(super) is_open: bool,
    /// The shape of a sequence's elements.
    pub(super) items: Option<usize>,
    /// Whether a sequence's elements differ.
    pub(super) has_unique_items: bool,
    /// Least and greatest number.
    pub(super) range: (Option<Number>, Option<Number>),
    /// Least and greatest length: characters of a string, elements of a sequence.
    pub(super) length: (Option<u64>, Option<u64>),
    /// The form of a string.
    pub(super) pattern: Option<&'static Pattern>,
}

/// A type of JSON, whole numbers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Bool,
    Integer,
    Number,
    Text,
    List,
    Map,
}

impl Shapes {
    /// Compiles a schema; the error names the keyword or pattern that is not understood.
    pub(super) fn compile(schema: &Schema) -> Result<Self, String> {
        let mut compiler = Compiler {
            document: schema.as_value(),
            shapes: Vec::new(),
            named: BTreeMap::new(),
        };
        let root = compiler.shape(schema.as_value())?;
        Ok(Self {
            shapes: compiler.shapes,
            root,
        })
    }

    /// The shape of the whole document.
    pub(super) fn root(&self) -> &Shape {
        self.at(self.root)
    }

    /// The shape with this index, which is one that a shape of the same schema holds.
    pub(super) fn at(&self, index: usize) -> &Shape {
        &self.shapes[index]
    }
}

struct Compiler<'s> {
    document: &'s Value,
    shapes: Vec<Shape>,
    named: BTreeMap<&'s str, usize>,
}

impl<'s> Compiler<'s> {
    fn shape(&mut self, schema: &'s Value) -> Result<usize, String> {
        let keywords = schema
            .as_object()
            .ok_or_else(|| format!("schema `{schema}`"))?;
        if let Some(target) = reference(keywords) {
            return self.referred(target);
        }
        let index = self.shapes.len();
        self.shapes.push(Shape::default());
        self.shapes[index] = self.compiled(keywords)?;
        Ok(index)
    }

    fn referred(&mut self, target: &'s str) -> Result<usize, String> {
        if let Some(index) = self.named.get(target) {
            return Ok(*index);
        }
        let schema = target
            .strip_prefix('#')
            .and_then(|pointer| self.document.pointer(pointer));
        let schema = schema
            .and_then(Value::as_object)
            .ok_or_else(|| format!("reference `{target}`"))?;
        let index = self.shapes.len();
        self.shapes.push(Shape::default());
        // Known before it is compiled, so that a type may contain itself.
        self.named.insert(target, index);
        self.shapes[index] = self.compiled(schema)?;
        Ok(index)
    }

    fn compiled(&mut self, keywords: &'s Map<String, Value>) -> Result<Shape, String> {
        let mut shape = Shape {
            is_open: true,
            ..Shape::default()
        };
        for (keyword, value) in keywords {
            self.keyword(&mut shape, keyword, value)
                .ok_or_else(|| format!("keyword `{keyword}`: `{value}`"))??;
        }
        Ok(shape)
    }

    /// Adds one keyword; `None` where it is not understood.
    fn keyword(
        &mut self,
        shape: &mut Shape,
        keyword: &str,
        value: &'s Value,
    ) -> Option<Result<(), String>> {
        match keyword {
            "$schema" | "title" | "description" | "default" | "format" | "definitions" => {}
            "type" => shape.types = types(value)?,
            "enum" => shape.choices = texts(value)?,
            "const" => shape.choices = vec![value.as_str()?.to_owned()],
            "required" => shape.required = texts(value)?,
            "additionalProperties" => shape.is_open = value.as_bool()?,
            "uniqueItems" => shape.has_unique_items = value.as_bool()?,
            "minimum" => shape.range.0 = Some(value.as_number()?.clone()),
            "maximum" => shape.range.1 = Some(value.as_number()?.clone()),
            "minLength" | "minItems" => shape.length.0 = Some(value.as_u64()?),
            "maxLength" | "maxItems" => shape.length.1 = Some(value.as_u64()?),
            "pattern" => {
                let text = value.as_str()?;
                shape.pattern = Some(PATTERNS.iter().find(|known| known.text == text)?);
            }
            "items" => return Some(self.shape(value).map(|index| shape.items = Some(index))),
            "properties" => return Some(self.properties(shape, value.as_object()?)),
            "anyOf" | "oneOf" => return Some(self.options(shape, value.as_array()?)),
            _ => return None,
        }
        Some(Ok(()))
    }

    fn properties(
        &mut self,
        shape: &mut Shape,
        properties: &'s Map<String, Value>,
    ) -> Result<(), String> {
        for (key, schema) in properties {
            let index = self.shape(schema)?;
            shape.properties.insert(key.clone(), index);
        }
        Ok(())
    }

    fn options(&mut self, shape: &mut Shape, options: &'s [Value]) -> Result<(), String> {
        for option in options {
            let index = self.shape(option)?;
            shape.options.push(index);
        }
        // Constants of an enum whose variants are described one by one.
        if shape
            .options
            .iter()
            .all(|option| !self.shapes[*option].choices.is_empty())
        {
            let choices = shape
                .options
                .drain(..)
                .flat_map(|option| self.shapes[option].choices.clone());
            shape.choices = choices.collect();
            shape.types = vec![Type::Text];
        }
        Ok(())
    }
}

/// The target of a schema that says nothing beyond it; draft 7 wraps it where a description stands beside.
fn reference(keywords: &Map<String, Value>) -> Option<&str> {
    let wrapped = keywords
        .get("allOf")
        .and_then(Value::as_array)
        .and_then(|all| match all.as_slice() {
            [one] => one.as_object(),
            _ => None,
        });
    wrapped
        .unwrap_or(keywords)
        .get("$ref")
        .and_then(Value::as_str)
}

fn types(value: &Value) -> Option<Vec<Type>> {
    let one = |name: &Value| {
        Some(match name.as_str()? {
            "null" => Type::Null,
            "boolean" => Type::Bool,
            "integer" => Type::Integer,
            "number" => Type::Number,
            "string" => Type::Text,
            "array" => Type::List,
            "object" => Type::Map,
            _ => return None,
        })
    };
    value.as_array().map_or_else(
        || Some(vec![one(value)?]),
        |all| all.iter().map(one).collect(),
    )
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value
        .as_array()?
        .iter()
        .map(|text| text.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use schemars::json_schema;

    use super::*;

    #[test]
    fn what_is_not_understood_is_an_error() {
        let cases = [
            json_schema!({ "type": "object", "patternProperties": {} }),
            json_schema!({ "pattern": "^nobody knows this$" }),
            json_schema!({ "properties": { "a": { "$ref": "#/definitions/Missing" } } }),
            json_schema!({ "additionalProperties": { "type": "string" } }),
        ];
        for schema in cases {
            assert!(Shapes::compile(&schema).is_err(), "{schema:?}");
        }
    }
}
