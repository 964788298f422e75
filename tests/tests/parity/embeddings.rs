//! Embeddings and their similarities, from raw texts.

use ndarray::{Array2, Array3, Ix3};
use runtime::processor::pooling::{Pooling, cosine_similarity};
use runtime::processor::text::{EncodeOptions, TextInput, TextProcessor};
use runtime::reference::Reference;
use runtime::session::GraphSource;
use runtime::task::{FeatureExtraction, Tensors};
use runtime::tensor::NamedTensors;
use workspace_tests::{EMBEDDING_FAMILIES, reference};

use super::{cases, floats, holds, open, run, sources};

#[test]
fn embeddings_and_similarities_are_equal() {
    for family in EMBEDDING_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        let processor = TextProcessor::load(reference.dir(), None).unwrap();
        let pooling = Pooling::load(reference.dir()).unwrap();
        for source in sources(&reference) {
            let session = open(Tensors, reference.dir(), source);
            for case in cases(&reference) {
                let items = reference.texts(case).unwrap().unwrap();
                let inputs: Vec<_> = items.iter().map(TextInput::from).collect();
                let options = EncodeOptions {
                    max_length: case.max_length(),
                    ..EncodeOptions::default()
                };
                let encoded = processor.encode_with(&inputs, options).unwrap();
                let mask = encoded.attention_mask.clone();
                let feeds = NamedTensors::new()
                    .with("input_ids", encoded.input_ids)
                    .with("attention_mask", encoded.attention_mask)
                    .with("token_type_ids", encoded.token_type_ids);
                let outputs = run(&session, &feeds);
                let hidden: Array3<f32> = floats(&outputs, "last_hidden_state")
                    .into_dimensionality::<Ix3>()
                    .unwrap();
                let embeddings = pooling.pool(&hidden.view(), &mask.view()).unwrap();
                let similarity = cosine_similarity(&embeddings.view(), &embeddings.view());
                let mean = Pooling::default()
                    .pool(&hidden.view(), &mask.view())
                    .unwrap();
                holds(&reference, case, "sentence_embedding", &embeddings.into());
                holds(&reference, case, "cosine_similarity", &similarity.into());
                holds(&reference, case, "mean_pooled_normalized", &mean.into());
            }
        }
    }
}

#[test]
fn sessions_give_the_embeddings_from_raw_texts() {
    for family in EMBEDDING_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        let session = open(FeatureExtraction, reference.dir(), GraphSource::Own);
        // Sessions truncate where the checkpoint does, not where one call of the reference did.
        for case in cases(&reference).filter(|case| case.name() != "truncated") {
            let items = reference.texts(case).unwrap().unwrap();
            let output = session.run_batch(&items).unwrap().output;
            let rows: Vec<_> = output
                .iter()
                .flat_map(|embedding| embedding.vector.clone())
                .collect();
            let embeddings =
                Array2::from_shape_vec((items.len(), rows.len() / items.len()), rows).unwrap();
            holds(&reference, case, "sentence_embedding", &embeddings.into());
        }
    }
}
