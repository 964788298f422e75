//! Texts, pictures and sounds in one space: token ids, pixels, filter banks, what every tower gives, vectors and cosines,
//! from stored tensors and from raw input.

use ndarray::{Array2, s};
use runtime::contract::Exercise;
use runtime::export::recipe::Recipe;
use runtime::processor::audio::{BankFeatures, Waveform};
use runtime::processor::image::{ImageProcessor, Picture};
use runtime::processor::text::{TextInput, TextProcessor};
use runtime::reference::Reference;
use runtime::session::GraphSource;
use runtime::task::{
    Candidates, ImageInput, LabelledImage, Medium, MultimodalEmbedding,
    MultimodalFeatureExtraction, MultimodalItem, ZeroShotImageClassification,
};
use runtime::tensor::Tensor;
use runtime::verify::Finding;
use workspace_tests::{JOINT_FAMILIES, reference};

use super::{cases, feeds, holds, model_of, open, run};

#[test]
fn texts_pictures_and_sounds_are_prepared_alike() {
    for family in JOINT_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        let image = ImageProcessor::load(reference.dir()).unwrap();
        let banks = BankFeatures::load(reference.dir(), None).unwrap();
        let text = TextProcessor::load(reference.dir(), None).unwrap();
        for case in cases(&reference) {
            let (images, texts) = reference.labelled_images(case).unwrap().unwrap();
            let images = images.iter().map(|file| Picture::open(file).unwrap());
            let pixels = image.pixel_values(&images.collect::<Vec<_>>()).unwrap();
            holds(&reference, case, "pixel_values", &Tensor::from(pixels));

            let files = reference.sounds(case).unwrap().unwrap();
            let sounds: Vec<_> = files
                .iter()
                .map(|file| Waveform::open(file).unwrap())
                .collect();
            let samples = sounds.iter().map(|sound| banks.resampled(sound).unwrap());
            let features = banks.extract(&samples.collect::<Vec<_>>()).unwrap();
            holds(&reference, case, "input_features", &Tensor::from(features));

            // The authors' tokenizer fills 77 places with the id 0.
            let texts: Vec<_> = texts.iter().map(TextInput::from).collect();
            let encoded = text.encode(&texts).unwrap();
            let mut ids = Array2::<i64>::zeros((texts.len(), 77));
            let mut places = ids.slice_mut(s![.., ..encoded.length()]);
            places.assign(&(&encoded.input_ids * &encoded.attention_mask));
            holds(&reference, case, "input_ids", &Tensor::from(ids));
        }
    }
}

#[test]
fn towers_vectors_and_cosines_are_equal() {
    for family in JOINT_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        reference.verify().unwrap();
        let session = open(
            MultimodalFeatureExtraction,
            reference.dir(),
            GraphSource::Own,
        );
        for case in cases(&reference) {
            let findings =
                MultimodalFeatureExtraction::reference_findings(&session, &reference, case);
            let findings = findings.unwrap();
            let names: Vec<_> = findings.iter().map(Finding::name).collect();
            let expected = [
                "batch.text_head",
                "batch.image_head",
                "batch.audio_head",
                "batch.text_embeds",
                "batch.image_embeds",
                "batch.audio_embeds",
                "batch.cosines",
            ];
            assert_eq!(names, expected);
            for finding in findings {
                println!("{finding}: {:.3} of atol", finding.share_of_tolerance());
                assert!(finding.holds(), "{finding}");
            }
        }
    }
}

#[test]
fn pictures_get_the_logits_of_texts() {
    for family in JOINT_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        let session = open(
            ZeroShotImageClassification,
            reference.dir(),
            GraphSource::Own,
        );
        for case in cases(&reference) {
            let outputs = run(&session, &feeds(&reference, case));
            for name in [
                "logits_per_image",
                "logits_per_text",
                "text_embeds",
                "image_embeds",
            ] {
                holds(&reference, case, name, outputs.find(name).unwrap());
            }
            let (images, texts) = reference.labelled_images(case).unwrap().unwrap();
            let candidates = Candidates::new(texts);
            let labelled = |file| LabelledImage::new(ImageInput::File(file), candidates.clone());
            let items: Vec<_> = images.into_iter().map(labelled).collect();
            let output = session.run_batch(&items).unwrap().output;
            let logits: Vec<_> = output.iter().flat_map(|item| item.logits.clone()).collect();
            let shape = (items.len(), logits.len() / items.len());
            let logits = Array2::from_shape_vec(shape, logits).unwrap();
            holds(&reference, case, "logits_per_image", &Tensor::from(logits));
        }
    }
}

/// The towers of pairs have the vectors of the joint graphs, each for itself.
#[test]
fn towers_of_two_media_give_their_vectors() {
    for (family, mediums) in [
        ("clip", [Medium::Text, Medium::Image]),
        ("clap", [Medium::Text, Medium::Sound]),
    ] {
        let reference = Reference::load(&reference(family)).unwrap();
        let session = open(
            MultimodalFeatureExtraction,
            reference.dir(),
            GraphSource::Own,
        );
        let mut compared = 0;
        for case in cases(&reference) {
            let findings =
                MultimodalFeatureExtraction::reference_findings(&session, &reference, case);
            for finding in findings.unwrap() {
                println!(
                    "{family} {finding}: {:.3} of atol",
                    finding.share_of_tolerance()
                );
                assert!(finding.holds(), "{finding}");
                compared += 1;
            }
        }
        assert_eq!(compared, 2, "{family}");
        let items = ["a dog", "a dog", "the sea"].map(MultimodalItem::from);
        let output = session.run_batch(&items).unwrap().output;
        assert!(output.iter().all(|item| mediums.contains(&item.medium)));
        let cosines = MultimodalEmbedding::cosines(&output).unwrap();
        assert!((cosines[[0, 1]] - 1.0).abs() < 1e-5 && cosines[[0, 2]] < 0.999);
        let other = match mediums[1] {
            Medium::Image => MultimodalItem::Sound(std::path::Path::new("any.wav").into()),
            _ => MultimodalItem::Image(std::path::Path::new("any.png").into()),
        };
        let refused = session.run_batch(&[other]).unwrap_err().to_string();
        assert!(refused.contains("the model has no tower of"), "{refused}");
    }
}

/// The published checkpoint has no settings of pictures and sounds: the registry's are those of the authors' `data.py`.
#[test]
fn a_checkpoint_without_settings_takes_those_of_its_family() {
    for family in JOINT_FAMILIES {
        let (model, _) = model_of(&reference(family));
        let Some(Recipe::DualTower(recipe)) = model.family.architecture.recipe else {
            panic!("{family} has no towers");
        };
        let bare = workspace_tests::workspace();
        let image = ImageProcessor::load_or(&bare, recipe.preprocessor).unwrap();
        assert_eq!(image.output_size(), Some((224, 224)));
        let banks = BankFeatures::load(&bare, recipe.preprocessor).unwrap();
        let features = banks.extract(&[vec![0.5_f32; 40_000]]).unwrap();
        assert_eq!(features.dim(), (3, 1, 128, 204));
        assert!(ImageProcessor::load(&bare).is_err());
    }
}
