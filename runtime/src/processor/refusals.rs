//! What processors say when a checkpoint's files or a caller's input is not what it should be.

use std::fs;
use std::path::Path;

use super::audio::Waveform;
use super::image::{ImageProcessor, Picture};
use super::pooling::Pooling;
use super::text::{EncodeOptions, MAX_TEXT_BYTES, TextInput, TextProcessor};

/// The error with its sources on one line; the folder's name is left out.
fn told(dir: &Path, error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        source = error.source();
    }
    text.replace(&format!("{}/", dir.display()), "")
        .replace(&dir.display().to_string(), "DIR")
}

/// What each set of files makes a loader say.
fn refusals<T>(
    cases: &[&[(&str, &str)]],
    load: impl Fn(&Path) -> Result<T, super::ProcessorError>,
) -> String {
    let refusal = |files: &&[(&str, &str)]| {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in *files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        match load(dir.path()) {
            Ok(_) => format!("{files:?} was accepted"),
            Err(error) => told(dir.path(), &error),
        }
    };
    cases.iter().map(refusal).collect::<Vec<_>>().join("\n")
}

#[test]
fn image_settings_that_cannot_be_followed() {
    let cases = [
        "{",
        "[]",
        "{}",
        r#"{"image_processor_type": "DonutImageProcessor"}"#,
        r#"{"image_processor_type": 3}"#,
        r#"{"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 224}}"#,
        r#"{"image_processor_type": "ViTImageProcessor", "size": 0}"#,
        r#"{"image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 1e9}}"#,
        r#"{"image_processor_type": "CLIPImageProcessor", "size": {"longest_edge": 224}}"#,
        r#"{"image_processor_type": "CLIPImageProcessor", "crop_size": "224"}"#,
        r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"height": 8, "width": 8}}"#,
        r#"{"image_processor_type": "ConvNextImageProcessor", "size": 8, "crop_pct": 0}"#,
        r#"{"image_processor_type": "ViTImageProcessor", "resample": 6}"#,
        r#"{"image_processor_type": "ViTImageProcessor", "resample": "bicubic"}"#,
        r#"{"image_processor_type": "ViTImageProcessor", "do_resize": "yes"}"#,
        r#"{"image_processor_type": "ViTImageProcessor", "image_mean": [0.5, 0.5]}"#,
        r#"{"image_processor_type": "ViTImageProcessor", "image_std": [0.5, 0.5, 0]}"#,
        r#"{"image_processor_type": "ViTImageProcessor", "rescale_factor": "1/255"}"#,
        r#"{"image_processor_type": "DetrImageProcessor", "size": {"shortest_edge": 800}}"#,
        r#"{"image_processor_type": "DetrImageProcessor", "size": 800, "max_size": 0}"#,
        r#"{"image_processor_type": "DetrImageProcessor", "pad_size": {"height": 1333, "width": 1332}}"#,
        r#"{"image_processor_type": "SamImageProcessor", "size": {"shortest_edge": 800}}"#,
    ];
    let files = cases.map(|content| [("preprocessor_config.json", content)]);
    let mut cases: Vec<&[(&str, &str)]> = files.iter().map(<[_; 1]>::as_slice).collect();
    cases.push(&[]);
    cases.push(&[
        ("preprocessor_config.json", "{}"),
        ("config.json", r#"{"model_type": "donut-swin"}"#),
    ]);
    insta::assert_snapshot!(refusals(&cases, ImageProcessor::load));
}

#[test]
fn tokenizers_that_cannot_be_built() {
    let bert = (
        "tokenizer_config.json",
        r#"{"tokenizer_class": "BertTokenizer"}"#,
    );
    let cases: [&[(&str, &str)]; 8] = [
        &[],
        &[("tokenizer.json", "{}")],
        &[("tokenizer.json", "[")],
        &[
            ("vocab.txt", "[UNK]\nold\n"),
            (
                "tokenizer_config.json",
                r#"{"tokenizer_class": "GPT2Tokenizer"}"#,
            ),
        ],
        &[
            ("vocab.txt", "[UNK]\nold\n"),
            ("tokenizer_config.json", r#"{"cls_token": 3}"#),
        ],
        &[
            ("vocab.txt", "[UNK]\nold\n"),
            ("tokenizer_config.json", r#"{"do_lower_case": "no"}"#),
        ],
        &[
            ("vocab.txt", "[UNK]\nold\n"),
            bert,
            ("sentence_bert_config.json", r#"{"max_seq_length": 0}"#),
        ],
        &[
            ("vocab.txt", "[UNK]\nold\n"),
            bert,
            ("sentence_bert_config.json", r#"{"max_seq_length": "long"}"#),
        ],
    ];
    insta::assert_snapshot!(refusals(&cases, |dir| TextProcessor::load(dir, None)));
}

#[test]
fn modules_that_cannot_be_followed() {
    let list = |modules: &str| format!("[{modules}]");
    let transformer = r#"{"path": "", "type": "sentence_transformers.models.Transformer"}"#;
    let module = |path: &str, kind: &str| {
        list(&format!(
            r#"{transformer}, {{"path": "{path}", "type": "sentence_transformers.models.{kind}"}}"#
        ))
    };
    let files = [
        vec![("modules.json", "{}".to_owned())],
        vec![("modules.json", list(transformer))],
        vec![(
            "modules.json",
            list(r#"{"path": "", "type": "sentence_transformers.models.CLIPModel"}"#),
        )],
        vec![("modules.json", module("2_Dense", "Dense"))],
        vec![("modules.json", module("2_Normalize", "Normalize"))],
        vec![("modules.json", module("1_Pooling", "Pooling"))],
        vec![("modules.json", module("../elsewhere", "Pooling"))],
        vec![
            ("modules.json", module("p", "Pooling")),
            ("p/config.json", r#"{"pooling_mode": "median"}"#.to_owned()),
        ],
        vec![
            ("modules.json", module("p", "Pooling")),
            ("p/config.json", r#"{"pooling_mode": []}"#.to_owned()),
        ],
        vec![
            ("modules.json", module("p", "Pooling")),
            (
                "p/config.json",
                r#"{"pooling_mode_max_tokens": 1}"#.to_owned(),
            ),
        ],
    ];
    let borrowed: Vec<Vec<(&str, &str)>> = files
        .iter()
        .map(|files| {
            files
                .iter()
                .map(|(name, text)| (*name, text.as_str()))
                .collect()
        })
        .collect();
    let cases: Vec<&[(&str, &str)]> = borrowed.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(refusals(&cases, Pooling::load));
}

#[test]
fn texts_that_are_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let said = |files: &[(&str, &str)], limit, batch: &[TextInput<'_>], options| {
        for (name, content) in files {
            fs::write(dir.path().join(name), content).unwrap();
        }
        let processor = TextProcessor::load(dir.path(), limit).unwrap();
        let encoded = processor.encode_with(batch, options);
        encoded.map_or_else(
            |error| told(dir.path(), &error),
            |encoded| format!("{} tokens", encoded.length()),
        )
    };
    let long = "old ".repeat(8);
    let long = TextInput::from(&long);
    let huge = "o".repeat(MAX_TEXT_BYTES + 1);
    let huge = TextInput::from(&huge);
    let short = TextInput::from("old");
    let plain = EncodeOptions::default();
    let at = |length| EncodeOptions {
        max_length: Some(length),
        ..plain
    };
    let vocabulary: &[(&str, &str)] = &[("vocab.txt", "[UNK]\n[SEP]\n[PAD]\n[CLS]\n[MASK]\nold\n")];
    let truncating: &[(&str, &str)] = &[("sentence_bert_config.json", r#"{"max_seq_length": 6}"#)];
    let model = r#"{"type": "WordLevel", "vocab": {"old": 0}, "unk_token": "old"}"#;
    let unpadded = format!(
        r#"{{"added_tokens": [], "pre_tokenizer": {{"type": "Whitespace"}}, "model": {model}}}"#
    );
    // The template names a token that the file does not define.
    let template = r#"{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}],
        "pair": [], "special_tokens": {}}"#;
    let torn = unpadded.replace(
        "\"model\"",
        &format!("\"post_processor\": {template}, \"model\""),
    );
    let told = [
        said(vocabulary, Some(9), &[], plain),
        said(&[], Some(9), &[short, huge], plain),
        said(&[], Some(9), &[short, TextInput::Pair("old", "old")], plain),
        said(&[], Some(9), &[short, long], plain),
        said(&[], None, &[short, long], plain),
        said(&[], Some(9), &[short, long], at(5)),
        said(&[], Some(9), &[short, long], at(99)),
        said(&[], Some(9), &[short, long], at(2)),
        said(truncating, Some(9), &[short, long], plain),
        said(&[], Some(4), &[short, long], plain),
        said(&[("tokenizer.json", &unpadded)], None, &[short], plain),
        said(&[], None, &[TextInput::from("old old"), short], plain),
        said(&[("tokenizer.json", &torn)], None, &[short], plain),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn pictures_that_are_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("picture.png");
    // Signature, header and first byte of the data of a PNG of 3 × 2 pixels, and of one as large as its fields can say.
    let header = |size: &[u8; 8], sum: &[u8; 4]| {
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
            size.as_slice(),
            &[8, 2, 0, 0, 0],
            sum,
            b"\0\0\0\x01IDATx",
        ]
        .concat()
    };
    let small = header(b"\0\0\0\x03\0\0\0\x02", b"\x12\x16\xf1\x4d");
    let huge = header(b"\0\x10\0\0\0\0\x80\0", b"\x30\xe7\xec\x4b");
    let wide = header(b"\0\0\x27\x10\0\0\x27\x10", b"\x35\x2c\xf5\x70");
    fs::write(&file, b"no picture at all").unwrap();
    let told: Vec<_> = [
        Picture::open(&dir.path().join("absent.png")),
        Picture::open(&file),
        Picture::decode(b""),
        Picture::decode(b"GIF89a"),
        Picture::decode(&small),
        Picture::decode(&huge),
        Picture::decode(&wide),
        Picture::from_rgb(0, 5, Vec::new()),
        Picture::from_rgb(2, 2, vec![0; 11]),
        Picture::from_rgb(1 << 21, 1, Vec::new()),
        Picture::from_rgb(usize::MAX, usize::MAX, Vec::new()),
    ]
    .into_iter()
    .map(|refused| told(dir.path(), &refused.unwrap_err()))
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn sounds_that_are_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    // Header of a PCM file of one channel at 16 kHz with 16 bits a sample, and the chunk of its samples.
    let wav = |channels: u8, rate: [u8; 4], promised: [u8; 4], samples: &[u8]| {
        let format = [
            &[1, 0, channels, 0],
            rate.as_slice(),
            &[0, 0, 1, 0, 2, 0, 16, 0],
        ]
        .concat();
        let parts: [&[u8]; 6] = [
            b"RIFF\xff\xff\0\0WAVEfmt \x10\0\0\0",
            &format,
            b"data",
            &promised,
            samples,
            b"",
        ];
        parts.concat()
    };
    let rate = 16_000_u32.to_le_bytes();
    let told: Vec<_> = [
        Waveform::open(&dir.path().join("absent.wav")),
        Waveform::decode(b""),
        Waveform::decode(b"This is no sound."),
        Waveform::decode(&wav(1, rate, [0; 4], b"")),
        Waveform::decode(&wav(1, [0; 4], [4, 0, 0, 0], b"abcd")),
        Waveform::decode(&wav(1, [0xff; 4], [4, 0, 0, 0], b"abcd")),
        Waveform::decode(&wav(0, rate, [4, 0, 0, 0], b"abcd")),
        Waveform::decode(&wav(1, rate, [0xf0, 0xff, 0xff, 0x7f], b"abcd")),
        Waveform::from_samples(Vec::new(), 16_000),
        Waveform::from_samples(vec![0.0, f32::NAN], 16_000),
        Waveform::from_samples(vec![0.0], 0),
    ]
    .into_iter()
    .map(|refused| match refused {
        Ok(sound) => format!("{} samples", sound.samples().len()),
        Err(error) => told(dir.path(), &error),
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn batches_that_do_not_fit_together() {
    let dir = tempfile::tempdir().unwrap();
    let settings =
        r#"{"image_processor_type": "CLIPImageProcessor", "size": 200, "do_center_crop": false}"#;
    fs::write(dir.path().join("preprocessor_config.json"), settings).unwrap();
    let processor = ImageProcessor::load(dir.path()).unwrap();
    let blank =
        |width, height| Picture::from_rgb(width, height, vec![0; width * height * 3]).unwrap();
    let hidden = ndarray::Array3::zeros((2, 3, 4));
    let mask = ndarray::Array2::ones((2, 4));
    let told = [
        told(dir.path(), &processor.pixel_values(&[]).unwrap_err()),
        told(
            dir.path(),
            &processor
                .pixel_values(&[blank(200, 201), blank(201, 200)])
                .unwrap_err(),
        ),
        told(
            dir.path(),
            &processor
                .pixel_values(&[blank(1, 2_600), blank(1, 90_000)])
                .unwrap_err(),
        ),
        told(
            dir.path(),
            &Pooling::default()
                .pool(&hidden.view(), &mask.view())
                .unwrap_err(),
        ),
    ];
    insta::assert_snapshot!(told.join("\n"));
}
