//! The values of a cell with the layers that name them, strongest first.

use super::{Fact, Origin, Overridden, model};
use crate::matrix::{Cell, Layer, Placement, Row, Support};
use crate::query::table::grouped;
use crate::registry::text::Listed;
use crate::registry::tree::{KeyPath, Step};
use crate::registry::{Document, Exception};

/// The values of a cell in the order of reading.
pub(super) fn of(row: &Row<'_>, cell: &Cell<'_>) -> Vec<Fact> {
    let layers = Layers { row, cell };
    let mut facts = vec![support(&layers)];
    facts.extend(reason(&layers));
    facts.extend([
        grade(&layers),
        precisions(&layers),
        placement(&layers),
        graph(&layers),
    ]);
    facts.extend(model::facts(row));
    facts
}

/// The layers of a cell, to find a value's place in each.
pub(super) struct Layers<'l, 'a> {
    pub(super) row: &'l Row<'a>,
    pub(super) cell: &'l Cell<'a>,
}

impl<'a> Layers<'_, 'a> {
    /// The family's exception, where it has one, and whether it holds for this model.
    pub(super) fn of_family(&self) -> Option<(&'a Exception, bool)> {
        let exception = self
            .row
            .family
            .content
            .platforms
            .get(&self.cell.platform.content.platform)?;
        let holds = exception
            .above_parameters
            .is_none_or(|limit| self.row.model.parameters > limit);
        Some((exception, holds))
    }

    pub(super) fn of_model(&self) -> Option<&'a Exception> {
        self.row
            .model
            .platforms
            .get(&self.cell.platform.content.platform)
    }

    /// The place of a key of the model's or the family's exception.
    pub(super) fn exception(&self, layer: Layer, key: &str) -> Option<Origin> {
        let platform = self.cell.platform.content.platform.name();
        let below = [Step::Key("platforms"), Step::Key(platform), Step::Key(key)];
        let path = match layer {
            Layer::ModelException => [&self.model_path()[..], &below].concat(),
            _ => below.to_vec(),
        };
        origin(self.row.family, &path)
    }

    fn model_path(&self) -> [Step<'static>; 2] {
        [Step::Key("models"), Step::Index(self.row.index)]
    }

    /// Every layer that names a key, strongest first, with the value it gives.
    fn named(
        &self,
        key: &str,
        value: impl Fn(&Exception) -> Option<String>,
        platform: Overridden,
    ) -> Vec<Overridden> {
        let family = self
            .of_family()
            .filter(|(_, holds)| *holds)
            .map(|(exception, _)| exception);
        let exceptions = [
            (self.of_model(), Layer::ModelException),
            (family, Layer::Family),
        ];
        let mut all: Vec<Overridden> = exceptions
            .into_iter()
            .filter_map(|(exception, layer)| {
                Some(Overridden {
                    value: value(exception?)?,
                    origin: self.exception(layer, key),
                })
            })
            .collect();
        all.push(platform);
        all
    }

    fn platform(&self, value: String, path: &[Step<'_>]) -> Overridden {
        Overridden {
            value,
            origin: origin(self.cell.platform, path),
        }
    }
}

pub(super) fn origin<T>(document: &Document<T>, path: &[Step<'_>]) -> Option<Origin> {
    let mark = document.mark(path)?;
    Some(Origin {
        file: document.path.clone(),
        mark,
        path: KeyPath(path).to_string(),
    })
}

fn fact(name: &'static str, named: Vec<Overridden>, note: Option<String>) -> Fact {
    let mut named = named.into_iter();
    let first = named.next().unwrap_or(Overridden {
        value: String::new(),
        origin: None,
    });
    Fact {
        name,
        value: first.value,
        origin: first.origin,
        overrides: named.collect(),
        note,
    }
}

fn support(layers: &Layers<'_, '_>) -> Fact {
    let file = &layers.cell.platform.content;
    let default = layers.platform(
        file.support.default.to_string(),
        &[Step::Key("support"), Step::Key("default")],
    );
    let named = layers.named(
        "support",
        |exception| exception.support.map(|claim| claim.to_string()),
        default,
    );
    fact("support", named, limit(layers))
}

/// Whether the family's exception holds for a model of this size, where it has a limit.
fn limit(layers: &Layers<'_, '_>) -> Option<String> {
    let (exception, holds) = layers.of_family()?;
    let limit = grouped(exception.above_parameters?);
    let parameters = grouped(layers.row.model.parameters);
    let place = layers.exception(Layer::Family, "above_parameters")?;
    Some(format!(
        "the family's exception {}: it is for more than {limit} parameters, and this model has {parameters} ({}:{})",
        if holds { "holds" } else { "does not hold" },
        place.file,
        place.mark.line
    ))
}

fn reason(layers: &Layers<'_, '_>) -> Option<Fact> {
    let support = layers.cell.support;
    let value = match support.value {
        Support::Native => return exception_reason(layers),
        Support::Simulated { reason } | Support::Unsupported { reason } => reason.to_owned(),
    };
    let origin = match support.by {
        Layer::Platform | Layer::BuiltIn => origin(
            layers.cell.platform,
            &[Step::Key("support"), Step::Key("reason")],
        ),
        layer => layers.exception(layer, "reason"),
    };
    Some(Fact {
        name: "reason",
        value,
        origin,
        overrides: Vec::new(),
        note: None,
    })
}

/// Why an exception makes a cell native.
fn exception_reason(layers: &Layers<'_, '_>) -> Option<Fact> {
    let exception = match layers.cell.support.by {
        Layer::ModelException => layers.of_model()?,
        Layer::Family => layers.of_family()?.0,
        _ => return None,
    };
    let origin = layers.exception(layers.cell.support.by, "reason");
    Some(Fact {
        name: "reason",
        value: exception.reason.clone(),
        origin,
        overrides: Vec::new(),
        note: None,
    })
}

fn grade(layers: &Layers<'_, '_>) -> Fact {
    let group = layers.row.family.content.group;
    let of_group = layers.cell.platform.content.grades.get(&group);
    let value = of_group.map_or_else(|| "none".to_owned(), ToString::to_string);
    let default = layers.platform(value, &[Step::Key("grades"), Step::Key(group.name())]);
    let note = format!("advice for the group {group}; support says what is tested");
    fact(
        "grade",
        layers.named(
            "grade",
            |exception| exception.grade.as_ref().map(ToString::to_string),
            default,
        ),
        Some(note),
    )
}

fn precisions(layers: &Layers<'_, '_>) -> Fact {
    let file = &layers.cell.platform.content;
    let default = Listed(&file.precisions.default).to_string();
    let default = layers.platform(default, &[Step::Key("precisions"), Step::Key("default")]);
    let of = |exception: &Exception| {
        exception
            .precisions
            .as_ref()
            .map(|list| Listed(list).to_string())
    };
    let mut named = layers.named("precisions", of, default);
    if layers.cell.precisions.by == Layer::Model {
        let path = [&layers.model_path()[..], &[Step::Key("precisions")]].concat();
        let value = Listed(&layers.cell.precisions.value).to_string();
        named.insert(
            0,
            Overridden {
                value,
                origin: origin(layers.row.family, &path),
            },
        );
    }
    fact("precisions", named, None)
}

fn placement(layers: &Layers<'_, '_>) -> Fact {
    let whole = Overridden {
        value: "whole: every floating-point node on the provider".to_owned(),
        origin: None,
    };
    let share = |nodes: f64| {
        format!(
            "at least {:.1} % of the nodes on the provider",
            nodes * 100.0
        )
    };
    let named = layers.named(
        "placement",
        |exception| exception.placement.as_ref().map(|one| share(one.nodes)),
        whole,
    );
    let note = match layers.cell.placement.value {
        Placement::Whole => None,
        Placement::Partial { reason, .. } => Some(reason.to_owned()),
    };
    fact("placement", named, note)
}

fn graph(layers: &Layers<'_, '_>) -> Fact {
    let platform = &layers.cell.platform.content;
    let form = platform.graph.unwrap_or_default().to_string();
    let platform = layers.platform(form, &[Step::Key("graph")]);
    let of = |exception: &Exception| exception.graph.map(|form| form.to_string());
    fact("graph", layers.named("graph", of, platform), None)
}
