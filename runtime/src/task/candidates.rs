//! Candidate labels of zero-shot tasks: the texts that stand for them, and the scores that the logits give.

use export::recipe::{Recipe, Scores, TowerAttention};
use ndarray::{Array2, ArrayView1, s};

use super::Label;
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::text::{Encoded, TextInput, TextProcessor};
use crate::skill::Ask;

/// Where a label stands in a template.
const PLACE: &str = "{}";

/// The labels that something is to be recognised as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidates {
    labels: Vec<String>,
    template: String,
}

impl Candidates {
    /// Labels that are texts as they stand, such as `a photo of a cat`.
    pub fn new(labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            labels: labels.into_iter().map(Into::into).collect(),
            template: PLACE.to_owned(),
        }
    }

    /// The same labels, each put into a hypothesis at `{}`: `a photo of a {}.`
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the template has no `{}`.
    pub fn with_template(mut self, template: &str) -> Result<Self, Error> {
        if !template.contains(PLACE) {
            return Err(Error::InvalidInput(format!(
                "the template `{template}` has no `{PLACE}` to put a label in"
            )));
        }
        template.clone_into(&mut self.template);
        Ok(self)
    }

    /// The labels, in the order of their ids.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The text that stands for a label.
    fn text(&self, label: &str) -> String {
        self.template.replace(PLACE, label)
    }

    /// Reads `--labels` and `--template`.
    pub(super) fn parse(ask: &Ask) -> Result<Self, Error> {
        let candidates = Self::new(ask.labels.iter().map(String::as_str));
        match &ask.template {
            Some(template) => candidates.with_template(template),
            None => Ok(candidates),
        }
    }

    /// Every label with its score, best first, from the logits of this item's labels; equal scores keep the order of the
    /// labels.
    pub(super) fn rank(&self, logits: &[f32], scores: Scores) -> Vec<Label> {
        let label = |(id, (label, score)): (usize, (&String, f32))| Label {
            id,
            label: label.clone(),
            score,
        };
        let scores = score(logits, scores);
        let mut ranked: Vec<_> = self
            .labels
            .iter()
            .zip(scores)
            .enumerate()
            .map(label)
            .collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        ranked
    }
}

/// Softmax over the logits, or the logistic function of each.
fn score(logits: &[f32], scores: Scores) -> Vec<f32> {
    match scores {
        Scores::Sigmoid => logits
            .iter()
            .map(|logit| 1.0 / (1.0 + (-logit).exp()))
            .collect(),
        Scores::Softmax => {
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let powers: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
            let sum: f32 = powers.iter().sum();
            powers.iter().map(|power| power / sum).collect()
        }
    }
}

/// The texts of a batch's labels, each once, and where each item's labels are among them.
pub(super) struct Texts {
    distinct: Vec<String>,
    /// For each item the rows of its labels.
    rows: Vec<Vec<usize>>,
}

impl Texts {
    /// Collects the texts of a batch; an item without labels, or with an empty one, is refused.
    pub(super) fn of<'a>(batch: impl Iterator<Item = &'a Candidates>) -> Result<Self, Error> {
        let (mut distinct, mut rows) = (Vec::new(), Vec::new());
        for candidates in batch {
            if candidates.labels.is_empty() {
                return Err(Error::EmptyInput(
                    "there is no label to choose from; name some with `--labels`",
                ));
            }
            let mut places = Vec::with_capacity(candidates.labels.len());
            for label in &candidates.labels {
                if label.trim().is_empty() {
                    return Err(Error::EmptyInput("a label holds no character"));
                }
                let text = candidates.text(label);
                let known = distinct.iter().position(|known| *known == text);
                places.push(known.unwrap_or(distinct.len()));
                if known.is_none() {
                    distinct.push(text);
                }
            }
            rows.push(places);
        }
        Ok(Self { distinct, rows })
    }

    /// Tokenises the texts, padded to a length where there is one.
    pub(super) fn encode(
        &self,
        processor: &TextProcessor,
        length: Option<usize>,
    ) -> Result<Encoded, Error> {
        let texts: Vec<_> = self.distinct.iter().map(TextInput::from).collect();
        encode(processor, &texts, length)
    }

    /// The rows of each item's labels.
    pub(super) fn rows(&self) -> &[Vec<usize>] {
        &self.rows
    }
}

/// The entries of a row at these places.
pub(super) fn at(row: &ArrayView1<'_, f32>, places: &[usize]) -> Vec<f32> {
    places
        .iter()
        .filter_map(|&place| row.get(place).copied())
        .collect()
}

/// What a tower of texts needs to read one.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) text: TextProcessor,
    /// The length that every text is padded to, where the tower does not know padding from text.
    length: Option<usize>,
    /// How logits become scores.
    pub(super) scores: Scores,
}

impl Reader {
    /// A tower that knows padding from text, by its tokenizer.
    pub(super) const fn plain(text: TextProcessor) -> Self {
        Self {
            text,
            length: None,
            scores: Scores::Softmax,
        }
    }

    /// Tokenises texts as the tower reads them.
    pub(super) fn read(&self, texts: &[TextInput<'_>]) -> Result<Encoded, Error> {
        encode(&self.text, texts, self.length)
    }

    /// Tokenises the texts of candidates as the tower reads them.
    pub(super) fn encode(&self, texts: &Texts) -> Result<Encoded, Error> {
        texts.encode(&self.text, self.length)
    }
}

/// Tokenises texts, padded to a length where there is one.
fn encode(
    processor: &TextProcessor,
    texts: &[TextInput<'_>],
    length: Option<usize>,
) -> Result<Encoded, Error> {
    let encoded = processor.encode(texts)?;
    Ok(match length {
        Some(length) => lengthened(&encoded, length, processor.pad_id().unwrap_or(0)),
        None => encoded,
    })
}

/// Texts padded on the right to a length.
fn lengthened(encoded: &Encoded, length: usize, pad: i64) -> Encoded {
    let shape = (encoded.batch(), length.max(encoded.length()));
    let wide = |values: &Array2<i64>, rest: i64| {
        let mut wide = Array2::from_elem(shape, rest);
        wide.slice_mut(s![.., ..values.ncols()]).assign(values);
        wide
    };
    Encoded {
        input_ids: wide(&encoded.input_ids, pad),
        attention_mask: wide(&encoded.attention_mask, 0),
        token_type_ids: wide(&encoded.token_type_ids, 0),
    }
}

/// Tokenizer of a tower of texts, and how its logits become scores.
pub(super) fn reader(model: &Model, checkpoint: &Checkpoint) -> Result<Reader, Error> {
    let config = checkpoint.json("config.json")?.unwrap_or_default();
    let positions = |config: &serde_json::Value, section: Option<&str>| {
        let part = match section {
            Some(section) => config.get(section)?,
            None => config,
        };
        let positions = part.get("max_position_embeddings")?.as_u64()?;
        usize::try_from(positions).ok()
    };
    let (limit, attention, scores) = match model.family.architecture.recipe {
        Some(Recipe::DualTower(recipe)) => {
            let section = recipe.text.section;
            let defaults = serde_json::from_str(recipe.defaults).unwrap_or_default();
            let limit = positions(&config, section).or_else(|| positions(&defaults, section));
            (limit, recipe.text.attention, recipe.logits.scores)
        }
        _ => (None, TowerAttention::Causal, Scores::Softmax),
    };
    Ok(Reader {
        text: TextProcessor::load(checkpoint.root(), limit)?,
        length: limit.filter(|_| attention == TowerAttention::Everything),
        scores,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_compete_or_stand_alone() {
        let candidates = Candidates::new(["cat", "dog"]);
        let ranked = |scores| candidates.rank(&[0.0, 1.0], scores);
        let softmax = ranked(Scores::Softmax);
        assert_eq!(softmax[0].label, "dog");
        assert!((softmax[0].score - 0.731_058_6).abs() < 1e-6);
        assert!((softmax[1].score - 0.268_941_43).abs() < 1e-6);
        let sigmoid = ranked(Scores::Sigmoid);
        assert!((sigmoid[0].score - 0.731_058_6).abs() < 1e-6);
        assert!((sigmoid[1].score - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_text_that_several_items_share_is_read_once() {
        let photo = "a photo of a {}.";
        let batch = [
            Candidates::new(["cat", "dog"])
                .with_template(photo)
                .unwrap(),
            Candidates::new(["dog", "bird", "dog"])
                .with_template(photo)
                .unwrap(),
            Candidates::new(["a photo of a cat."]),
        ];
        let texts = Texts::of(batch.iter()).unwrap();
        let expected = [
            "a photo of a cat.",
            "a photo of a dog.",
            "a photo of a bird.",
        ];
        assert_eq!(texts.distinct, expected);
        assert_eq!(texts.rows(), [vec![0, 1], vec![1, 2, 1], vec![0]]);
    }

    #[test]
    fn labels_and_templates_that_say_nothing_are_refused() {
        let none: [&str; 0] = [];
        for candidates in [Candidates::new(none), Candidates::new(["cat", " "])] {
            assert!(matches!(
                Texts::of([candidates].iter()),
                Err(Error::EmptyInput(_))
            ));
        }
        let error = Candidates::new(["cat"])
            .with_template("a photo")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the template `a photo` has no `{}` to put a label in"
        );
    }
}
