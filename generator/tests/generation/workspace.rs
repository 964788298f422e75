//! A workspace in a temporary folder, and `gen` run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A workspace with the real platforms and templates and families of its own.
pub(crate) struct Workspace {
    folder: TempDir,
}

/// What a run of `gen` came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Everything a user sees.
    pub(crate) fn seen(&self) -> String {
        format!("exit {}\n{}{}", self.code, self.stdout, self.stderr)
    }
}

impl Workspace {
    pub(crate) fn new(families: &[(&str, &str)]) -> Self {
        let folder = TempDir::with_prefix("gen-test-").unwrap();
        let workspace = Self { folder };
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        copy(&real.join("templates"), &workspace.path("templates"));
        copy(
            &real.join("model_registry/platforms"),
            &workspace.path("model_registry/platforms"),
        );
        for (name, text) in families {
            workspace.write(&format!("model_registry/families/{name}.yaml"), text);
        }
        workspace
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces text that must be there.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} does not contain {from}");
        self.write(path, &text.replace(from, to));
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    /// Every file of the output, with its text, sorted by path.
    pub(crate) fn generated(&self) -> Vec<(String, String)> {
        tree(&self.path("generated"))
    }

    /// Runs `gen` with arguments that are separated by spaces.
    pub(crate) fn gen_run(&self, arguments: &str) -> Run {
        self.command(arguments, |_| {})
    }

    /// Runs `gen` with arguments, after changes to its command.
    pub(crate) fn command(&self, arguments: &str, change: impl FnOnce(&mut Command)) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gen"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path());
        change(&mut command);
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let root = self
            .folder
            .path()
            .canonicalize()
            .unwrap()
            .display()
            .to_string();
        let plain = self.folder.path().display().to_string();
        let clean = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(&root, "[root]").replace(&plain, "[root]")
        };
        Run {
            code: status.code().unwrap_or(-1),
            stdout: clean(stdout),
            stderr: clean(stderr),
        }
    }

    /// Runs `gen` and expects success.
    pub(crate) fn succeed(&self, arguments: &str) -> String {
        let run = self.gen_run(arguments);
        assert_eq!(run.code, 0, "gen {arguments}\n{}", run.seen());
        run.stdout
    }
}

/// Every file below a folder with its text, sorted by path.
pub(crate) fn tree(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    if !root.exists() {
        return files;
    }
    for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let path = entry
                .path()
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            files.push((
                path,
                String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned(),
            ));
        }
    }
    files
}

fn copy(from: &Path, to: &Path) {
    for (path, text) in tree(from) {
        let target = to.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, text).unwrap();
    }
}
