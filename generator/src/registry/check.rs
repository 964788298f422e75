//! Walks a tree along the shape of its type and reports everything that does not fit.

use serde_json::Number;

use super::fault::FaultKind;
use super::parse::Found;
use super::scalar::kind;
use super::shape::{Shape, Shapes, Type};
use super::text::{Listed, nearest};
use super::tree::{KeyPath, Mark, Node, Pair, Step, Value};

/// Reports everything in a tree that does not fit its shape.
pub(super) fn check(root: &Node, shapes: &Shapes, faults: &mut Vec<Found>) {
    Walk {
        shapes,
        path: Vec::new(),
        faults,
    }
    .node(root, shapes.root());
}

struct Walk<'w> {
    shapes: &'w Shapes,
    path: Vec<Step<'w>>,
    faults: &'w mut Vec<Found>,
}

impl<'w> Walk<'w> {
    fn node(&mut self, node: &'w Node, shape: &'w Shape) {
        if node.value == Value::Broken {
            return;
        }
        if !shape.options.is_empty() {
            self.options(node, shape);
            return;
        }
        if !fits(&node.value, &shape.types) {
            let expected = self.expected(shape);
            self.fault(
                node.mark,
                FaultKind::WrongType {
                    found: kind(&node.value).to_owned(),
                    expected,
                },
            );
            return;
        }
        match &node.value {
            Value::Text(text) => self.text(node.mark, text, shape),
            Value::Number(number) => self.number(node.mark, number, shape),
            Value::List(items) => self.list(node.mark, items, shape),
            Value::Map(pairs) => self.map(node.mark, pairs, shape),
            Value::Null | Value::Bool(_) | Value::Broken => {}
        }
    }

    /// Of several shapes the one that fits, else the one that comes nearest.
    fn options(&mut self, node: &'w Node, shape: &'w Shape) {
        let shapes = self.shapes;
        let options = shape.options.iter().map(|option| shapes.at(*option));
        let candidates =
            options.filter(|option| !option.options.is_empty() || fits(&node.value, &option.types));
        let mut best: Option<Vec<Found>> = None;
        for candidate in candidates {
            let mut faults = Vec::new();
            Walk {
                shapes,
                path: self.path.clone(),
                faults: &mut faults,
            }
            .node(node, candidate);
            if best.as_ref().is_none_or(|best| faults.len() < best.len()) {
                best = Some(faults);
            }
        }
        if let Some(faults) = best {
            self.faults.extend(faults);
        } else {
            let expected = self.expected(shape);
            self.fault(
                node.mark,
                FaultKind::WrongType {
                    found: kind(&node.value).to_owned(),
                    expected,
                },
            );
        }
    }

    fn text(&mut self, mark: Mark, text: &str, shape: &Shape) {
        if !shape.choices.is_empty() && !shape.choices.iter().any(|choice| choice == text) {
            let (nearest, allowed) = (nearest(text, &shape.choices), shape.choices.clone());
            self.fault(
                mark,
                FaultKind::UnknownValue {
                    found: text.to_owned(),
                    nearest,
                    allowed,
                },
            );
            return;
        }
        if let Some(pattern) = shape.pattern.filter(|pattern| !(pattern.accepts)(text)) {
            let expected = pattern.meaning.to_owned();
            self.fault(
                mark,
                FaultKind::WrongForm {
                    found: text.to_owned(),
                    expected,
                },
            );
        }
        // Bytes are a bound on characters that costs nothing to know.
        if shape.length.1.is_some_and(|most| text.len() as u64 > most) || shape.length.0.is_some() {
            self.length(mark, text.chars().count(), "characters", shape);
        }
        if let Some(number) =
            super::constraint::ungrouped(text).filter(|_| shape.types.contains(&Type::Integer))
        {
            self.number(mark, &number.into(), shape);
        }
    }

    fn number(&mut self, mark: Mark, number: &Number, shape: &Shape) {
        let (least, most) = &shape.range;
        let is_below = least
            .as_ref()
            .is_some_and(|least| number.as_f64() < least.as_f64());
        let is_above = most
            .as_ref()
            .is_some_and(|most| number.as_f64() > most.as_f64());
        if is_below || is_above {
            let allowed = between(least.as_ref(), most.as_ref());
            self.fault(
                mark,
                FaultKind::OutOfRange {
                    found: number.to_string(),
                    allowed,
                },
            );
        }
    }

    fn list(&mut self, mark: Mark, items: &'w [Node], shape: &'w Shape) {
        self.length(mark, items.len(), "elements", shape);
        let Some(element) = shape.items.map(|index| self.shapes.at(index)) else {
            return;
        };
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            self.node(item, element);
            if shape.has_unique_items
                && let Some(found) = item.text()
                && items[..index]
                    .iter()
                    .any(|earlier| earlier.text() == Some(found))
            {
                self.fault(
                    item.mark,
                    FaultKind::Repeated {
                        found: found.to_owned(),
                    },
                );
            }
            self.path.pop();
        }
    }

    fn map(&mut self, mark: Mark, pairs: &'w [Pair], shape: &'w Shape) {
        for pair in pairs {
            self.path.push(Step::Key(&pair.key));
            if let Some(index) = shape.properties.get(&pair.key) {
                self.node(&pair.value, self.shapes.at(*index));
            } else if !shape.is_open {
                let allowed: Vec<String> = shape.properties.keys().cloned().collect();
                self.fault(
                    pair.mark,
                    FaultKind::UnknownKey {
                        nearest: nearest(&pair.key, &allowed),
                        allowed,
                    },
                );
            }
            self.path.pop();
        }
        for key in &shape.required {
            if !pairs.iter().any(|pair| pair.key == *key) {
                self.fault(mark, FaultKind::MissingKey { key: key.clone() });
            }
        }
    }

    fn length(&mut self, mark: Mark, found: usize, unit: &'static str, shape: &Shape) {
        let (least, most) = shape.length;
        let length = found as u64;
        if least.is_some_and(|least| length < least) || most.is_some_and(|most| length > most) {
            let allowed = between(least.as_ref(), most.as_ref());
            self.fault(
                mark,
                FaultKind::WrongLength {
                    found,
                    unit,
                    allowed,
                },
            );
        }
    }

    /// What a shape takes, in words.
    fn expected(&self, shape: &Shape) -> String {
        if !shape.choices.is_empty() {
            return format!("one of: {}", Listed(&shape.choices));
        }
        if let Some(pattern) = shape.pattern.filter(|_| shape.types.contains(&Type::Text)) {
            return pattern.meaning.to_owned();
        }
        if let ([Type::Map], [key]) = (shape.types.as_slice(), shape.required.as_slice())
            && !shape.is_open
        {
            return format!("`{{{key}: …}}`");
        }
        let own = shape.types.iter().map(|one| one.name().to_owned());
        let options = shape
            .options
            .iter()
            .map(|option| self.expected(self.shapes.at(*option)));
        own.chain(options).collect::<Vec<_>>().join(" or ")
    }

    fn fault(&mut self, mark: Mark, kind: FaultKind) {
        self.faults
            .push((mark, KeyPath(&self.path).to_string(), kind));
    }
}

fn fits(value: &Value, types: &[Type]) -> bool {
    types.is_empty()
        || types.iter().any(|one| match value {
            Value::Null => *one == Type::Null,
            Value::Bool(_) => *one == Type::Bool,
            Value::Number(number) => {
                *one == Type::Number || (*one == Type::Integer && !number.is_f64())
            }
            Value::Text(_) => *one == Type::Text,
            Value::List(_) => *one == Type::List,
            Value::Map(_) => *one == Type::Map,
            Value::Broken => true,
        })
}

fn between<T: std::fmt::Display>(least: Option<&T>, most: Option<&T>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("up to {most}"),
        (None, None) => "any".to_owned(),
    }
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool => "true or false",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Map => "a mapping",
        }
    }
}
