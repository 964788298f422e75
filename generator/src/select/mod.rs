//! Which models and platforms a command is about.

use crate::error::{Error, Result};
use crate::matrix::{Matrix, Row};
use crate::registry::text::nearest;
use crate::registry::{Group, Modality, Platform, TaskName};

/// What a user asks for; empty lists ask for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Models and families, of which any may match.
    pub names: Vec<String>,
    /// Models.
    pub models: Vec<String>,
    /// Families and groups.
    pub families: Vec<String>,
    /// Tasks.
    pub tasks: Vec<TaskName>,
    /// What goes in.
    pub modalities: Vec<Modality>,
    /// Whether only key models are meant.
    pub is_key_only: bool,
    /// Platforms.
    pub platforms: Vec<Platform>,
    /// Most models.
    pub limit: Option<usize>,
}

/// The models and platforms a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Whether each row of the matrix is meant.
    pub rows: Vec<bool>,
    /// The platforms, in the order of [`Platform::ALL`].
    pub platforms: Vec<Platform>,
    /// Whether the user restricted it; a restriction that happens to leave nothing out still is one.
    pub is_restricted: bool,
}

impl Selection {
    /// The rows of the matrix that are meant.
    pub fn of<'s, 'a>(&'s self, matrix: &'s Matrix<'a>) -> impl Iterator<Item = &'s Row<'a>> {
        matrix
            .rows
            .iter()
            .zip(&self.rows)
            .filter(|(_, is_meant)| **is_meant)
            .map(|(row, _)| row)
    }
}

impl Filter {
    /// Selects from the matrix.
    ///
    /// # Errors
    /// When a name is unknown, or nothing is left.
    pub fn select(&self, matrix: &Matrix<'_>) -> Result<Selection> {
        self.check_names(matrix)?;
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut rows = Vec::with_capacity(matrix.rows.len());
        for row in &matrix.rows {
            let is_meant = left > 0 && self.matches(row);
            left -= usize::from(is_meant);
            rows.push(is_meant);
        }
        if !rows.contains(&true) {
            return Err(Error::NothingSelected {
                filters: self.in_words(),
            });
        }
        let is_meant =
            |platform: &&Platform| self.platforms.is_empty() || self.platforms.contains(platform);
        let platforms: Vec<Platform> = Platform::ALL.iter().filter(is_meant).copied().collect();
        let is_of_all_models = Self {
            platforms: Vec::new(),
            ..self.clone()
        } == Self::default();
        let is_restricted = !is_of_all_models || platforms.len() < Platform::ALL.len();
        Ok(Selection {
            rows,
            platforms,
            is_restricted,
        })
    }

    fn matches(&self, row: &Row<'_>) -> bool {
        let (model, family) = (&row.model.id, &row.family.content);
        let any = |list: &[String], test: &dyn Fn(&String) -> bool| {
            list.is_empty() || list.iter().any(test)
        };
        any(&self.names, &|name| name == model || *name == family.id)
            && any(&self.models, &|name| name == model)
            && any(&self.families, &|name| {
                *name == family.id || name == family.group.name()
            })
            && (self.tasks.is_empty() || self.tasks.contains(&row.task))
            && (self.modalities.is_empty() || self.modalities.contains(&family.modality))
            && (row.model.is_key || !self.is_key_only)
    }

    fn check_names(&self, matrix: &Matrix<'_>) -> Result<()> {
        let mut families: Vec<&str> = matrix
            .rows
            .iter()
            .map(|row| row.family.content.id.as_str())
            .collect();
        families.dedup();
        let models = || matrix.rows.iter().map(|row| row.model.id.as_str());
        known(
            "model or family",
            "`gen --list-only` lists models",
            &self.names,
            || models().chain(families.iter().copied()).collect(),
        )?;
        known(
            "model",
            "`gen --list-only` lists models",
            &self.models,
            || models().collect(),
        )?;
        known(
            "family or group",
            "`gen --list-families` lists families",
            &self.families,
            || {
                families
                    .iter()
                    .copied()
                    .chain(Group::NAMES.iter().copied())
                    .collect()
            },
        )
    }

    /// The filters as flags, for messages.
    fn in_words(&self) -> String {
        let mut words = Vec::new();
        let mut list = |flag: &str, values: Vec<&str>| {
            if !values.is_empty() {
                words.push(format!("{flag} {}", values.join(",")));
            }
        };
        list(
            "--generate",
            self.names.iter().map(String::as_str).collect(),
        );
        list("--model", self.models.iter().map(String::as_str).collect());
        list(
            "--family",
            self.families.iter().map(String::as_str).collect(),
        );
        list(
            "--task",
            self.tasks.iter().map(|task| task.name()).collect(),
        );
        list(
            "--category",
            self.modalities
                .iter()
                .map(|modality| modality.name())
                .collect(),
        );
        if self.is_key_only {
            words.push("--key-models-only".to_owned());
        }
        if words.is_empty() {
            "an empty registry".to_owned()
        } else {
            words.join(" ")
        }
    }
}

/// Checks that every name is a known one.
fn known<'a>(
    kind: &'static str,
    list: &'static str,
    names: &[String],
    known: impl Fn() -> Vec<&'a str>,
) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let known = known();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(found) => {
            let nearest = nearest(found, &known);
            Err(Error::Unknown {
                kind,
                found: found.clone(),
                nearest,
                list,
            })
        }
    }
}
