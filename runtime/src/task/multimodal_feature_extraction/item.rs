//! What goes in: texts, pictures and sounds, and how a user names them on the command line.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::Error;
use crate::task::{AudioInput, ImageInput};

/// A text, a picture or a sound.
#[derive(Debug, Clone)]
pub enum MultimodalItem {
    /// A text.
    Text(String),
    /// A picture.
    Image(ImageInput),
    /// A sound.
    Sound(AudioInput),
}

/// What something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// A text.
    Text,
    /// A picture.
    Image,
    /// A sound.
    Sound,
}

impl Medium {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Sound => "sound",
        }
    }
}

impl MultimodalItem {
    /// What it is.
    #[must_use]
    pub const fn medium(&self) -> Medium {
        match self {
            Self::Text(_) => Medium::Text,
            Self::Image(_) => Medium::Image,
            Self::Sound(_) => Medium::Sound,
        }
    }
}

impl From<&str> for MultimodalItem {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for MultimodalItem {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<ImageInput> for MultimodalItem {
    fn from(image: ImageInput) -> Self {
        Self::Image(image)
    }
}

impl From<AudioInput> for MultimodalItem {
    fn from(sound: AudioInput) -> Self {
        Self::Sound(sound)
    }
}

/// Ends of the names of files that are looked for where an argument has them.
const SOUNDS: [&str; 3] = ["wav", "flac", "mp3"];
const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "webp", "gif"];

/// An argument as an item: a file that exists, by its first bytes; a name that ends like a picture's or a sound's; else a
/// text.
pub(super) fn parsed(argument: &str) -> Result<MultimodalItem, Error> {
    let path = Path::new(argument);
    let ending = path.extension().and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or_default().to_lowercase();
    if path.is_file() {
        let unread = |error| Error::InvalidInput(format!("`{argument}` cannot be read: {error}"));
        let mut head = Vec::new();
        let file = File::open(path).map_err(unread)?;
        file.take(12).read_to_end(&mut head).map_err(unread)?;
        return Ok(if is_sound(&head) {
            AudioInput::from(path).into()
        } else {
            ImageInput::from(path).into()
        });
    }
    if argument.contains(char::is_whitespace) {
        return Ok(argument.into());
    }
    // A file that is not there is refused when it is opened.
    if SOUNDS.contains(&ending.as_str()) {
        return Ok(AudioInput::from(path).into());
    }
    if IMAGES.contains(&ending.as_str()) {
        return Ok(ImageInput::from(path).into());
    }
    Ok(argument.into())
}

/// Whether a file begins like WAV (RIFF), FLAC (RFC 9639, 6), or MP3 with a tag (ID3) or a frame's sync word (ISO 11172-3).
fn is_sound(head: &[u8]) -> bool {
    let is_wave = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE");
    let is_frame = matches!(head, [0xff, second, ..] if second & 0xe6 == 0xe2);
    is_wave || head.starts_with(b"fLaC") || head.starts_with(b"ID3") || is_frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let check = |name: &str, content: &[u8], expected| {
            let path = dir.path().join(name);
            std::fs::write(&path, content).unwrap();
            let item = parsed(path.to_str().unwrap()).unwrap();
            assert_eq!(item.medium(), expected, "{name}");
        };
        check("a", b"RIFF\0\0\0\0WAVEfmt ", Medium::Sound);
        check("b", b"RIFF\0\0\0\0WEBPVP8 ", Medium::Image);
        check("c.wav", b"fLaC\0", Medium::Sound);
        check("d", b"\xff\xfb\x90\0", Medium::Sound);
        check("e.png", b"\x89PNG\r\n\x1a\n", Medium::Image);
        check("f.jpg", b"\xff\xd8\xff\xe0", Medium::Image);
        for (argument, expected) in [
            ("a dog", Medium::Text),
            ("dog", Medium::Text),
            ("no such.png file", Medium::Text),
            ("missing.PNG", Medium::Image),
            ("missing.mp3", Medium::Sound),
        ] {
            assert_eq!(parsed(argument).unwrap().medium(), expected, "{argument}");
        }
    }
}
