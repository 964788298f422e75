//! Tokens for the masks of a text.

use export::Head;
use ndarray::{ArrayView1, Ix3, s};

use super::{Task, TextItem, output, text_input};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::text::{TextInput, TextProcessor};
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// Number of tokens that are given for a mask.
const TOKENS: usize = 100;

/// Tokens for the masks of a text, best first.
#[derive(Debug, Clone, Copy)]
pub struct FillMask;

/// What may stand for one mask.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// Its position among the text's tokens, special ones included.
    pub position: usize,
    /// The hundred best tokens, or as many as there are.
    pub tokens: Vec<MaskToken>,
}

/// A token that may stand for a mask.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskToken {
    /// Its id.
    pub id: i64,
    /// The token, as the vocabulary spells it.
    pub token: String,
    /// Softmax probability over the vocabulary.
    pub score: f32,
}

impl Task for FillMask {
    type Input = TextItem;
    type Output = Vec<Mask>;
    type Processor = TextProcessor;

    const HEAD: Head = Head::MaskedLm;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<TextProcessor, Error> {
        text_input::tokenizer(model, checkpoint)
    }

    fn run(call: &Call<'_, Self>, items: &[TextItem]) -> Result<Vec<Vec<Mask>>, Error> {
        let processor = call.processor();
        let mask = processor.mask_id().ok_or(Error::InvalidCheckpoint {
            file: "tokenizer.json".to_owned(),
            reason: "it names no mask token".to_owned(),
        })?;
        let texts: Vec<TextInput<'_>> = items.iter().map(TextInput::from).collect();
        let encoded = processor.encode(&texts)?;
        let ids = encoded.input_ids.clone();
        let is_masked = |row: ArrayView1<'_, i64>| row.iter().any(|id| *id == mask);
        if let Some(index) = ids.rows().into_iter().position(|row| !is_masked(row)) {
            let token = processor.mask_token().unwrap_or_default();
            return Err(Error::InvalidInput(format!(
                "text {index} holds no {token}"
            )));
        }
        let outputs = call.forward("model", &encoded.into_feeds(call.graph("model")?.inputs()))?;
        let logits =
            output::floats::<Ix3>(&outputs, "logits", "float (batch, tokens, vocabulary)")?;
        let masks = |(index, row): (usize, ArrayView1<'_, i64>)| {
            let positions = row.indexed_iter().filter(|(_, id)| **id == mask);
            positions
                .map(|(position, _)| Mask {
                    position,
                    tokens: rank(&logits.slice(s![index, position, ..]), processor),
                })
                .collect()
        };
        Ok(ids.rows().into_iter().enumerate().map(masks).collect())
    }

    fn parse(ask: &Ask) -> Result<Vec<TextItem>, Error> {
        let texts = ask.arguments.iter();
        Ok(texts.map(|text| TextItem::from(text.as_str())).collect())
    }

    fn present(ask: &Ask, outputs: &[Vec<Mask>]) -> Answer {
        let mut text = String::new();
        let mut json = Vec::new();
        for (argument, masks) in ask.arguments.iter().zip(outputs) {
            for mask in masks {
                text.push_str(&format!("{argument}, token {}\n", mask.position));
                let top: Vec<_> = mask.tokens.iter().take(ask.presentation.top).collect();
                for token in &top {
                    text.push_str(&format!(
                        "{:>7.2} %  {}\n",
                        token.score * 100.0,
                        token.token
                    ));
                }
                let top: Vec<_> = top
                    .iter()
                    .map(|token| {
                        serde_json::json!({ "id": token.id, "token": token.token, "score": token.score })
                    })
                    .collect();
                json.push(serde_json::json!({
                    "text": argument,
                    "position": mask.position,
                    "tokens": top,
                }));
            }
        }
        Answer {
            text,
            json: json.into(),
        }
    }
}

/// Softmax over the vocabulary, and the best tokens of it; equal scores keep the order of their ids.
fn rank(logits: &ArrayView1<'_, f32>, processor: &TextProcessor) -> Vec<MaskToken> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    order
        .into_iter()
        .take(TOKENS)
        .map(|index| MaskToken {
            id: index as i64,
            token: processor.token(index as i64).unwrap_or_default(),
            score: (logits[index] - largest).exp() / sum,
        })
        .collect()
}
