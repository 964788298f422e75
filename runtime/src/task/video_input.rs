//! A video as users have it: a file or folder, or pictures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::processor::ProcessorError;
use crate::processor::image::Picture;
use crate::processor::video;

/// A video as users have it.
#[derive(Debug, Clone)]
pub enum VideoInput {
    /// A GIF, a folder of pictures whose names are in order, or a file that ffmpeg reads.
    Path(PathBuf),
    /// Frames in order.
    Frames(Arc<[Picture]>),
}

impl VideoInput {
    /// `count` frames, evenly spread.
    pub(super) fn frames(&self, count: usize) -> Result<Vec<Picture>, ProcessorError> {
        match self {
            Self::Path(path) => video::frames(path, count),
            Self::Frames(frames) => {
                let places = video::spread(frames.len(), count);
                Ok(places
                    .into_iter()
                    .map(|place| frames[place].clone())
                    .collect())
            }
        }
    }
}

impl From<&Path> for VideoInput {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<PathBuf> for VideoInput {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<Vec<Picture>> for VideoInput {
    fn from(frames: Vec<Picture>) -> Self {
        Self::Frames(frames.into())
    }
}
