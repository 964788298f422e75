//! Reads how a sentence-transformers model pools: `modules.json` and the files of the modules it lists.

use std::path::{Component, Path};

use serde_json::Value;

use super::{Mode, Pooling};
use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

/// The last part of the module types that are known here.
const KNOWN: &str = "Transformer, Pooling, Normalize, Dropout";

/// The pooling of a folder; `None` where it has no `modules.json`.
pub(super) fn load(dir: &Path) -> Result<Option<Pooling>, ProcessorError> {
    let Some(modules) = Settings::load(dir, "modules.json")? else {
        return Ok(None);
    };
    let list = modules
        .root()
        .as_array()
        .ok_or_else(|| modules.refuse("top level", modules.root(), "a list of modules"))?;
    let mut pooling = None;
    for (index, module) in list.iter().enumerate() {
        let text = |key: &str| {
            let value = module.get(key).unwrap_or(&Value::Null);
            value
                .as_str()
                .ok_or_else(|| modules.refuse(&format!("{index}.{key}"), value, "a text"))
        };
        let kind = text("type")?;
        // `sentence_transformers.models.Pooling`, in newer releases `sentence_transformers.….modules.pooling.Pooling`.
        match (kind.rsplit('.').next().unwrap_or(kind), &mut pooling) {
            ("Transformer", None) if index == 0 => {}
            ("Pooling", None) => {
                let path = text("path")?;
                if !Path::new(path)
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)))
                {
                    let found = Value::from(path);
                    return Err(modules.refuse(
                        &format!("{index}.path"),
                        &found,
                        "a folder of the checkpoint",
                    ));
                }
                pooling = Some(Pooling {
                    modes: modes(&dir.join(path))?,
                    normalises: false,
                });
            }
            ("Normalize", Some(pooling)) => pooling.normalises = true,
            ("Dropout", _) => {}
            _ => {
                return Err(ProcessorError::Module {
                    path: modules.path().to_owned(),
                    index,
                    found: kind.to_owned(),
                    known: KNOWN,
                });
            }
        }
    }
    pooling
        .map(Some)
        .ok_or_else(|| modules.refuse("top level", modules.root(), "a list with a Pooling module"))
}

/// The modes of a pooling module: `pooling_mode` in newer files, a switch per mode in older ones.
fn modes(dir: &Path) -> Result<Vec<Mode>, ProcessorError> {
    let name = "config.json";
    let settings = Settings::load(dir, name)?.ok_or_else(|| ProcessorError::Read {
        path: dir.join(name),
        source: std::io::ErrorKind::NotFound.into(),
    })?;
    let Some(chosen) = settings.find("pooling_mode") else {
        return switched(&settings);
    };
    let names = match chosen {
        Value::Array(names) => names.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mode = |name: &Value| {
        let name = name.as_str()?;
        Mode::ALL
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|&(mode, ..)| mode)
    };
    let modes: Option<Vec<_>> = names.iter().map(mode).collect();
    modes.filter(|modes| !modes.is_empty()).ok_or_else(|| {
        let known: Vec<_> = Mode::ALL.iter().map(|(_, name, _)| *name).collect();
        settings.refuse(
            "pooling_mode",
            chosen,
            &format!("one or several of {}", known.join(", ")),
        )
    })
}

/// The modes switched on; the mean where none is.
fn switched(settings: &Settings) -> Result<Vec<Mode>, ProcessorError> {
    let mut modes = Vec::new();
    for (mode, _, key) in Mode::ALL {
        if settings.flag(key)?.unwrap_or(false) {
            modes.push(mode);
        }
    }
    Ok(if modes.is_empty() {
        vec![Mode::Mean]
    } else {
        modes
    })
}
