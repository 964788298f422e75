//! Reads the frames of a video that a model looks at: from a folder of pictures, from a GIF, or from what ffmpeg
//! reads.

mod ffmpeg;
mod gif;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::ProcessorError;
use super::image::Picture;

/// The most frames a video may have: over ten minutes at 25 a second.
pub const MAX_FRAMES: usize = 1 << 14;

/// The endings of the pictures in a folder of frames, lower case.
const ENDINGS: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

/// `count` frames from a video of `length`, evenly spread from the first to the last, some of them more than once where
/// there are fewer: `numpy.linspace(0, length - 1, count).astype(int)`, as the examples of transformers sample.
#[must_use]
pub fn spread(length: usize, count: usize) -> Vec<usize> {
    let Some(last) = length.checked_sub(1) else {
        return Vec::new();
    };
    let step = last as f64 / count.saturating_sub(1).max(1) as f64;
    let place = |frame: usize| {
        if frame > 0 && frame + 1 == count {
            last
        } else {
            (frame as f64 * step) as usize
        }
    };
    (0..count).map(place).collect()
}

/// `count` frames, [`spread`] over the video: those of a folder's pictures in the order of their names, or of a GIF as a
/// viewer shows them, disposal and transparency applied. MP4, `WebM` and AVI files are decoded by the program ffmpeg,
/// where it is there.
///
/// # Errors
/// A path that holds no frame or more than [`MAX_FRAMES`], and whatever keeps a frame from being decoded.
pub fn frames(path: &Path, count: usize) -> Result<Vec<Picture>, ProcessorError> {
    if path.is_dir() {
        let files = pictures(path)?;
        let wanted = chosen(path, files.len(), count)?;
        let open = |frame: usize| Picture::open(&files[frame]);
        return wanted.into_iter().map(open).collect();
    }
    if ffmpeg::is_container(&head(path)?) {
        let reader = ffmpeg::Reader::of(path);
        let wanted = chosen(path, reader.count()?, count)?;
        return reader.pick(&wanted);
    }
    let file = gif::Gif::read(path)?;
    let wanted = chosen(path, file.count()?, count)?;
    file.pick(&wanted)
}

/// The first bytes of a file.
fn head(path: &Path) -> Result<Vec<u8>, ProcessorError> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(12).read_to_end(&mut head))
        .map_err(|source| ProcessorError::Read {
            path: path.to_owned(),
            source,
        })?;
    Ok(head)
}

/// The frames to take of a video of that length.
fn chosen(path: &Path, length: usize, count: usize) -> Result<Vec<usize>, ProcessorError> {
    if !(1..=MAX_FRAMES).contains(&length) {
        return Err(ProcessorError::Frames {
            path: path.to_owned(),
            found: length,
            limit: MAX_FRAMES,
        });
    }
    Ok(spread(length, count))
}

/// The pictures of a folder in the order of their names.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>, ProcessorError> {
    let failed = |source| ProcessorError::Read {
        path: folder.to_owned(),
        source,
    };
    let is_picture = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
    };
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(failed)? {
        files.extend(Some(entry.map_err(failed)?.path()).filter(is_picture));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_spread_as_numpy_spreads_them() {
        let check = |length, count, expected: &[usize]| {
            assert_eq!(spread(length, count), expected, "{count} of {length}");
        };
        // Values of numpy 2.4, linspace(0, length - 1, count).astype(int64).
        check(12, 4, &[0, 3, 7, 11]);
        check(12, 8, &[0, 1, 3, 4, 6, 7, 9, 11]);
        check(3, 8, &[0, 0, 0, 0, 1, 1, 1, 2]);
        check(100, 7, &[0, 16, 33, 49, 66, 82, 99]);
        check(1, 3, &[0, 0, 0]);
        check(9, 1, &[0]);
        check(0, 4, &[]);
    }

    #[test]
    fn what_holds_no_frame_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("notes.txt"), "no frame").unwrap();
        let error = frames(dir.path(), 4).unwrap_err();
        assert!(
            matches!(error, ProcessorError::Frames { found: 0, .. }),
            "{error}"
        );
        let text = dir.path().join("notes.txt");
        let error = frames(&text, 4).unwrap_err();
        assert!(matches!(error, ProcessorError::Picture { .. }), "{error}");
        let error = frames(&dir.path().join("absent.gif"), 4).unwrap_err();
        assert!(matches!(error, ProcessorError::Read { .. }), "{error}");
    }
}
