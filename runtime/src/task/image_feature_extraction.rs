//! Image to a vector: the class token after the last normalisation, and every patch's state.

use export::Head;
use ndarray::{Array2, Axis, Ix3};

use super::{ImageInput, Task, image_input, output};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::image::ImageProcessor;
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// Image to a vector.
#[derive(Debug, Clone, Copy)]
pub struct ImageFeatureExtraction;

/// An image's features.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageFeatures {
    /// State of the class token, `(width)`.
    pub vector: Vec<f32>,
    /// States of all tokens, class token first, `(tokens, width)`.
    pub states: Array2<f32>,
}

impl Task for ImageFeatureExtraction {
    type Input = ImageInput;
    type Output = ImageFeatures;
    type Processor = ImageProcessor;

    const HEAD: Head = Head::Base;

    fn processor(_model: &Model, checkpoint: &Checkpoint) -> Result<ImageProcessor, Error> {
        Ok(ImageProcessor::load(checkpoint.root())?)
    }

    fn image_size(processor: &ImageProcessor) -> Option<(usize, usize)> {
        processor.output_size()
    }

    fn run(call: &Call<'_, Self>, items: &[ImageInput]) -> Result<Vec<ImageFeatures>, Error> {
        let feeds = image_input::feeds(call.processor(), items)?;
        let outputs = call.forward("model", &feeds)?;
        let hidden = output::floats::<Ix3>(
            &outputs,
            "last_hidden_state",
            "float (batch, tokens, width)",
        )?;
        if hidden.len_of(Axis(1)) == 0 {
            return Err(Error::EmptyInput("the graph gave no token"));
        }
        Ok(hidden
            .outer_iter()
            .map(|states| ImageFeatures {
                vector: states.row(0).to_vec(),
                states: states.to_owned(),
            })
            .collect())
    }

    fn parse(ask: &Ask) -> Result<Vec<ImageInput>, Error> {
        Ok(image_input::files(ask))
    }

    fn present(ask: &Ask, outputs: &[ImageFeatures]) -> Answer {
        let arguments = &ask.arguments;
        let mut text = String::new();
        let mut json = Vec::new();
        for (argument, output) in arguments.iter().zip(outputs) {
            let norm = output
                .vector
                .iter()
                .map(|value| value * value)
                .sum::<f32>()
                .sqrt();
            let (tokens, width) = output.states.dim();
            text.push_str(&format!(
                "{argument}: {width} values, norm {norm:.4}, from {tokens} tokens\n"
            ));
            json.push(serde_json::json!({ "image": argument, "embedding": output.vector }));
        }
        Answer {
            text,
            json: json.into(),
        }
    }
}
