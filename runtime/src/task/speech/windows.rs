//! Where one window of a long sound ends and the next begins: at the last time that the transcript closed, as Radford et
//! al. (2022, arXiv:2212.04356, section 3.8) shift their window.

use super::transcript::{Segment, Transcript};
use crate::error::Error;
use crate::generation::Timestamps;

/// The tokens of a window that hold, and how far into it they reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reach {
    /// Number of tokens; what follows is heard again.
    pub(super) tokens: usize,
    /// Seconds; `None` for the whole window.
    pub(super) seconds: Option<f64>,
}

/// Reads the times among a transcript's tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock<'a> {
    pub(super) timestamps: Option<&'a Timestamps>,
    /// Seconds between two timestamps.
    pub(super) step_s: f64,
}

impl Clock<'_> {
    /// The time that a token stands for.
    pub(super) fn time(&self, token: i64) -> Option<f64> {
        let begin = self.timestamps?.begin() as i64;
        (token >= begin).then(|| (token - begin) as f64 * self.step_s)
    }

    /// How much of a window's tokens hold. Two times in a row close a segment and open the next one, which the window
    /// may have cut; a single time at the end says that nothing follows.
    pub(super) fn reach(&self, tokens: &[i64]) -> Reach {
        let whole = Reach {
            tokens: tokens.len(),
            seconds: None,
        };
        let is_single = match tokens {
            [.., before, last] => self.time(*before).is_none() && self.time(*last).is_some(),
            _ => false,
        };
        if is_single {
            return whole;
        }
        let pairs = tokens.windows(2).enumerate();
        let closed = pairs.rev().find_map(|(at, pair)| {
            self.time(pair[1])?;
            Some((at + 2, self.time(pair[0])?))
        });
        match closed {
            Some((tokens, seconds)) if seconds > 0.0 => Reach {
                tokens,
                seconds: Some(seconds),
            },
            _ => whole,
        }
    }

    /// The words and the segments of tokens, whose times count from `offset_s`.
    pub(super) fn read(
        &self,
        tokens: &[i64],
        offset_s: f64,
        decode: &dyn Fn(&[i64]) -> Result<String, Error>,
    ) -> Result<Transcript, Error> {
        let mut words = Vec::new();
        let mut segments: Vec<(f64, Option<f64>, Vec<i64>)> = Vec::new();
        for &token in tokens {
            let open = segments.last_mut().filter(|(_, end, _)| end.is_none());
            match (self.time(token), open) {
                (None, open) => {
                    words.push(token);
                    if let Some((_, _, tokens)) = open {
                        tokens.push(token);
                    }
                }
                (Some(time), Some((_, end, _))) => *end = Some(offset_s + time),
                (Some(time), None) => segments.push((offset_s + time, None, Vec::new())),
            }
        }
        let segment = |(start_s, end_s, tokens): (f64, Option<f64>, Vec<i64>)| {
            Ok(Segment {
                start_s,
                end_s,
                text: decode(&tokens)?,
            })
        };
        // What opens and holds no word is where the next window begins.
        segments.retain(|(_, _, tokens)| !tokens.is_empty());
        Ok(Transcript {
            text: decode(&words)?,
            segments: segments
                .into_iter()
                .map(segment)
                .collect::<Result<_, Error>>()?,
            ..Transcript::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end 2, no timestamps 3, timestamps from 4 on, half a second apart.
    fn check(tokens: &[i64], expected: usize, seconds: Option<f64>) {
        let timestamps = Timestamps {
            none: 3,
            end: 2,
            latest_first: None,
        };
        let clock = Clock {
            timestamps: Some(&timestamps),
            step_s: 0.5,
        };
        let expected = Reach {
            tokens: expected,
            seconds,
        };
        assert_eq!(clock.reach(tokens), expected, "{tokens:?}");
    }

    #[test]
    fn a_window_reaches_to_the_last_closed_segment() {
        check(&[4, 0, 1, 2], 4, None);
        check(&[4, 0, 6], 3, None);
        check(&[4, 0, 6, 6, 1, 0], 4, Some(1.0));
        check(&[4, 0, 6, 6, 1, 9, 9], 7, Some(2.5));
        check(&[4, 0, 6, 6, 1, 9], 6, None);
        // A segment that ends where the window begins would never let it go on.
        check(&[4, 4, 0, 1], 4, None);
        check(&[], 0, None);
    }

    #[test]
    fn segments_have_their_words_and_times() {
        let timestamps = Timestamps {
            none: 3,
            end: 2,
            latest_first: None,
        };
        let clock = Clock {
            timestamps: Some(&timestamps),
            step_s: 0.5,
        };
        let decode = |tokens: &[i64]| Ok(format!("{tokens:?}"));
        let transcript = clock.read(&[5, 0, 6, 6, 1, 1], 10.0, &decode).unwrap();
        assert_eq!(transcript.text, "[0, 1, 1]");
        let segment = |start_s, end_s, text: &str| Segment {
            start_s,
            end_s,
            text: text.to_owned(),
        };
        assert_eq!(
            transcript.segments,
            [
                segment(10.5, Some(11.0), "[0]"),
                segment(11.0, None, "[1, 1]")
            ]
        );
    }
}
