//! Builds the tokenizer of a checkpoint from the files it has.

use std::path::Path;
use std::str::FromStr;

use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::tokenizer::{AddedToken, Tokenizer};

use super::guard::guarded;
use super::special;
use crate::processor::ProcessorError;
use crate::processor::settings::{self, Settings};

/// The most a tokenizer file may have; the largest in use, with a quarter million tokens, has some 35 MB.
const MAX_BYTES: u64 = 256 << 20;

/// The templates of a text and of a pair, by the tokenizer classes that have a `vocab.txt`.
const TEMPLATES: [(&[&str], &str, &str); 2] = [
    (
        &[
            "BertTokenizer",
            "DistilBertTokenizer",
            "ElectraTokenizer",
            "LayoutLMTokenizer",
            "MobileBertTokenizer",
        ],
        "{cls}:0 $A:0 {sep}:0",
        "{cls}:0 $A:0 {sep}:0 $B:1 {sep}:1",
    ),
    (
        &["MPNetTokenizer"],
        "{cls}:0 $A:0 {sep}:0",
        "{cls}:0 $A:0 {sep}:0 {sep}:0 $B:1 {sep}:1",
    ),
];

/// The tokenizer as its file has it, or built from `vocab.txt`.
pub(super) fn load(dir: &Path, settings: Option<&Settings>) -> Result<Tokenizer, ProcessorError> {
    let path = dir.join("tokenizer.json");
    let not_one = |source| ProcessorError::Tokenizer {
        path: path.clone(),
        source,
    };
    if let Some(bytes) = settings::read(&path, MAX_BYTES)? {
        let text = std::str::from_utf8(&bytes).map_err(|error| not_one(error.into()))?;
        return guarded(|| Tokenizer::from_str(text)).map_err(not_one);
    }
    let path = dir.join("vocab.txt");
    let Some(bytes) = settings::read(&path, MAX_BYTES)? else {
        return Err(ProcessorError::NoTokenizer {
            dir: dir.to_owned(),
            reason: "no vocab.txt either".to_owned(),
        });
    };
    let class = settings
        .map(|settings| settings.text("tokenizer_class"))
        .transpose()?
        .flatten();
    let class = class.unwrap_or("BertTokenizer");
    let class = class.strip_suffix("Fast").unwrap_or(class);
    let Some(&(_, single, pair)) = TEMPLATES
        .iter()
        .find(|(classes, ..)| classes.contains(&class))
    else {
        let reason = format!("vocab.txt alone does not make a {class}");
        return Err(ProcessorError::NoTokenizer {
            dir: dir.to_owned(),
            reason,
        });
    };
    word_piece(&bytes, settings, single, pair)?
        .map_err(|source| ProcessorError::Tokenizer { path, source })
}

/// A `WordPiece` tokenizer as `BertTokenizerFast` of transformers builds it.
fn word_piece(
    vocabulary: &[u8],
    settings: Option<&Settings>,
    single: &str,
    pair: &str,
) -> Result<tokenizers::Result<Tokenizer>, ProcessorError> {
    let flag = |key| {
        Ok::<_, ProcessorError>(
            settings
                .map(|settings| settings.flag(key))
                .transpose()?
                .flatten(),
        )
    };
    let lowercase = flag("do_lower_case")?.unwrap_or(true);
    let chinese = flag("tokenize_chinese_chars")?.unwrap_or(true);
    // Null leaves it to `do_lower_case`; only a true or false decides.
    let strip_accents = match settings.and_then(|settings| settings.find("strip_accents")) {
        Some(_) => flag("strip_accents")?,
        None => None,
    };
    let name = |key, default: &str| {
        Ok::<_, ProcessorError>(
            special::token(settings, key)?.unwrap_or_else(|| default.to_owned()),
        )
    };
    let unknown = name("unk_token", "[UNK]")?;
    let sep = name("sep_token", "[SEP]")?;
    let pad = name("pad_token", "[PAD]")?;
    let cls = name("cls_token", "[CLS]")?;
    let mask = name("mask_token", "[MASK]")?;
    let build = || {
        let model = WordPiece::builder()
            .vocab(WordPiece::read_bytes(vocabulary)?)
            .unk_token(unknown.clone())
            .continuing_subword_prefix("##".to_owned())
            .max_input_chars_per_word(100)
            .build()?;
        let mut tokenizer = Tokenizer::new(model);
        tokenizer
            .with_normalizer(Some(BertNormalizer::new(
                true,
                chinese,
                strip_accents,
                lowercase,
            )))
            .with_pre_tokenizer(Some(BertPreTokenizer))
            .with_decoder(Some(WordPieceDecoder::new("##".to_owned(), true)));
        // In the order of transformers: a token that the vocabulary lacks gets the next id.
        let added = [&unknown, &sep, &pad, &cls, &mask];
        tokenizer.add_special_tokens(&added.map(|name| AddedToken::from(name.clone(), true)));
        let id = |name: &str| {
            tokenizer
                .token_to_id(name)
                .map(|id| (name.to_owned(), id))
                .ok_or_else(|| format!("no token `{name}`"))
        };
        let filled = |template: &str| template.replace("{cls}", &cls).replace("{sep}", &sep);
        let template = TemplateProcessing::builder()
            .try_single(filled(single))?
            .try_pair(filled(pair))?
            .special_tokens(vec![id(&cls)?, id(&sep)?])
            .build()?;
        tokenizer.with_post_processor(Some(template));
        Ok(tokenizer)
    };
    Ok(guarded(build))
}
