//! Raw inputs of cases that bring pictures or videos together with texts.

use std::path::PathBuf;

use super::document::Document;
use super::{Case, Reference, ReferenceError};

/// Files, and the texts that they were brought together with.
pub type Labelled = (Vec<PathBuf>, Vec<String>);

impl Reference {
    /// The raw pictures and texts of a case that was made from both.
    ///
    /// # Errors
    /// Inputs that are named otherwise than the format says.
    pub fn labelled_images(&self, case: &Case) -> Result<Option<Labelled>, ReferenceError> {
        let Some(images) = case.inputs.get("images") else {
            return Ok(None);
        };
        let Some(texts) = self.labels(case)? else {
            return Ok(None);
        };
        let wrong = || self.misnamed(case, "images", "a list of files");
        let files = images.as_array().ok_or_else(wrong)?;
        let path = |file: &serde_json::Value| {
            let file = file.as_str().ok_or_else(wrong)?;
            self.document.path(file)
        };
        let files = files.iter().map(path).collect::<Result<_, _>>()?;
        Ok(Some((files, texts)))
    }

    /// The forms in which a case has its video, a folder of frames and a GIF, and its texts.
    ///
    /// # Errors
    /// Inputs that are named otherwise than the format says.
    pub fn labelled_videos(&self, case: &Case) -> Result<Option<Labelled>, ReferenceError> {
        let mut videos = Vec::new();
        for form in ["frames", "gif"] {
            if let Some(path) = case.inputs.get(form) {
                let wrong = || self.misnamed(case, form, "a file or folder");
                videos.push(self.document.path(path.as_str().ok_or_else(wrong)?)?);
            }
        }
        let texts = self.labels(case)?.filter(|_| !videos.is_empty());
        Ok(texts.map(|texts| (videos, texts)))
    }

    /// The raw pictures of a case with the prompt about each.
    ///
    /// # Errors
    /// Inputs that are named otherwise than the format says.
    pub fn illustrated_prompts(&self, case: &Case) -> Result<Option<Labelled>, ReferenceError> {
        let (Some(images), Some(prompts)) = (case.inputs.get("images"), case.inputs.get("prompt"))
        else {
            return Ok(None);
        };
        let wrong = || self.misnamed(case, "images", "a list of files");
        let path = |file: &serde_json::Value| self.document.path(file.as_str().ok_or_else(wrong)?);
        let files = images.as_array().ok_or_else(wrong)?;
        let files = files.iter().map(path).collect::<Result<Vec<_>, _>>()?;
        let wrong = || self.misnamed(case, "prompt", "a text for each picture");
        let text = |prompt: &serde_json::Value| Ok(prompt.as_str().ok_or_else(wrong)?.to_owned());
        let prompts = match prompts.as_array() {
            Some(prompts) => prompts.iter().map(text).collect::<Result<Vec<_>, _>>()?,
            None => vec![text(prompts)?],
        };
        if files.len() != prompts.len() {
            return Err(wrong());
        }
        Ok(Some((files, prompts)))
    }

    /// The raw sounds and texts of a case that was made from both.
    ///
    /// # Errors
    /// Inputs that are named otherwise than the format says.
    pub fn labelled_sounds(&self, case: &Case) -> Result<Option<Labelled>, ReferenceError> {
        let sounds = self.sounds(case)?;
        Ok(sounds.zip(self.labels(case)?))
    }

    fn labels(&self, case: &Case) -> Result<Option<Vec<String>>, ReferenceError> {
        let Some(texts) = case.inputs.get("texts") else {
            return Ok(None);
        };
        let wrong = || self.misnamed(case, "texts", "a file");
        let document: &Document = &self.document;
        document.json(texts.as_str().ok_or_else(wrong)?).map(Some)
    }

    fn misnamed(&self, case: &Case, input: &str, expected: &'static str) -> ReferenceError {
        let key = format!("cases.{}.inputs.{input}", case.name());
        self.document.wrong(&key, expected)
    }
}
