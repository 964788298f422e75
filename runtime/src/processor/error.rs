//! Everything that can be wrong with a processor's files or with what it is given.

use std::io;
use std::path::PathBuf;

/// A processor that cannot be loaded, or input that it cannot take.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessorError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A video without a frame, or with more than are read.
    #[error("{}: {found} frames; a video is a GIF, a folder of PNG, JPEG or WebP pictures, or a file that ffmpeg reads, of 1 to {limit} frames", path.display())]
    Frames {
        /// The file or folder.
        path: PathBuf,
        /// Number of frames.
        found: usize,
        /// The most frames there may be.
        limit: usize,
    },
    /// The program that decodes videos cannot be started.
    #[error(
        "{}: videos other than GIFs are decoded by ffmpeg, and `{}` cannot be started; install it, name it in {variable}, or give a GIF or a folder of frames",
        path.display(), program.display()
    )]
    NoFrameReader {
        /// The file.
        path: PathBuf,
        /// The program.
        program: PathBuf,
        /// The environment variable that names it.
        variable: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The program that decodes videos cannot read the file.
    #[error("{}: {reason}", path.display())]
    FrameReader {
        /// The file.
        path: PathBuf,
        /// What it says.
        reason: String,
    },
    /// A file is larger than its kind has any reason to be.
    #[error("{}: {bytes} bytes, more than the {limit} this kind of file may have", path.display())]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The most it may have.
        limit: u64,
    },
    /// A file is not JSON.
    #[error("{}: not valid JSON", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where it stops being JSON.
        source: serde_json::Error,
    },
    /// A key holds something it may not hold.
    #[error("{}: `{key}` is {found}; expected {expected}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key, dotted.
        key: String,
        /// What is there, as JSON.
        found: String,
        /// What may be there.
        expected: String,
    },
    /// The image processor is of a class that is not known here.
    #[error("{}: image processor {found} is not known; one of: {known}", path.display())]
    UnknownImageProcessor {
        /// The file that names it, or that fails to.
        path: PathBuf,
        /// The name in backticks, or what there is in its place.
        found: String,
        /// The classes there are.
        known: String,
    },
    /// A module of a sentence-transformers model is not known here, or stands where it cannot be followed.
    #[error(
        "{}: module {index} of type `{found}` cannot be followed; known are, in this order: {known}",
        path.display()
    )]
    Module {
        /// `modules.json`.
        path: PathBuf,
        /// Position in the list.
        index: usize,
        /// Its type.
        found: String,
        /// The types there are.
        known: &'static str,
    },
    /// A tokenizer file does not make a tokenizer.
    #[error("{}: not a tokenizer", path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The folder has neither `tokenizer.json` nor a `vocab.txt` that can be used.
    #[error("{}: no tokenizer.json, and {reason}; put that of a model with the same vocabulary there", dir.display())]
    NoTokenizer {
        /// The checkpoint's folder.
        dir: PathBuf,
        /// Why there is no way around it.
        reason: String,
    },
    /// The tokenizer fails on a text.
    #[error("text {index} cannot be tokenised")]
    Tokenise {
        /// Position in the batch.
        index: usize,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A chat template is broken, or refuses the messages.
    #[error("the chat template refuses the messages")]
    ChatTemplate {
        /// What it says, and where.
        source: minijinja::Error,
    },
    /// A chat for a checkpoint that has no template for chats.
    #[error("the checkpoint has no chat template; give the prompt as a plain text")]
    NoChatTemplate,
    /// Token ids cannot be turned back into text.
    #[error("tokens cannot be decoded")]
    Decode {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The spectrum of a sound cannot be computed.
    #[error("the spectrum cannot be computed")]
    Spectrum {
        /// Why.
        source: realfft::FftError,
    },
    /// A batch without anything in it.
    #[error("nothing to do: the batch is empty")]
    EmptyBatch,
    /// A text that is refused before it is tokenised.
    #[error("text {index} has {bytes} bytes; at most {limit} are taken")]
    TooManyBytes {
        /// Position in the batch.
        index: usize,
        /// Its size.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// A text has more tokens than the model takes, and the checkpoint does not ask for truncation.
    #[error("text {index} has {tokens} tokens; the model takes {limit}")]
    TooLong {
        /// Position in the batch.
        index: usize,
        /// Its tokens, special ones included.
        tokens: usize,
        /// The most the model takes.
        limit: usize,
    },
    /// A maximum length that leaves no room for text.
    #[error("a maximum of {max_length} tokens leaves no room beside {special} special tokens")]
    MaxLength {
        /// The maximum.
        max_length: usize,
        /// The special tokens of a text or pair.
        special: usize,
    },
    /// A text without a letter that the model speaks.
    #[error("text {index} has nothing that can be spoken; the model knows: {known}")]
    Unspeakable {
        /// Position in the batch.
        index: usize,
        /// The characters it knows.
        known: String,
    },
    /// A character that the vocabulary lacks, and no token that stands for such characters.
    #[error("text {index} has the character {character:?}, which the model does not know")]
    UnknownCharacter {
        /// Position in the batch.
        index: usize,
        /// The character.
        character: char,
    },
    /// A text in another script for a model that was trained on romanised text.
    #[error(
        "text {index} has the character {character:?}; the model was trained on text in Latin letters: romanise it with uroman first"
    )]
    NotRomanised {
        /// Position in the batch.
        index: usize,
        /// The first such character.
        character: char,
    },
    /// Texts of unequal length need padding, and the tokenizer has no padding token.
    #[error(
        "texts of {shortest} and {longest} tokens cannot share a batch: the tokenizer has no padding token"
    )]
    NoPadding {
        /// Tokens of the shortest text.
        shortest: usize,
        /// Tokens of the longest text.
        longest: usize,
    },
    /// A picture in a format other than PNG and JPEG, or a broken one.
    #[error("{name}: not a readable PNG, JPEG, WebP or GIF picture")]
    Picture {
        /// The file, or what stands for it.
        name: String,
        /// Why.
        source: image::ImageError,
    },
    /// A picture that is refused before its pixels are decoded.
    #[error(
        "{name}: {width} × {height} pixels; at most {limit} pixels and {side} a side are taken"
    )]
    TooManyPixels {
        /// The file, or what stands for it.
        name: String,
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// The most pixels that are taken.
        limit: usize,
        /// The longest side that is taken.
        side: usize,
    },
    /// A file too small to hold the picture its header promises.
    #[error(
        "{name}: {bytes} bytes cannot hold the {width} × {height} pixels that the header promises"
    )]
    Truncated {
        /// The file, or what stands for it.
        name: String,
        /// Size of the file.
        bytes: usize,
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// A picture without pixels.
    #[error("a picture of {width} × {height} pixels has nothing in it")]
    EmptyPicture {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// Raw pixels that do not fill the size given with them.
    #[error("{width} × {height} RGB pixels need {expected} bytes, {found} were given")]
    PixelBytes {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// Bytes that the size needs.
        expected: usize,
        /// Bytes there are.
        found: usize,
    },
    /// Pictures that the processor leaves at different sizes cannot share a batch.
    #[error(
        "pictures 0 and {index} come out as {first_width} × {first_height} and {width} × {height} pixels and cannot share a batch"
    )]
    UnequalPictures {
        /// Position in the batch.
        index: usize,
        /// Width of the first picture.
        first_width: usize,
        /// Height of the first picture.
        first_height: usize,
        /// Width of the picture.
        width: usize,
        /// Height of the picture.
        height: usize,
    },
    /// A sound in a format other than WAV, FLAC and MP3, or a broken one.
    #[error("{name}: not a readable WAV, FLAC or MP3 sound")]
    Sound {
        /// The file, or what stands for it.
        name: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A sound without a sample.
    #[error("{name}: the sound has no sample")]
    EmptySound {
        /// The file, or what stands for it.
        name: String,
    },
    /// A sound with a sample that is no finite number.
    #[error("{name}: sample {position} is not a finite number")]
    NotFinite {
        /// The file, or what stands for it.
        name: String,
        /// The first such sample.
        position: usize,
    },
    /// A sound that is refused for its length.
    #[error("{name}: more than {limit} samples")]
    TooManySamples {
        /// The file, or what stands for it.
        name: String,
        /// The most that are taken.
        limit: usize,
    },
    /// A sound that is shorter than what a model makes its first frame of.
    #[error("sound {index} has {samples} samples at the model's rate; it needs {needed}")]
    SoundTooShort {
        /// Position in the batch.
        index: usize,
        /// Its samples, at the model's rate.
        samples: usize,
        /// The fewest that the model takes.
        needed: usize,
    },
    /// A sound that gives more frames than can attend to each other.
    #[error("sound {index} lasts {seconds:.1} s; at most {most:.1} s are heard at once, cut it")]
    SoundTooLong {
        /// Position in the batch.
        index: usize,
        /// How long it lasts, in seconds.
        seconds: f64,
        /// The longest that is taken, in seconds.
        most: f64,
    },
    /// A sampling rate that no recording has.
    #[error("{name}: a sampling rate of {rate} Hz; {least} to {most} Hz are taken")]
    SampleRate {
        /// The file, or what stands for it.
        name: String,
        /// The rate, in hertz.
        rate: u32,
        /// The lowest that is taken, in hertz.
        least: u32,
        /// The highest that is taken, in hertz.
        most: u32,
    },
    /// Hidden states and mask of different batch or length.
    #[error("hidden states are {hidden:?} and the mask is {mask:?}: batch and length differ")]
    MaskShape {
        /// `(batch, length, width)`.
        hidden: [usize; 3],
        /// `(batch, length)`.
        mask: [usize; 2],
    },
}
