//! Synthetic workspaces: the real platforms and templates, and as many models as asked for.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Models of one family.
const FAMILY: usize = 10;

/// A workspace in a temporary folder.
pub(crate) struct Workspace {
    folder: TempDir,
    outputs: usize,
}

impl Workspace {
    pub(crate) fn new(real: &Path, models: usize) -> Self {
        let folder = TempDir::with_prefix_in("gen-bench-", base()).expect("a temporary folder");
        copy(&real.join("templates"), &folder.path().join("templates"));
        copy(
            &real.join("model_registry/platforms"),
            &folder.path().join("model_registry/platforms"),
        );
        let families = folder.path().join("model_registry/families");
        fs::create_dir_all(&families).expect("a folder of families");
        for family in 0..models.div_ceil(FAMILY) {
            let text = family_file(family, FAMILY.min(models - family * FAMILY));
            fs::write(families.join(format!("family-{family}.yaml")), text)
                .expect("a family's file");
        }
        Self { folder, outputs: 0 }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The folder that is written to.
    pub(crate) fn output(&self) -> PathBuf {
        self.root().join(format!("output-{}", self.outputs))
    }

    /// From now on writes to a folder that is not there yet.
    pub(crate) fn take_new_output(&mut self) {
        self.outputs += 1;
    }

    pub(crate) fn rename_first_family(&self, version: usize) {
        let path = self.root().join("model_registry/families/family-0.yaml");
        let text = family_file(0, FAMILY).replace(
            "title: Model 0-",
            &format!("title: Version {version} of model 0-"),
        );
        fs::write(path, text).expect("a family's file");
    }
}

/// Where workspaces lie: in memory where there is such a folder, for a disk's own time depends on what was deleted on it
/// minutes ago; `BENCH_DIR` names another one.
pub(crate) fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let usual = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    std::env::var_os("BENCH_DIR").map_or(usual, PathBuf::from)
}

/// A text encoder whose models differ as real ones do.
fn family_file(family: usize, models: usize) -> String {
    let mut text = format!(
        "family: family-{family}\ntitle: Family {family}\ngroup: embedding\nmodality: text\ntask: feature-extraction\n\
         architecture:\n  name: family-{family}\n  text-encoder: {{prefix: encoder.}}\n  synthetic:\n    config: \
         {{model_type: family-{family}, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 64, \
         hidden_act: gelu, layer_norm_eps: 1.0e-12}}\nplatforms:\n  webgpu:\n    support: native\n    reason: fixed shapes \
         and int32 ids put every node on it\n  webnn:\n    support: unsupported\n    reason: too large for a browser\n    \
         above_parameters: 500_000_000\nmodels:\n"
    );
    for model in 0..models {
        let parameters = 20_000_000 * (1 + model * model);
        write!(
            text,
            "  - id: model-{family}-{model}-base-uncased\n    title: Model {family}-{model} base\n    hub_id: \
             owner-{family}/model-{family}-{model}-base-uncased\n    default: {}\n    parameters: {parameters}\n    \
             memory: {{min_mib: 9000, recommended_mib: 12000}}\n    disk_mib: 420\n    cpu_cores: 2\n    batch: 8\n",
            model == 0,
        )
        .expect("writing to a string");
    }
    text
}

/// The number of files below a folder.
pub(crate) fn files_of(folder: &Path) -> usize {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .count()
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().flatten() {
        let target = to.join(entry.path().strip_prefix(from).expect("a path below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).expect("a folder");
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
