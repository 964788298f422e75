//! Facade of `new`: a registry entry proposed from the `config.json` of a Hugging Face model.

mod config;
mod guess;
mod parameters;
mod resources;
mod scale;
mod yaml;

use std::fmt::{self, Write as _};

use self::config::Config;
use self::guess::Guess;
use self::resources::Resources;
use super::QueryError;
use crate::registry::text::Quoted;
use crate::registry::tree::Step;
use crate::registry::{Document, FamilyFile, Registry};

/// A registry entry to paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The file it belongs into, relative to the registry.
    pub file: String,
    /// Whether that file is a new one; else the text goes to the end of its `models`.
    pub is_new_file: bool,
    /// The id of the proposed model.
    pub model: String,
    /// The YAML.
    pub yaml: String,
    /// What to look at before it is used.
    pub notes: Vec<String>,
}

/// Proposes an entry for a model from its `config.json` and, where known, its repository on the hub.
///
/// # Errors
/// Text that is no configuration, a repository that is none, and a model that is in the registry already.
pub fn propose(
    registry: &Registry,
    config_json: &str,
    hub_id: Option<&str>,
) -> Result<Proposal, QueryError> {
    let config = Config::parse(config_json)?;
    let mut notes = Vec::new();
    let hub_id = config.hub_id(hub_id, &mut notes)?;
    let id = config::model_id(&hub_id).ok_or_else(|| QueryError::HubId {
        found: hub_id.clone(),
    })?;
    if let Some((family, model)) = registry.model(&id) {
        let index = family
            .content
            .models
            .iter()
            .position(|other| other.id == model.id)
            .unwrap_or_default();
        let mark = family.mark(&[Step::Key("models"), Step::Index(index)]);
        let line = mark.map_or(1, |mark| mark.line);
        return Err(QueryError::Present {
            id,
            file: family.path.clone(),
            line,
        });
    }
    let of_type =
        |family: &&Document<FamilyFile>| family.content.architecture.name == config.model_type;
    let mut known = registry.families.iter().filter(of_type);
    if let Some(family) = known.next() {
        let others: Vec<&str> = known.map(|other| other.path.as_str()).collect();
        if !others.is_empty() {
            notes.push(format!(
                "the same architecture is also in {}",
                others.join(", ")
            ));
        }
        return Ok(model_of(family, &config, &hub_id, id, notes));
    }
    if let Some(family) = registry.family(&config::family_id(&config.model_type)) {
        let what = format!(
            "has the model type {}, whose family id {} already belongs to the architecture {}",
            Quoted(&config.model_type),
            Quoted(&family.content.id),
            Quoted(&family.content.architecture.name)
        );
        return Err(QueryError::ConfigContent { what });
    }
    Ok(family_of(&config, &hub_id, id, notes))
}

/// One more model of a known family.
fn model_of(
    family: &Document<FamilyFile>,
    config: &Config,
    hub_id: &str,
    id: String,
    mut notes: Vec<String>,
) -> Proposal {
    let architecture = &family.content.architecture;
    let exact = architecture
        .recipe()
        .and_then(|recipe| parameters::by_recipe(recipe, config));
    let estimate = exact.or_else(|| parameters::by_sizes(config));
    note_estimate(exact, estimate, &mut notes);
    let task = Guess::of(config).task_beside(family.content.task);
    let resources = Resources::of(estimate, family.content.group);
    let yaml = model_yaml(
        &id,
        hub_id,
        false,
        task.map(|task| task.to_string()),
        resources,
    );
    Proposal {
        file: family.path.clone(),
        is_new_file: false,
        model: id,
        yaml,
        notes,
    }
}

/// A family that is not known yet, with this as its only model.
fn family_of(config: &Config, hub_id: &str, id: String, mut notes: Vec<String>) -> Proposal {
    let estimate = parameters::by_sizes(config);
    note_estimate(None, estimate, &mut notes);
    let family = config::family_id(&config.model_type);
    let guess = Guess::of(config);
    notes.push(format!(
        "group {}, modality {} and task {} are guesses",
        guess.group, guess.modality, guess.task
    ));
    notes.push(
        "the synthetic configuration is the given one, scaled down: see that its sizes fit".into(),
    );
    if guess.needs_preprocessor() {
        notes.push(
            "add architecture.synthetic.preprocessor from the model's preprocessor_config.json"
                .into(),
        );
    }
    notes.push("without a section of a graph builder its tests are ignored".into());
    let mut yaml = String::new();
    let _ = write!(
        yaml,
        "# yaml-language-server: $schema=../schema/family.schema.json\n\
         family: {}\ntitle: {}\ngroup: {}\nmodality: {}\ntask: {}\narchitecture:\n  name: {}\n  synthetic:\n    config:\n",
        yaml::scalar(&family),
        yaml::scalar(&config::title(&family)),
        guess.group,
        guess.modality,
        guess.task,
        yaml::scalar(&config.model_type),
    );
    yaml::mapping(&mut yaml, &scale::scaled_down(&config.content), 6);
    yaml.push_str("models:\n");
    yaml.push_str(&model_yaml(
        &id,
        hub_id,
        true,
        None,
        Resources::of(estimate, guess.group),
    ));
    Proposal {
        file: format!("families/{family}.yaml"),
        is_new_file: true,
        model: id,
        yaml,
        notes,
    }
}

fn note_estimate(exact: Option<u64>, estimate: Option<u64>, notes: &mut Vec<String>) {
    if estimate.is_none() {
        notes.push("no sizes to estimate `parameters` from: fill in it and what follows".into());
    } else if exact.is_none() {
        notes.push(
            "`parameters` is a rough estimate: put the real count, and what follows from it".into(),
        );
    }
}

fn model_yaml(
    id: &str,
    hub_id: &str,
    is_default: bool,
    task: Option<String>,
    resources: Resources,
) -> String {
    let name = hub_id.rsplit('/').next().unwrap_or(hub_id);
    let mut yaml = String::new();
    let _ = write!(
        yaml,
        "  - id: {}\n    title: {}\n    hub_id: {}\n",
        yaml::scalar(id),
        yaml::scalar(&config::title(name)),
        yaml::scalar(hub_id)
    );
    if is_default {
        yaml.push_str("    default: true\n");
    }
    if let Some(task) = task {
        let _ = writeln!(yaml, "    task: {task}");
    }
    let _ = write!(yaml, "{resources}");
    yaml
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_new_file {
            writeln!(f, "# a new file: {}", self.file)?;
        } else {
            writeln!(f, "# add to `models` of {}", self.file)?;
        }
        for note in &self.notes {
            writeln!(f, "# note: {note}")?;
        }
        write!(f, "{}", self.yaml)
    }
}
