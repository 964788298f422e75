//! Weights in a file beside the model: the same bytes as inline, aligned, written atomically.

use crate::checkpoint_files::{copy, kit};
use crate::families::FAMILIES;
use export::{ExportError, ExportOptions, Precision, export};

#[test]
fn weights_apart_are_the_weights_inline() {
    let dir = tempfile::tempdir().unwrap();
    for (family, recipe) in FAMILIES {
        for precision in [Precision::Fp32, Precision::Fp16] {
            let write = |name: &str, external_data_above| {
                let options = ExportOptions {
                    precision,
                    external_data_above,
                    image_size: (family == "dinov2").then_some((28, 28)),
                    ..ExportOptions::default()
                };
                let folder = dir.path().join(name);
                std::fs::create_dir_all(&folder).unwrap();
                let report = export(&recipe, &kit(family), &options, &folder).unwrap();
                let initializers = crate::onnx_file::initializers(&folder.join("model.onnx"));
                (report.graphs[0].files.clone(), initializers)
            };
            let (inline_files, inline) = write("inline", 1 << 30);
            let (files, apart) = write("apart", 1 << 10);
            assert_eq!(inline_files.len(), 1);
            let model = dir.path().join("apart/model.onnx");
            let data = dir.path().join("apart/model.onnx_data");
            assert_eq!(files, [model, data.clone()]);
            assert_eq!(inline.len(), apart.len());
            let mut external_bytes = 0;
            for (name, tensor) in &inline {
                let other = &apart[name];
                assert_eq!(tensor.bytes, other.bytes, "{family} {name}");
                assert_eq!(
                    (&tensor.dims, tensor.data_type),
                    (&other.dims, other.data_type)
                );
                assert_eq!(
                    other.offset.is_some(),
                    tensor.bytes.len() >= 1024,
                    "{family} {name}"
                );
                if let Some(offset) = other.offset {
                    assert_eq!(offset % 64, 0);
                    external_bytes += tensor.bytes.len() as u64;
                }
            }
            let length = std::fs::metadata(&data).unwrap().len();
            assert!(
                external_bytes > 0
                    && length >= external_bytes
                    && length < external_bytes + 64 * apart.len() as u64
            );
        }
    }
}

#[test]
fn a_failed_export_leaves_nothing_behind() {
    // A weight that half precision cannot hold stops the export in the middle of the data.
    let checkpoint = copy("bert");
    let path = checkpoint.path().join("model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&1e6_f32.to_le_bytes());
    std::fs::write(path, bytes).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for external_data_above in [0, 1 << 30] {
        let options = ExportOptions {
            precision: Precision::Fp16,
            external_data_above,
            ..ExportOptions::default()
        };
        let recipe = crate::families::recipe("bert").unwrap();
        let error = export(&recipe, checkpoint.path(), &options, dir.path()).unwrap_err();
        assert!(matches!(error, ExportError::Overflow { .. }), "{error}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let output = std::path::Path::new("/nowhere/at/all");
    let recipe = crate::families::recipe("bert").unwrap();
    let error = export(&recipe, &kit("bert"), &ExportOptions::default(), output).unwrap_err();
    insta::assert_snapshot!(error, @"cannot write `/nowhere/at/all/model.onnx`");
}

#[cfg(unix)]
#[test]
fn the_model_is_as_readable_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    let model = dir.path().join("model.onnx");
    let recipe = crate::families::recipe("bert").unwrap();
    export(&recipe, &kit("bert"), &ExportOptions::default(), dir.path()).unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&model), mode(&plain));
}
