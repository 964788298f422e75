//! Models that speak a text: VITS (Kim et al., 2021, arXiv:2106.06103), as `VitsModel` of transformers has it.

mod attention;
mod durations;
mod flow;
mod frames;
mod line;
mod noise;
mod separable;
mod spline;
mod text;
mod vocoder;

use super::net::Net;
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Value};
use crate::recipe::SpeechSynthesizer;
use crate::weights::Weights;
use durations::Given;
use frames::Frames;
use line::Line;
use noise::Noise;
use vocoder::Vocoder;

/// The most tokens of a text: the attention scores of more would take gigabytes.
pub const LONGEST_SPOKEN_TEXT: u64 = 1 << 12;
/// The most frames that a text is spoken in; what lasts longer is cut off.
pub const LONGEST_SPEECH_FRAMES: u64 = 1 << 14;

/// The epsilon of normalisations that take torch's own default.
const TORCH_EPSILON: f32 = 1e-5;
/// What hub exports call the first axis.
const BATCH: &str = "text_batch_size";

/// The sizes of a synthesizer and what the parts of its graph share.
struct Synthesizer<'a> {
    recipe: &'a SpeechSynthesizer,
    config: &'a Config,
    /// Width of the text encoder and of the networks of durations and flow.
    hidden: u64,
    /// Channels of the spectrogram.
    channels: u64,
    epsilon: f32,
    /// Width of a speaker's embedding, where the model has several.
    speaker_width: Option<u64>,
    vocoder: Vocoder,
}

/// The letters of a batch.
#[derive(Debug, Clone, Copy)]
struct Letters {
    /// Token ids, `(batch, sequence)`.
    ids: Value,
    /// 1 where there is a letter, 0 where there is padding: `(batch, 1, sequence)`.
    mask: Value,
}

/// Builds the graph of hub exports, `input_ids` and `attention_mask` `(batch, sequence)` to `waveform` `(batch, samples)` and
/// `spectrogram` `(batch, channels, frames)`, with what they leave to chance or out as further inputs and outputs:
///
/// * `duration_scale` `(batch)`: how many times longer than usual every letter lasts;
/// * `duration_noise` `(batch, 2, any length)`, where durations are drawn, and `noise` `(batch, channels, any length)`;
/// * `speaker_id` `(batch)`, where the model has several;
/// * outputs `sequence_lengths` `(batch)` in samples, `log_duration` `(batch, 1, sequence)`, and `durations` `(batch,
///   sequence)` in frames.
pub(super) fn build(
    recipe: &SpeechSynthesizer,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let synthesizer = Synthesizer::new(recipe, config)?;
    let mut net = Net::new(form, weights);
    synthesizer.fill(&mut net, form)?;
    Ok(vec![("model", net.finish())])
}

impl<'a> Synthesizer<'a> {
    fn new(recipe: &'a SpeechSynthesizer, config: &'a Config) -> Result<Self, ExportError> {
        let keys = &recipe.config;
        let has_several = config.has("num_speakers") && config.size("num_speakers")? > 1;
        let speaker_width = has_several.then(|| config.size("speaker_embedding_size"));
        Ok(Self {
            recipe,
            config,
            hidden: config.size(keys.hidden_size)?,
            channels: config.size(keys.channels)?,
            epsilon: config.epsilon(keys.norm_eps)?,
            speaker_width: speaker_width.transpose()?,
            vocoder: Vocoder::new(config)?,
        })
    }

    fn fill(&self, net: &mut Net<'_, '_>, form: Form) -> Result<(), ExportError> {
        let batch = Dim::Symbol(BATCH);
        let texts = || vec![batch, Dim::Symbol("sequence_length")];
        let ids = net.graph.input("input_ids", form.ids, texts());
        let mask = net.graph.input("attention_mask", form.ids, texts());
        let scale = net
            .graph
            .input("duration_scale", Element::Float32, vec![batch]);
        let is_drawn = self
            .config
            .flag("use_stochastic_duration_prediction", true)?;
        let duration_noise = is_drawn.then(|| {
            let length = "duration_noise_length";
            Noise::input(net, "duration_noise", 2, length, LONGEST_SPOKEN_TEXT)
        });
        let longest = LONGEST_SPEECH_FRAMES;
        let noise = Noise::input(net, "noise", self.channels, "noise_length", longest);
        let speaker = self.speaker(net, form)?;

        let mask = net.graph.cast(mask, net.graph.float());
        let mask = net.graph.unsqueeze(mask, &[1])?;
        let letters = Letters { ids, mask };
        let encoded = net.scope("text_encoder", |net| self.encode(net, letters))?;
        let given = Given {
            hidden: encoded.hidden,
            speaker,
        };
        let log_durations = net.scope("duration_predictor", |net| {
            self.log_durations(net, given, letters, duration_noise)
        })?;
        let scale = self.duration_scale(net, scale)?;
        let frames = net.scope("frames", |net| {
            Frames::of(net, log_durations, letters, scale, noise.places)
        })?;
        let drawn = net.scope("prior", |net| {
            frames.drawn(net, encoded.prior, self.channels, noise)
        })?;
        let latents = net.scope("flow", |net| self.flow(net, drawn, frames.mask, speaker))?;
        let spectrogram = net.graph.mul(latents, frames.mask)?;
        let waveform = net.scope("vocoder", |net| self.waveform(net, spectrogram, speaker))?;
        net.output("waveform", waveform);
        net.output("spectrogram", spectrogram);
        self.lengths(net, frames, form.ids)?;
        net.output("log_duration", log_durations);
        Ok(())
    }

    /// The input that chooses among speakers, as embeddings `(batch, speaker width, 1)`.
    fn speaker(&self, net: &mut Net<'_, '_>, form: Form) -> Result<Option<Value>, ExportError> {
        let Some(width) = self.speaker_width else {
            return Ok(None);
        };
        let batch = vec![Dim::Symbol(BATCH)];
        let id = net.graph.input("speaker_id", form.ids, batch);
        let count = self.config.size("num_speakers")?;
        let table = net.tensor(self.recipe.weights.speakers, &[count, width]);
        let speaker = net.graph.gather(table, id)?;
        net.graph.unsqueeze(speaker, &[2]).map(Some)
    }

    /// `(batch, width, length)` with what a convolution says of the speaker added, where there are several.
    fn conditioned(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        x: Value,
        speaker: Option<Value>,
        width: u64,
    ) -> Result<Value, ExportError> {
        let (Some(speaker), Some(from)) = (speaker, self.speaker_width) else {
            return Ok(x);
        };
        let change = net.line(speaker, &Line::new(name, from, width))?;
        net.graph.add(x, change)
    }

    /// How many times longer than the predictor says a letter lasts: `(batch, 1, 1)`, from config.json's rate and the input.
    fn duration_scale(&self, net: &mut Net<'_, '_>, asked: Value) -> Result<Value, ExportError> {
        let rate = if self.config.has("speaking_rate") {
            self.config.positive("speaking_rate")?
        } else {
            1.0
        };
        let usual = net.graph.scalar_as(Element::Float32, 1.0 / rate);
        let scale = net.graph.mul(asked, usual)?;
        net.graph.unsqueeze(scale, &[1, 2])
    }

    /// The outputs about lengths, as wide as token ids.
    fn lengths(
        &self,
        net: &mut Net<'_, '_>,
        frames: Frames,
        ids: Element,
    ) -> Result<(), ExportError> {
        let graph = &mut net.graph;
        let count = graph.pick(frames.count, 1, 0)?;
        let count = graph.pick(count, 1, 0)?;
        let count = graph.cast(count, ids);
        let each = graph.integer(ids, self.vocoder.samples() as i64);
        let samples = graph.mul(count, each)?;
        graph.output("sequence_lengths", samples);
        let durations = graph.pick(frames.durations, 1, 0)?;
        let durations = graph.cast(durations, ids);
        graph.output("durations", durations);
        Ok(())
    }
}
