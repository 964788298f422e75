//! Lists the files that a `gen` with the feature `embedded` carries inside itself.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=CARGO_FEATURE_EMBEDDED");
    let mut code = String::from("// The files that the program carries, sorted by path.\n");
    let is_embedded = env::var_os("CARGO_FEATURE_EMBEDDED").is_some();
    for (name, folder, extension) in [
        ("REGISTRY", "model_registry", "yaml"),
        ("TEMPLATES", "templates", "tera"),
    ] {
        let mut files = Vec::new();
        if is_embedded {
            let root = workspace()?.join(folder);
            println!("cargo::rerun-if-changed={}", root.display());
            walk(&root, &root, extension, &mut files)?;
            files.sort();
        }
        code.push_str(&format!("pub(super) static {name}: &[(&str, &str)] = &[\n"));
        for (path, file) in files {
            code.push_str(&format!("    ({path:?}, include_str!({file:?})),\n"));
        }
        code.push_str("];\n");
    }
    fs::write(folder_of("OUT_DIR")?.join("embedded.rs"), code)
}

fn workspace() -> io::Result<PathBuf> {
    Ok(folder_of("CARGO_MANIFEST_DIR")?.join(".."))
}

fn folder_of(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| io::Error::other(format!("{variable} is not set")))
}

/// Collects the files with an extension, each with its path below the root, with forward slashes.
fn walk(
    root: &Path,
    folder: &Path,
    extension: &str,
    files: &mut Vec<(String, String)>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(root, &path, extension, files)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            let below = path.strip_prefix(root).map_err(io::Error::other)?;
            let below = below
                .iter()
                .map(|part| part.to_string_lossy())
                .collect::<Vec<_>>()
                .join("/");
            files.push((below, path.canonicalize()?.to_string_lossy().into_owned()));
        }
    }
    Ok(())
}
