//! Decodes WAV, FLAC and MP3 within bounds; the only module that names symphonia.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as Refusal;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::waveform::{Waveform, check_length, check_rate};
use crate::processor::ProcessorError;

/// The most channels a sound may have.
const MAX_CHANNELS: usize = 64;

/// Decodes a file's content and mixes its channels to one. A panic of the decoder counts as a broken file.
pub(super) fn decode(name: &str, bytes: Arc<[u8]>) -> Result<Waveform, ProcessorError> {
    if bytes.is_empty() {
        return Err(ProcessorError::EmptySound {
            name: name.to_owned(),
        });
    }
    let decoded = catch_unwind(AssertUnwindSafe(|| mixed(name, bytes)));
    let (samples, rate) =
        decoded.unwrap_or_else(|_| Err(broken(name, "the decoder cannot cope with it")))?;
    Waveform::named(name, samples, rate)
}

/// The average of the channels, and the rate.
fn mixed(name: &str, bytes: Arc<[u8]>) -> Result<(Vec<f32>, u32), ProcessorError> {
    let failed = |refusal: Refusal| broken(name, refusal);
    let stream = MediaSourceStream::new(
        Box::new(Cursor::new(bytes)),
        MediaSourceStreamOptions::default(),
    );
    let mut format = symphonia::default::get_probe()
        .probe(
            &Hint::new(),
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(failed)?;
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| broken(name, "it has no audio track"))?;
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
        return Err(broken(name, "its audio track names no codec"));
    };
    let track = track.id;
    if let Some(channels) = &parameters.channels {
        check_channels(name, channels.count())?;
    }
    if let Some(rate) = parameters.sample_rate {
        check_rate(name, rate)?;
    }
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(failed)?;
    let mut rate = parameters.sample_rate.unwrap_or_default();
    let (mut mono, mut interleaved) = (Vec::new(), Vec::new());
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(refusal) => return Err(failed(refusal)),
        };
        if packet.track_id != track {
            continue;
        }
        let decoded = decoder.decode(&packet).map_err(failed)?;
        let channels = decoded.spec().channels().count();
        check_channels(name, channels)?;
        let now = decoded.spec().rate();
        if !mono.is_empty() && now != rate {
            return Err(broken(name, "its sampling rate changes on the way"));
        }
        rate = now;
        check_length(name, mono.len() + decoded.frames())?;
        decoded.copy_to_vec_interleaved::<f32>(&mut interleaved);
        average(&interleaved, channels, &mut mono);
    }
    Ok((mono, rate))
}

/// Appends the average of each frame's channels.
fn average(interleaved: &[f32], channels: usize, mono: &mut Vec<f32>) {
    if channels == 1 {
        return mono.extend_from_slice(interleaved);
    }
    let frames = interleaved.chunks_exact(channels);
    mono.extend(frames.map(|frame| frame.iter().sum::<f32>() / channels as f32));
}

fn check_channels(name: &str, channels: usize) -> Result<(), ProcessorError> {
    if (1..=MAX_CHANNELS).contains(&channels) {
        return Ok(());
    }
    Err(broken(
        name,
        format!("it has {channels} channels; 1 to {MAX_CHANNELS} are taken"),
    ))
}

fn broken(
    name: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ProcessorError {
    ProcessorError::Sound {
        name: name.to_owned(),
        source: source.into(),
    }
}
