//! Where registry and templates come from: flags, then the workspace around the current folder, then the program itself.

mod embedded;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::registry::{self, Registry};
use crate::template::{TemplateFile, Templates, read_folder};

const REGISTRY: &str = "model_registry";
const TEMPLATES: &str = "templates";
const OUTPUT: &str = "generated";

/// Where registry and templates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    registry: Place,
    templates: Place,
    own_templates: Option<PathBuf>,
    workspace: Option<PathBuf>,
    start: PathBuf,
}

/// A folder, or what was compiled in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Folder(PathBuf),
    Embedded,
}

impl Source {
    /// Finds registry and templates; what a flag names comes first.
    ///
    /// # Errors
    /// When there is neither a flag nor a workspace, nor anything compiled in.
    pub fn locate(registry: Option<&Path>, templates: Option<&Path>, start: &Path) -> Result<Self> {
        let is_workspace =
            |folder: &&Path| folder.join(REGISTRY).is_dir() && folder.join(TEMPLATES).is_dir();
        let workspace = start.ancestors().find(is_workspace).map(Path::to_owned);
        let place = |name: &str, is_embedded: bool| match &workspace {
            Some(workspace) => Some(Place::Folder(workspace.join(name))),
            None => is_embedded.then_some(Place::Embedded),
        };
        let found = match registry {
            Some(folder) => Some(Place::Folder(folder.to_owned())),
            None => place(REGISTRY, !embedded::REGISTRY.is_empty()),
        };
        let built_in = place(TEMPLATES, !embedded::TEMPLATES.is_empty());
        // Outside a workspace a folder of templates that lacks none does as well.
        let (built_in, own) = match (built_in, templates.map(Path::to_owned)) {
            (None, Some(own)) => (Some(Place::Folder(own)), None),
            (built_in, own) => (built_in, own),
        };
        match (found, built_in) {
            (Some(registry), Some(templates)) => Ok(Self {
                registry,
                templates,
                own_templates: own,
                workspace,
                start: start.to_owned(),
            }),
            _ => Err(Error::NoWorkspace {
                start: start.to_owned(),
            }),
        }
    }

    /// Whether the registry was compiled in.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.registry == Place::Embedded
    }

    /// The workspace around the current folder.
    #[must_use]
    pub fn workspace(&self) -> Option<&Path> {
        self.workspace.as_deref()
    }

    /// The folder of the registry; `None` where it was compiled in.
    #[must_use]
    pub fn registry_folder(&self) -> Option<&Path> {
        match &self.registry {
            Place::Folder(folder) => Some(folder),
            Place::Embedded => None,
        }
    }

    /// The output folder: the one named, else the workspace's.
    ///
    /// # Errors
    /// When there is neither.
    pub fn output(&self, named: Option<&Path>) -> Result<PathBuf> {
        match (named, &self.workspace) {
            (Some(named), _) => Ok(named.to_owned()),
            (None, Some(workspace)) => Ok(workspace.join(OUTPUT)),
            (None, None) => Err(Error::NoOutput {
                start: self.start.clone(),
            }),
        }
    }

    /// Reads and checks the registry.
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn load_registry(&self) -> Result<Registry> {
        let (folder, loaded) = match &self.registry {
            Place::Folder(folder) => (folder.clone(), registry::load(folder)),
            Place::Embedded => (
                PathBuf::from("compiled-in registry"),
                registry::from_texts(embedded::REGISTRY),
            ),
        };
        loaded.map_err(|faults| Error::Registry { folder, faults })
    }

    /// Reads and parses the templates.
    ///
    /// # Errors
    /// When one cannot be read or parsed.
    pub fn load_templates(&self) -> Result<Templates> {
        let built_in = match &self.templates {
            Place::Folder(folder) => read_folder(folder)?,
            Place::Embedded => embedded::TEMPLATES
                .iter()
                .map(|(path, text)| carried(path, text))
                .collect(),
        };
        let own = self.own_templates.as_deref().map(read_folder).transpose()?;
        Templates::parse(built_in, own.unwrap_or_default())
    }
}

fn carried(path: &str, text: &str) -> TemplateFile {
    TemplateFile {
        path: path.to_owned(),
        origin: format!("compiled-in {path}").into(),
        text: text.to_owned(),
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "registry {}, templates {}",
            self.registry, self.templates
        )?;
        self.own_templates.as_ref().map_or(Ok(()), |own| {
            write!(f, " with those in {} instead", own.display())
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Embedded => f.write_str("compiled in"),
        }
    }
}
