//! Text to a vector: tokenise, run, pool, normalise.

use export::Head;
use ndarray::Ix3;

use super::{Task, TextItem, output, similarity_table, text_input};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::pooling::Pooling;
use crate::processor::text::{Encoded, TextInput, TextProcessor};

use crate::session::Call;
use crate::skill::{Answer, Ask};

/// Text to a vector, pooled as the checkpoint's sentence-transformers configuration says, else mean-pooled and normalised.
#[derive(Debug, Clone, Copy)]
pub struct FeatureExtraction;

/// A text's vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// `(width)`.
    pub vector: Vec<f32>,
    /// Number of tokens the text took, special ones included.
    pub tokens: usize,
}

impl Embedding {
    /// Cosine of the angle to another vector of the same width, -1 to 1.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        let norms =
            dot(&self.vector, &self.vector).sqrt() * dot(&other.vector, &other.vector).sqrt();
        dot(&self.vector, &other.vector) / norms.max(f32::MIN_POSITIVE)
    }
}

/// Tokenizer and pooling of a checkpoint.
#[derive(Debug)]
pub struct FeatureProcessor {
    text: TextProcessor,
    pooling: Pooling,
}

impl FeatureProcessor {
    /// Reads the checkpoint's tokenizer and pooling.
    pub(super) fn load(model: &Model, checkpoint: &Checkpoint) -> Result<Self, Error> {
        Ok(Self {
            text: text_input::tokenizer(model, checkpoint)?,
            pooling: Pooling::load(checkpoint.root())?,
        })
    }

    /// The tokenizer.
    #[must_use]
    pub const fn text(&self) -> &TextProcessor {
        &self.text
    }

    /// The pooling.
    #[must_use]
    pub const fn pooling(&self) -> &Pooling {
        &self.pooling
    }
}

impl Task for FeatureExtraction {
    type Input = TextItem;
    type Output = Embedding;
    type Processor = FeatureProcessor;

    const HEAD: Head = Head::Base;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<FeatureProcessor, Error> {
        FeatureProcessor::load(model, checkpoint)
    }

    fn run(call: &Call<'_, Self>, items: &[TextItem]) -> Result<Vec<Embedding>, Error> {
        embed(call, items)
    }

    fn parse(ask: &Ask) -> Result<Vec<TextItem>, Error> {
        let texts = ask.arguments.iter();
        Ok(texts.map(|text| TextItem::from(text.as_str())).collect())
    }

    fn present(ask: &Ask, outputs: &[Embedding]) -> Answer {
        let arguments = &ask.arguments;
        let json = outputs
            .iter()
            .zip(arguments)
            .map(|(embedding, text)| {
                serde_json::json!({ "text": text, "tokens": embedding.tokens, "embedding": embedding.vector })
            })
            .collect();
        let text = match outputs {
            [single] => vector_line(single),
            several => {
                let cosine = |row: usize, column: usize| several[row].cosine(&several[column]);
                similarity_table::of(arguments, several.len(), cosine)
            }
        };
        Answer { text, json }
    }
}

/// Tokenises, runs and pools texts, in buckets of similar length.
pub(super) fn embed<T: Task<Processor = FeatureProcessor>>(
    call: &Call<'_, T>,
    items: &[TextItem],
) -> Result<Vec<Embedding>, Error> {
    if items.iter().any(TextItem::is_empty) {
        return Err(Error::EmptyInput("the text holds no character"));
    }
    let texts: Vec<TextInput<'_>> = items.iter().map(TextInput::from).collect();
    let mut embeddings = vec![None; items.len()];
    for bucket in call.processor().text.encode_in_buckets(&texts)? {
        let rows = embed_rows(call, bucket.encoded)?;
        for (index, embedding) in bucket.indices.into_iter().zip(rows) {
            embeddings[index] = Some(embedding);
        }
    }
    // Every index stands in one bucket.
    Ok(embeddings.into_iter().flatten().collect())
}

/// Runs rows of tokens through the graph and pools their states.
fn embed_rows<T: Task<Processor = FeatureProcessor>>(
    call: &Call<'_, T>,
    encoded: Encoded,
) -> Result<Vec<Embedding>, Error> {
    let mask = encoded.attention_mask.clone();
    let feeds = encoded.into_feeds(call.graph("model")?.inputs());
    let outputs = call.forward("model", &feeds)?;
    let hidden = output::floats::<Ix3>(
        &outputs,
        "last_hidden_state",
        "float (batch, tokens, width)",
    )?;
    let pooled = call
        .processor()
        .pooling
        .pool(&hidden.view(), &mask.view())?;
    let rows = pooled.rows().into_iter().zip(mask.rows());
    Ok(rows
        .map(|(vector, mask)| Embedding {
            vector: vector.to_vec(),
            tokens: mask.sum() as usize,
        })
        .collect())
}

/// Width, token count and the first numbers of a vector.
fn vector_line(embedding: &Embedding) -> String {
    const SHOWN: usize = 8;
    let head: Vec<_> = embedding
        .vector
        .iter()
        .take(SHOWN)
        .map(|value| format!("{value:+.4}"))
        .collect();
    let more = if embedding.vector.len() > SHOWN {
        ", …"
    } else {
        ""
    };
    format!(
        "{} values from {} tokens: [{}{more}]\n",
        embedding.vector.len(),
        embedding.tokens,
        head.join(", ")
    )
}
