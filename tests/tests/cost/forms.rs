//! Own graphs in every form: no node is left uncounted, and what is known without writing them is what stands in the files.

use std::collections::BTreeMap;
use std::fs;

use generated::CATALOG;
use runtime::cost::{Decided, GraphCost};
use runtime::export::outline::{Numbers, Outline, Stored};
use runtime::export::{
    ExportOptions, IdWidth, KvCache, Precision, Shapes, outlines, outlines_of_config,
};
use runtime::verify::model_of;
use workspace_tests::reference;

use crate::graphs::{Exported, LENGTHS, families, image_size};

/// The number of frames of a voice, where data decides about it.
fn decided(outline: &Outline) -> Decided {
    let cut = outline
        .graph
        .nodes
        .iter()
        .find(|node| node.name == "/frames/Slice");
    let frames = cut.map(|cut| (cut.inputs[2].clone(), Numbers::Integers(vec![20])));
    frames.into_iter().collect()
}

#[test]
fn every_node_of_own_graphs_is_counted() {
    let forms = [
        ExportOptions::default(),
        ExportOptions {
            precision: Precision::Fp16,
            cache: KvCache::Fixed(24),
            ids: IdWidth::Int32,
            ..ExportOptions::default()
        },
        ExportOptions {
            precision: Precision::Bf16,
            cache: KvCache::None,
            // All weights stand in a file of their own.
            external_data_above: 0,
            ..ExportOptions::default()
        },
    ];
    let mut graphs = 0;
    for family in families() {
        for form in &forms {
            let exported = Exported::new(family, form.clone());
            for name in &exported.names {
                let outline = Outline::read(&exported.file(name)).unwrap();
                for lengths in LENGTHS {
                    let givens = lengths.of(&outline, None);
                    let cost = GraphCost::deciding(&outline, &givens, &decided(&outline)).unwrap();
                    assert!(
                        !cost.is_lower_bound(),
                        "{family} {name}: {:?}",
                        cost.unknown
                    );
                    assert!(cost.compulsory.unsized_values.is_empty(), "{family} {name}");
                    assert!(cost.unfused_bytes().is_some(), "{family} {name}");
                    assert!(cost.nodes.iter().all(|node| node.output_shape.is_some()));
                    graphs += 1;
                }
            }
        }
    }
    assert!(graphs > 200, "{graphs}");
}

#[test]
fn static_graphs_cost_what_symbolic_ones_do_at_their_lengths() {
    for family in ["bert", "vit", "llama", "t5", "wav2vec2", "clip"] {
        let whole = ExportOptions {
            cache: KvCache::None,
            ..ExportOptions::default()
        };
        let symbolic = Exported::new(family, whole.clone());
        for name in &symbolic.names {
            let outline = Outline::read(&symbolic.file(name)).unwrap();
            let lengths = LENGTHS[0];
            let expected = GraphCost::of(&outline, &lengths.of(&outline, None)).unwrap();
            let bound: BTreeMap<String, u64> = outline
                .axes()
                .into_iter()
                .map(|axis| (axis.to_owned(), lengths.axis(&outline, axis).unwrap()))
                .collect();
            let form = ExportOptions {
                shapes: Shapes::Static(bound),
                only: Some((*name).to_owned()),
                ..whole.clone()
            };
            let fixed = Exported::new(family, form);
            let fixed = Outline::read(&fixed.file(name)).unwrap();
            let found = GraphCost::of(&fixed, &fixed.shaped(|_| None).unwrap()).unwrap();
            assert_eq!(found.macs, expected.macs, "{family} {name}");
        }
    }
}

/// The same without the numbers of floats, which only a written file has.
fn comparable(mut outline: Outline) -> Outline {
    let forget = |stored: &mut Stored| {
        if stored.element.is_float() {
            stored.numbers = None;
        }
    };
    outline.graph.stored.values_mut().for_each(forget);
    outline
}

#[test]
fn outlines_are_those_of_the_written_files() {
    for family in families() {
        let dir = reference(family);
        let config = fs::read_to_string(dir.join("config.json")).unwrap();
        let parsed = serde_json::from_str(&config).unwrap();
        let entry = CATALOG.find(model_of(&CATALOG, &parsed).unwrap()).unwrap();
        let recipe = entry.model.family.architecture.recipe.unwrap();
        let options = ExportOptions {
            image_size: image_size(&dir),
            ..ExportOptions::default()
        };
        let exported = Exported::new(family, options.clone());
        let built = outlines(&recipe, &dir, &options).unwrap();
        let names: Vec<_> = built.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, exported.names);
        let of_config = outlines_of_config(&recipe, &config, &options).unwrap();
        for ((name, built), (_, of_config)) in built.into_iter().zip(of_config) {
            let built = comparable(built);
            let read = comparable(Outline::read(&exported.file(name)).unwrap());
            assert!(built == read, "{family} {name} differs from its file");
            // What a configuration alone says may name tensors otherwise, and cost no other.
            let givens = LENGTHS[1].of(&read, None);
            let macs = |outline: &Outline| {
                let cost = GraphCost::deciding(outline, &givens, &decided(outline));
                cost.unwrap().macs
            };
            assert_eq!(macs(&of_config), macs(&read), "{family} {name}");
        }
    }
}
