//! A checkpoint in a GGUF file gives the model that the same checkpoint in safetensors gives.

use std::fs;
use std::path::Path;

use crate::checkpoint_files::{kit, parts};
use crate::gguf_file::{Entry, Rows, Width, sizes, write};
use export::gguf::Gguf;
use export::{ExportError, ExportOptions, export};
use serde_json::Value;
use tempfile::TempDir;

/// A folder of the kit with a GGUF file in the place of its safetensors.
fn folder(family: &str, rows: Rows, width: Width, more: Vec<(String, Entry)>) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = kit(family).join("config.json");
    fs::copy(&config, dir.path().join("config.json")).unwrap();
    let config: Value = serde_json::from_slice(&fs::read(config).unwrap()).unwrap();
    let mut entries = sizes(family, &config);
    entries.extend(more);
    let weights = kit(family).join("model.safetensors");
    write(
        &dir.path().join("model.gguf"),
        &entries,
        &weights,
        rows,
        width,
    );
    dir
}

fn exported(family: &str, checkpoint: &Path) -> Result<Vec<u8>, ExportError> {
    let output = tempfile::tempdir().unwrap();
    let recipe = crate::families::recipe(family).unwrap();
    export(
        &recipe,
        checkpoint,
        &ExportOptions::default(),
        output.path(),
    )?;
    Ok(fs::read(output.path().join("model.onnx")).unwrap())
}

#[test]
fn the_same_weights_give_the_same_bytes() {
    let check = |family: &str, rows| {
        let dir = folder(family, rows, Width::Four, vec![]);
        let expected = exported(family, &kit(family)).unwrap();
        assert!(
            exported(family, dir.path()).unwrap() == expected,
            "{family}"
        );
    };
    check("llama", Rows::Paired(4, 2));
    check("qwen2", Rows::AsStored);
    check("qwen3", Rows::AsStored);
}

#[test]
fn rows_in_pairs_are_told_from_others() {
    let dir = folder("llama", Rows::AsStored, Width::Four, vec![]);
    assert!(exported("llama", dir.path()).unwrap() != exported("llama", &kit("llama")).unwrap());
}

#[test]
fn narrower_numbers_are_widened() {
    let dir = folder("llama", Rows::Paired(4, 2), Width::Two, vec![]);
    exported("llama", dir.path()).unwrap();
    let recipe = crate::families::recipe("llama").unwrap();
    export(&recipe, dir.path(), &ExportOptions::default(), dir.path()).unwrap();
    let written = crate::onnx_file::initializers(&dir.path().join("model.onnx"));
    let (header, data) = parts(&kit("llama").join("model.safetensors"));
    let name = "model.embed_tokens.weight";
    let place = header[name]["data_offsets"][0].as_u64().unwrap() as usize;
    for (found, stored) in written[name].bytes.chunks(4).zip(data[place..].chunks(4)) {
        assert_eq!(found, [0, 0, stored[2], stored[3]]);
    }
}

#[test]
fn files_that_cannot_be_used_are_refused() {
    let refused = |rows, more| {
        let dir = folder("llama", rows, Width::Four, more);
        let message = exported("llama", dir.path()).unwrap_err().to_string();
        message.replace(&dir.path().display().to_string(), "DIR")
    };
    let heads = |count| vec![("llama.attention.head_count".to_owned(), Entry::Count(count))];
    insta::assert_snapshot!(
        refused(Rows::AsStored, heads(5)),
        @"`DIR/model.gguf` cannot be read as GGUF: `blk.0.attn_q.weight` does not divide into its heads"
    );
    insta::assert_snapshot!(
        refused(Rows::AsStored, heads(0)),
        @"`DIR/model.gguf` cannot be read as GGUF: `blk.0.attn_q.weight` does not divide into its heads"
    );
}

#[test]
fn metadata_are_found_by_their_type() {
    let more = vec![
        ("a.text".to_owned(), Entry::Text("ä".to_owned())),
        (
            "a.list".to_owned(),
            Entry::Texts(vec!["b".to_owned(), String::new()]),
        ),
        ("a.numbers".to_owned(), Entry::Counts(vec![-1, 7])),
        ("a.flag".to_owned(), Entry::Flag(true)),
        ("a.scores".to_owned(), Entry::Numbers(vec![-0.5])),
    ];
    let dir = folder("llama", Rows::AsStored, Width::Four, more);
    let gguf = Gguf::open(&dir.path().join("model.gguf")).unwrap();
    let find = |key: &str| gguf.find(key).unwrap();
    assert_eq!(gguf.architecture(), Some("llama"));
    assert_eq!(find("a.text").as_text(), Some("ä"));
    assert_eq!(find("a.text").as_count(), None);
    assert_eq!(gguf.find_own("block_count").unwrap().as_count(), Some(2));
    assert_eq!(
        gguf.find_own("rope.freq_base").unwrap().as_number(),
        Some(10_000.0)
    );
    assert_eq!(find("a.list").as_list().unwrap().len(), 2);
    assert_eq!(find("a.numbers").as_list().unwrap()[0].as_count(), None);
    assert_eq!(find("a.numbers").as_list().unwrap()[1].as_count(), Some(7));
    assert_eq!(
        find("a.scores").as_list().unwrap()[0].as_number(),
        Some(-0.5)
    );
    assert_eq!(find("a.flag").as_flag(), Some(true));
    assert!(gguf.has_tensor("blk.1.ffn_up.weight"));
    assert_eq!(gguf.floats("output_norm.weight").unwrap().len(), 32);
    assert_eq!(gguf.floats("rope_freqs.weight"), None);
}
