//! Text to speech under test: every sample of what is spoken.

use ndarray::{Array1, Array3};

use super::Exercise;
use crate::engine::Outlet;
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{SpeakingProcessor, Speech, SpokenText, TextItem, TextToAudio, VoiceOptions};
use crate::tensor::{NamedTensors, Tensor};
use crate::verify::Finding;

impl Exercise for TextToAudio {
    fn examples() -> Vec<SpokenText> {
        [
            "fishing boats follow the light",
            "what is it",
            "a machine cuts wood and sand",
        ]
        .map(SpokenText::from)
        .to_vec()
    }

    fn empty() -> Vec<SpokenText> {
        ["", " ", "?!"].map(SpokenText::from).to_vec()
    }

    fn oversized() -> Vec<SpokenText> {
        vec![SpokenText::from("wood and light ".repeat(20_000))]
    }

    fn malformed() -> Vec<SpokenText> {
        let wrong = |options| SpokenText {
            options,
            ..SpokenText::from("wood")
        };
        vec![
            wrong(VoiceOptions {
                speaking_rate: Some(0.0),
                ..VoiceOptions::default()
            }),
            wrong(VoiceOptions {
                noise_scale: Some(f32::NAN),
                ..VoiceOptions::default()
            }),
            wrong(VoiceOptions {
                speaker: Some(usize::MAX),
                ..VoiceOptions::default()
            }),
        ]
    }

    fn truncates(_processor: &SpeakingProcessor) -> bool {
        false
    }

    fn values(output: &Speech) -> Vec<f32> {
        output.sound.samples().to_vec()
    }

    fn promised(_session: &Session<Self>) -> Result<usize, Error> {
        Err(Error::InvalidInput(
            "how much is spoken differs from text to text".to_owned(),
        ))
    }

    /// As many samples for every frame as the vocoder's enlargements make of one.
    fn promised_of(session: &Session<Self>, output: &Speech) -> Result<usize, Error> {
        let mut samples = output.durations.iter().sum::<usize>().max(1);
        let config = session.checkpoint().json("config.json")?;
        let rates = config
            .as_ref()
            .and_then(|config| config.get("upsample_rates")?.as_array());
        for stage in 0..rates.map_or(0, Vec::len) {
            samples *= super::config_number(session, &format!("/upsample_rates/{stage}"))?;
        }
        Ok(samples)
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<SpokenText>>, Error> {
        let text = |item: TextItem| match item {
            TextItem::Single(text) => Some(SpokenText::from(text)),
            TextItem::Pair(..) => None,
        };
        let items = reference.texts(case)?;
        Ok(items.and_then(|items| items.into_iter().map(text).collect()))
    }

    /// Nothing is left to chance, and everything lasts as long as usual.
    fn unstored(input: &Outlet, batch: usize) -> Result<Option<Tensor>, Error> {
        let channels = input.shape.get(1).copied().flatten().unwrap_or(1);
        Ok(match input.name.as_str() {
            "duration_scale" => Some(Array1::<f32>::ones(batch).into()),
            "duration_noise" | "noise" => Some(Array3::<f32>::zeros((batch, channels, 1)).into()),
            "speaker_id" => Some(Array1::<i64>::zeros(batch).into()),
            _ => None,
        })
    }

    fn reference_output() -> &'static str {
        ""
    }

    /// The texts as the tokenizer spells them, what the graph makes of the whole batch as transformers pads it, and what
    /// each text sounds like by itself.
    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        let Some(items) = Self::reference_items(session, reference, case)? else {
            return Ok(Vec::new());
        };
        let is_stored = |name: &str| reference.stored(case).any(|(known, _)| known == name);
        let tokens = session.processor().tokens();
        let texts = items.iter().enumerate();
        let rows = texts.map(|(index, item)| tokens.ids(index, &item.text));
        let batch = tokens.pad(&rows.collect::<Result<Vec<_>, _>>()?)?;
        let spelled = NamedTensors::new()
            .with("input_ids", batch.input_ids)
            .with("attention_mask", batch.attention_mask);
        let mut findings = Vec::new();
        for (name, tensor) in spelled.iter().filter(|(name, _)| is_stored(name)) {
            findings.push(Finding::Tensor(reference.compare(case, name, tensor)?));
        }
        let graph = session.graphs().find("model")?;
        let mut feeds = NamedTensors::new();
        for input in graph.inputs() {
            let known = spelled.find(&input.name).cloned();
            let tensor = match known {
                None => Self::unstored(input, items.len())?,
                known => known,
            };
            if let Some(tensor) = tensor {
                feeds.insert(input.name.clone(), tensor);
            }
        }
        let outputs = graph.forward(&feeds)?;
        for (name, output) in outputs.iter().filter(|(name, _)| is_stored(name)) {
            findings.push(Finding::Tensor(reference.compare(case, name, output)?));
        }
        findings.extend(alone(session, reference, case, &items)?);
        Ok(findings)
    }
}

/// What each text sounds like by itself: as long as in the batch, at the same rate, and where the batch is of one text,
/// sample for sample.
fn alone(
    session: &Session<TextToAudio>,
    reference: &Reference,
    case: &Case,
    items: &[SpokenText],
) -> Result<Vec<Finding>, Error> {
    let speeches = session.run_batch(items)?.output;
    let mut findings = Vec::new();
    if reference
        .stored(case)
        .any(|(name, _)| name == "sequence_lengths")
    {
        let lengths = speeches
            .iter()
            .map(|speech| speech.sound.samples().len() as i64);
        let lengths = Tensor::from(Array1::from_iter(lengths));
        findings.push(by_itself(reference, case, "sequence_lengths", &lengths)?);
    }
    if let Some(rate) = case.results().get("sampling_rate") {
        findings.push(Finding::Equality {
            name: format!("{}.sampling_rate", case.name()),
            expected: rate.to_string(),
            got: session.processor().rate().to_string(),
        });
    }
    if let [speech] = speeches.as_slice() {
        let samples = speech.sound.samples();
        let row = Array1::from(samples.to_vec()).insert_axis(ndarray::Axis(0));
        findings.push(by_itself(reference, case, "waveform", &row.into())?);
    }
    Ok(findings)
}

/// A comparison under a name that tells it from that of the whole batch.
fn by_itself(
    reference: &Reference,
    case: &Case,
    name: &str,
    got: &Tensor,
) -> Result<Finding, Error> {
    let mut found = reference.compare(case, name, got)?;
    found.name.push_str(" by itself");
    Ok(Finding::Tensor(found))
}
