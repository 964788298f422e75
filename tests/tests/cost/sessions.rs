//! Costs of sessions: of the graph that is open, and of the static one that input is padded to.

use std::fs;

use generated::CATALOG;
use ndarray::Array2;
use runtime::Error;
use runtime::catalog::{GraphForm, IdWidth, KvCache, Lengths, Platform};
use runtime::checkpoint::CheckpointSpec;
use runtime::cost::{Given, Givens, given};
use runtime::engine::Settings;
use runtime::session::{LoadOptions, Session};
use runtime::skill::Skill;
use runtime::task::FeatureExtraction;
use runtime::tensor::NamedTensors;
use runtime::verify::model_of;
use workspace_tests::reference;

use crate::closed_forms;

const INPUTS: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];

fn open(form: GraphForm) -> Session<FeatureExtraction> {
    let dir = reference("bert");
    let config = serde_json::from_slice(&fs::read(dir.join("config.json")).unwrap()).unwrap();
    let entry = CATALOG.find(model_of(&CATALOG, &config).unwrap()).unwrap();
    let skill = Skill {
        task: FeatureExtraction,
        model: entry.model,
        cell: entry.cell(Platform::Cpu).unwrap(),
    };
    let options = LoadOptions {
        checkpoint: CheckpointSpec::Folder(dir),
        form: Some(form),
        settings: Settings {
            threads: 1,
            ..Settings::beside_others()
        },
        ..LoadOptions::default()
    };
    skill.load(&options).unwrap()
}

fn shapes(batch: u64, tokens: u64) -> Givens {
    INPUTS
        .map(|name| (name.to_owned(), Given::shape([batch, tokens])))
        .into()
}

#[test]
fn an_open_graph_costs_what_its_input_does() {
    let session = open(GraphForm::HUB);
    let found = session.cost("model", &shapes(3, 8)).unwrap();
    assert_eq!(found.runs, 1);
    assert_eq!(found.graph.macs, closed_forms::reference_bert(3, 8));
    let tensor = Array2::<i64>::ones((3, 8));
    let feeds = INPUTS.iter().fold(NamedTensors::new(), |feeds, &name| {
        feeds.with(name, tensor.clone())
    });
    let graph = session.graphs().find("model").unwrap();
    graph.forward(&feeds).unwrap();
    assert_eq!(graph.cost(&given(&feeds)).unwrap(), found);
    let error = session.cost("decoder_model", &shapes(1, 1)).unwrap_err();
    assert!(matches!(error, Error::MissingGraph { .. }), "{error}");
    let error = session.cost("model", &Givens::new()).unwrap_err();
    assert!(error.is_bad_input(), "{error}");
}

#[test]
fn a_static_graph_costs_what_its_padded_input_does_for_each_piece_of_the_batch() {
    let session = open(GraphForm {
        ids: IdWidth::Int32,
        kv_cache: KvCache::None,
        lengths: Some(Lengths {
            batch: 2,
            tokens: 16,
            samples: None,
        }),
    });
    let found = session.cost("model", &shapes(5, 8)).unwrap();
    assert_eq!(found.runs, 3);
    assert_eq!(found.graph.macs, closed_forms::reference_bert(2, 16));
    assert_eq!(found.flops(), 3 * 2 * closed_forms::reference_bert(2, 16));
    let refused = |givens: &Givens| session.cost("model", givens).unwrap_err();
    let error = refused(&shapes(1, 17));
    assert!(
        matches!(error, Error::TooLong { length: 16, .. }),
        "{error}"
    );
    let mut uneven = shapes(1, 8);
    uneven.insert("attention_mask".to_owned(), Given::shape([1, 9]));
    let error = refused(&uneven);
    assert!(matches!(error, Error::InvalidInput(_)), "{error}");
    uneven.insert("attention_mask".to_owned(), Given::shape([8]));
    assert!(matches!(refused(&uneven), Error::InvalidInput(_)));
    uneven.remove("attention_mask");
    assert!(matches!(refused(&uneven), Error::MissingInput { .. }));
    let mut more = shapes(1, 8);
    more.insert("pixels".to_owned(), Given::shape([1]));
    assert!(matches!(refused(&more), Error::UnknownInput { .. }));
}
