//! What a model file lists, and copies of it that give more than it does.

use std::fs;

use export::{ExportOptions, GraphListing, export};

use crate::checkpoint_files::kit;

/// A model with its weights beside it.
fn model(folder: &std::path::Path) -> std::path::PathBuf {
    let options = ExportOptions {
        external_data_above: 1 << 10,
        ..ExportOptions::default()
    };
    let recipe = crate::families::recipe("bert").unwrap();
    export(&recipe, &kit("bert"), &options, folder).unwrap();
    folder.join("model.onnx")
}

#[test]
fn a_copy_gives_inner_values_with_their_types_and_is_the_same_otherwise() {
    let [folder, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let model = model(folder.path());
    let listing = GraphListing::read(&model).unwrap();
    assert_eq!(
        listing.inputs,
        ["input_ids", "attention_mask", "token_type_ids"]
    );
    assert_eq!(listing.outputs, ["last_hidden_state", "pooler_output"]);
    let inner = listing.nodes[0].outputs[0].as_str();
    assert!(listing.is_readable(inner));
    let copy = listing.copy_giving(&[inner], other.path()).unwrap();

    let [before, after] = [&model, &copy].map(|file| crate::onnx_file::read(file).graph.unwrap());
    assert_eq!(before.node, after.node);
    assert_eq!(before.initializer, after.initializer);
    let info = before.value_info.iter().find(|info| info.name == inner);
    let given = [before.output.as_slice(), &[info.unwrap().clone()]].concat();
    assert_eq!(after.output, given);
    let data = |file: &std::path::Path| fs::read(file.with_file_name("model.onnx_data")).unwrap();
    assert_eq!(data(&model), data(&copy));
}

#[test]
fn files_that_are_no_model_or_point_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path());
    let bytes = fs::read(&model).unwrap();
    let name = b"model.onnx_data";
    for elsewhere in [b"../../etc/group", b"/etc/../x/group"] {
        let mut changed = bytes.clone();
        let at = bytes.windows(name.len()).position(|window| window == name);
        changed[at.unwrap()..][..name.len()].copy_from_slice(elsewhere);
        fs::write(&model, changed).unwrap();
        let error = GraphListing::read(&model).unwrap_err().to_string();
        let elsewhere = String::from_utf8_lossy(elsewhere);
        assert_eq!(
            error,
            format!("its weights lie in `{elsewhere}`, outside of its folder")
        );
    }
    fs::write(&model, &bytes[..bytes.len() / 2]).unwrap();
    assert!(GraphListing::read(&model).is_err());
    assert!(GraphListing::read(folder.path()).is_err());
}
