//! What was said.

use serde_json::{Value, json};

/// What was said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transcript {
    /// The words.
    pub text: String,
    /// Their tokens, up to and including the one that ended them; where every frame has one, those of the frames.
    pub tokens: Vec<i64>,
    /// The language's code, where the model distinguishes languages.
    pub language: Option<String>,
    /// When things were said, where that was asked for.
    pub segments: Vec<Segment>,
    /// Whether the transcript ended by itself, rather than at the greatest length.
    pub is_finished: bool,
    /// Raw scores of the first steps, `(steps, vocabulary)`; one step unless more were asked for.
    pub scores: Vec<Vec<f32>>,
}

/// Something said within a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// From when, in seconds.
    pub start_s: f64,
    /// Until when, in seconds; `None` where the transcript does not say.
    pub end_s: Option<f64>,
    /// The words.
    pub text: String,
}

impl Transcript {
    /// For people: the words, or the segments a line each.
    pub(super) fn to_text(&self) -> String {
        if self.segments.is_empty() {
            return format!("{}\n", self.text.trim());
        }
        let line = |segment: &Segment| {
            let end = segment
                .end_s
                .map_or_else(String::new, |end| format!("{end:.2}"));
            let text = segment.text.trim();
            format!("[{:.2} – {end}] {text}\n", segment.start_s)
        };
        self.segments.iter().map(line).collect()
    }

    /// For programs.
    pub(super) fn to_json(&self, file: &str) -> Value {
        let segment = |segment: &Segment| json!({ "start_s": segment.start_s, "end_s": segment.end_s, "text": segment.text });
        json!({
            "file": file,
            "text": self.text,
            "language": self.language,
            "tokens": self.tokens,
            "segments": self.segments.iter().map(segment).collect::<Vec<_>>(),
            "is_finished": self.is_finished,
        })
    }
}
