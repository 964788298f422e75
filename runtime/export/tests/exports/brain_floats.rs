//! Weights in bf16: each is the stored number rounded, and what goes in and out of a model stays in single precision.

use std::collections::BTreeMap;

use export::{ExportOptions, Precision, export};
use half::bf16;

use crate::checkpoint_files::{kit, parts};
use crate::onnx_file::{initializers, read};

const FLOAT32: i32 = 1;
const FLOAT16: i32 = 10;
const BFLOAT16: i32 = 16;

/// The numbers of the kit's checkpoint, by tensor.
fn stored(family: &str) -> BTreeMap<String, Vec<f32>> {
    let (header, data) = parts(&kit(family).join("model.safetensors"));
    let tensors = header.as_object().unwrap().iter();
    tensors
        .filter(|(_, info)| info["dtype"] == "F32")
        .map(|(name, info)| {
            let place = |which: usize| info["data_offsets"][which].as_u64().unwrap() as usize;
            let (fours, _) = data[place(0)..place(1)].as_chunks::<4>();
            let numbers = fours.iter().map(|&four| f32::from_le_bytes(four));
            (name.clone(), numbers.collect())
        })
        .collect()
}

#[test]
fn weights_are_the_stored_numbers_rounded() {
    for family in ["bert", "llama", "vit", "wav2vec2"] {
        let dir = tempfile::tempdir().unwrap();
        let recipe = crate::families::recipe(family).unwrap();
        let options = ExportOptions {
            precision: Precision::Bf16,
            ..ExportOptions::default()
        };
        let report = export(&recipe, &kit(family), &options, dir.path()).unwrap();
        let stored = stored(family);
        let mut compared = 0;
        let file = &report.graphs[0].files[0];
        for (name, initializer) in initializers(file) {
            assert_ne!(initializer.data_type, FLOAT16, "{family} {name}");
            let Some(numbers) = stored.get(&name) else {
                continue;
            };
            assert_eq!(initializer.data_type, BFLOAT16, "{family} {name}");
            let (pairs, rest) = initializer.bytes.as_chunks::<2>();
            assert!(rest.is_empty());
            let found: Vec<bf16> = pairs
                .iter()
                .map(|&pair| bf16::from_le_bytes(pair))
                .collect();
            let rounded: Vec<bf16> = numbers
                .iter()
                .map(|&number| bf16::from_f32(number))
                .collect();
            assert_eq!(found, rounded, "{family} {name}");
            compared += 1;
        }
        assert!(compared > 5, "{family}: {compared} tensors");
        let graph = read(file).graph.unwrap();
        for value in graph.input.iter().chain(&graph.output) {
            let element = value
                .r#type
                .as_ref()
                .unwrap()
                .tensor
                .as_ref()
                .unwrap()
                .element;
            let is_cache = value.name.starts_with("past_") || value.name.starts_with("present.");
            assert!(is_cache || element != BFLOAT16, "{family} {}", value.name);
        }
        // No operator set 18 kernel convolves bf16, so that the model casts around it.
        let elements: BTreeMap<_, _> = graph
            .value_info
            .iter()
            .map(|value| {
                let tensor = value.r#type.as_ref().unwrap().tensor.as_ref().unwrap();
                (value.name.as_str(), tensor.element)
            })
            .collect();
        for node in graph.node.iter().filter(|node| node.op_type == "Conv") {
            assert_eq!(
                elements[node.output[0].as_str()],
                FLOAT32,
                "{family} {}",
                node.name
            );
        }
    }
}
