//! Texts to a similarity: how close each of several sentences is to one.

use export::Head;

use super::feature_extraction::{FeatureProcessor, embed};
use super::{Task, TextItem};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// How close each of several sentences is to one, by the cosine of their embeddings.
#[derive(Debug, Clone, Copy)]
pub struct SentenceSimilarity;

/// A sentence and those it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparand {
    /// The sentence.
    pub source: String,
    /// Those it is compared with.
    pub sentences: Vec<String>,
}

impl Task for SentenceSimilarity {
    type Input = Comparand;
    /// Cosine similarity of each sentence to the source, -1 to 1.
    type Output = Vec<f32>;
    type Processor = FeatureProcessor;

    const HEAD: Head = Head::Base;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<FeatureProcessor, Error> {
        FeatureProcessor::load(model, checkpoint)
    }

    fn run(call: &Call<'_, Self>, items: &[Comparand]) -> Result<Vec<Vec<f32>>, Error> {
        if items.iter().any(|item| item.sentences.is_empty()) {
            return Err(Error::EmptyInput("there is no sentence to compare with"));
        }
        let texts: Vec<TextItem> = items
            .iter()
            .flat_map(|item| std::iter::once(&item.source).chain(&item.sentences))
            .map(|text| TextItem::from(text.as_str()))
            .collect();
        let embeddings = embed(call, &texts)?;
        let mut rest = embeddings.as_slice();
        let scores = items.iter().map(|item| {
            let (own, others) = rest.split_at(1 + item.sentences.len());
            rest = others;
            own[1..].iter().map(|other| own[0].cosine(other)).collect()
        });
        Ok(scores.collect())
    }

    fn parse(ask: &Ask) -> Result<Vec<Comparand>, Error> {
        match ask.arguments.as_slice() {
            [source, sentences @ ..] if !sentences.is_empty() => Ok(vec![Comparand {
                source: source.clone(),
                sentences: sentences.to_vec(),
            }]),
            _ => Err(Error::InvalidInput(
                "give a sentence and at least one to compare it with".to_owned(),
            )),
        }
    }

    fn present(ask: &Ask, outputs: &[Vec<f32>]) -> Answer {
        let sentences = ask.arguments.iter().skip(1);
        let scored: Vec<_> = sentences.zip(outputs.iter().flatten()).collect();
        let text = scored
            .iter()
            .map(|(sentence, score)| format!("{score:>7.3}  {sentence}\n"))
            .collect();
        let json = scored
            .iter()
            .map(|(sentence, score)| serde_json::json!({ "sentence": sentence, "score": score }))
            .collect();
        Answer { text, json }
    }
}
