//! The cache key changes with everything that changes the model, and with nothing else.

use std::path::Path;

use crate::checkpoint_files::{copy, edit_config, kit};
use export::recipe::Recipe;
use export::{ExportOptions, Precision, fingerprint};

fn of(recipe: &Recipe, dir: &Path, options: &ExportOptions) -> String {
    fingerprint(recipe, dir, options).unwrap()
}

#[test]
fn a_copy_has_the_same_fingerprint() {
    let recipe = crate::families::recipe("bert").unwrap();
    let options = ExportOptions::default();
    let original = of(&recipe, &kit("bert"), &options);
    assert_eq!(original.len(), 64);
    assert_eq!(original, of(&recipe, copy("bert").path(), &options));
}

#[test]
fn every_ingredient_changes_it() {
    let recipe = crate::families::recipe("bert").unwrap();
    let options = ExportOptions::default();
    let original = of(&recipe, &kit("bert"), &options);

    let half = ExportOptions {
        precision: Precision::Fp16,
        ..options.clone()
    };
    assert_ne!(original, of(&recipe, &kit("bert"), &half));

    let other = crate::families::recipe("distilbert").unwrap();
    assert_ne!(original, of(&other, &kit("bert"), &options));

    let changed = copy("bert");
    edit_config(changed.path(), "1e-12", "1e-11");
    assert_ne!(original, of(&recipe, changed.path(), &options));

    let changed = copy("bert");
    let path = changed.path().join("model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(path, bytes).unwrap();
    assert_ne!(original, of(&recipe, changed.path(), &options));
}

#[test]
fn a_folder_without_weights_has_none() {
    let dir = copy("bert");
    std::fs::remove_file(dir.path().join("model.safetensors")).unwrap();
    let recipe = crate::families::recipe("bert").unwrap();
    assert!(fingerprint(&recipe, dir.path(), &ExportOptions::default()).is_err());
}
