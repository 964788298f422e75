//! Which files of a repository are fetched: what prepares input, what configures, and weights in safetensors.

use std::path::Path;

use super::{CheckpointError, folder};

/// Files of which at least one is there once a checkpoint can prepare input.
pub(super) const PREPARATION: [&str; 7] = [
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "preprocessor_config.json",
];

/// Everything else that is small and read by somebody.
const CONFIGURATION: [&str; 15] = [
    "config.json",
    "generation_config.json",
    "processor_config.json",
    "video_preprocessor_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
    "chat_template.json",
    "chat_template.jinja",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "sentence_roberta_config.json",
    folder::INDEX,
];

/// The small files of a repository, `config.json` first.
pub(super) fn small<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut wanted: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| {
            PREPARATION.contains(name) || CONFIGURATION.contains(name) || is_module(name)
        })
        .collect();
    wanted.sort_by_key(|name| (*name != "config.json", *name));
    wanted
}

/// Whether it configures a module of sentence-transformers: `1_Pooling/config.json`.
fn is_module(name: &str) -> bool {
    let Some((module, "config.json")) = name.split_once('/') else {
        return false;
    };
    let Some((number, _)) = module.split_once('_') else {
        return false;
    };
    !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && folder::is_inside(name)
}

/// The files of the weights, sorted; the index, where there is one, lies in the folder already.
pub(super) fn weights(names: &[&str], root: &Path) -> Result<Option<Vec<String>>, CheckpointError> {
    if names.contains(&folder::WEIGHTS) {
        return Ok(Some(vec![folder::WEIGHTS.to_owned()]));
    }
    Ok(folder::shards(root)?.map(|shards| shards.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pickles_and_the_rest_stay_where_they_are() {
        let names = [
            ".gitattributes",
            "1_Pooling/config.json",
            "1_Pooling/model.safetensors",
            "2_../config.json",
            "../1_Pooling/config.json",
            "1_a/b/config.json",
            "README.md",
            "config.json",
            "flax_model.msgpack",
            "model.safetensors",
            "onnx/model.onnx",
            "optimizer.pt",
            "pytorch_model.bin",
            "tf_model.h5",
            "added_tokens.json",
            "tokenizer.json",
            "vocab.txt",
        ];
        assert_eq!(
            small(&names),
            [
                "config.json",
                "1_Pooling/config.json",
                "2_../config.json",
                "added_tokens.json",
                "tokenizer.json",
                "vocab.txt"
            ]
        );
        let weights = weights(&names, Path::new("/nowhere")).unwrap();
        assert_eq!(weights, Some(vec!["model.safetensors".to_owned()]));
    }
}
