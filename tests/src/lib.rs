//! Where the workspace's tests find what they read: the repository, its source files and the reference checkpoints.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Reference checkpoints whose families have a graph builder, in alphabetical order.
pub const FAMILIES: [&str; 7] = [
    "bert",
    "bert-mlm",
    "dinov2",
    "distilbert",
    "mpnet",
    "roberta",
    "vit",
];

/// Reference checkpoints whose families have an encoder and a decoder as graphs of their own.
pub const SEQUENCE_FAMILIES: [&str; 2] = ["t5", "whisper"];

/// The families among [`FAMILIES`] that read texts.
pub const TEXT_FAMILIES: [&str; 5] = ["bert", "bert-mlm", "distilbert", "mpnet", "roberta"];

/// The families among [`FAMILIES`] that give embeddings of texts.
pub const EMBEDDING_FAMILIES: [&str; 4] = ["bert", "distilbert", "mpnet", "roberta"];

/// The families among [`FAMILIES`] that read pictures.
pub const IMAGE_FAMILIES: [&str; 2] = ["dinov2", "vit"];

/// Reference checkpoints of image encoders in stages, of detectors and of segmenters.
pub const SCENE_FAMILIES: [&str; 5] = ["convnext", "detr", "sam", "segformer", "swin"];
/// Reference checkpoints of two towers that read texts beside pictures or videos.
pub const TOWER_FAMILIES: [&str; 2] = ["clip", "xclip"];
/// Reference checkpoints of decoders that generate text: their graphs take what earlier runs remember.
pub const DECODER_FAMILIES: [&str; 8] = [
    "gemma", "gpt2", "llama", "mistral", "olmo", "olmo2", "qwen2", "qwen3",
];

/// Reference checkpoints of language models that see pictures.
pub const SEEING_FAMILIES: [&str; 3] = ["blip2", "llava", "llava_next"];

/// Reference checkpoints that hear sounds and whose graph takes waveforms, or spectrograms beside texts.
pub const SOUND_FAMILIES: [&str; 2] = ["clap", "wav2vec2"];

/// Reference checkpoints of towers that read texts, see pictures and hear sounds.
pub const JOINT_FAMILIES: [&str; 1] = ["imagebind"];

/// Reference checkpoints that speak texts.
pub const VOICE_FAMILIES: [&str; 1] = ["vits"];

/// The repository's root.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder of a reference checkpoint.
#[must_use]
pub fn reference(family: &str) -> PathBuf {
    workspace().join("tests/reference").join(family)
}

/// Every file below `folders` of the repository whose name ends in `ending`, relative to the root and sorted.
///
/// # Errors
/// A folder that cannot be listed.
pub fn files(folders: &[&str], ending: &str) -> io::Result<Vec<PathBuf>> {
    let root = workspace();
    let mut pending: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path.strip_prefix(&root).unwrap_or(&path).to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The `assay` program, run in the repository's root. It is built first: testing this crate alone would not do so.
///
/// # Errors
/// The build fails, or the path of the running test cannot be found.
pub fn assay(arguments: &[&str]) -> io::Result<Command> {
    static BUILT: Mutex<bool> = Mutex::new(false);
    let mut is_built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !*is_built {
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--workspace", "--bin", "assay"])
            .current_dir(workspace())
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!("assay does not build: {status}")));
        }
        *is_built = true;
    }
    let test = env::current_exe()?;
    let programs = test.ancestors().nth(2).unwrap_or(&test);
    let mut command = Command::new(programs.join(format!("assay{}", env::consts::EXE_SUFFIX)));
    command.args(arguments).current_dir(workspace());
    Ok(command)
}

/// Copies a folder with all that is in it.
///
/// # Errors
/// A file that cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(path, target)?;
        }
    }
    Ok(())
}

/// Exit code, standard output and standard error of `assay` with these arguments.
///
/// # Errors
/// It cannot be built or started, or was ended by a signal.
pub fn run_assay(arguments: &[&str]) -> io::Result<(i32, String, String)> {
    // Nothing here may ask the hub, nor depend on what it once gave.
    let output = assay(arguments)?
        .env("HF_HUB_OFFLINE", "1")
        .env("HF_HOME", "/nowhere")
        .output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code();
    Ok((
        code.ok_or_else(|| io::Error::other(output.status.to_string()))?,
        text(&output.stdout),
        text(&output.stderr),
    ))
}
