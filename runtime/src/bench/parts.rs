//! The parts of a query that runs several graphs, or one in several ways: towers, prompt and tokens.

use std::collections::BTreeMap;

use super::effort::milliseconds;
use super::subject::Sampled;
use crate::session::Step;

/// The part in which a decoder reads its prompt.
pub(super) const PREFILL: &str = "prefill";
/// The part in which it adds one token to another.
pub(super) const DECODE: &str = "decode";

/// Which part each run of a query belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    /// The graph of each run.
    pub(super) graphs: Vec<&'static str>,
    /// The name of each run's part, in order.
    pub(super) of_runs: Vec<&'static str>,
    /// Places of the runs that gave a token each, after the first.
    decoding: Vec<usize>,
    /// Place of the run that gave the first token.
    first_token: Option<usize>,
}

impl Parts {
    /// The parts of a query by the names of the graphs that it ran, and the number of tokens that it added where a decoder did.
    pub(super) fn of(graphs: &[&'static str], new_tokens: Option<u32>) -> Self {
        let mut of_runs = graphs.to_vec();
        let writes = |graph: &&str| graph.starts_with("decoder") || *graph == "model";
        let places = graphs.iter().enumerate();
        let decoder: Vec<usize> = places
            .filter_map(|(place, graph)| writes(graph).then_some(place))
            .collect();
        let tokens = new_tokens.map_or(0, |tokens| tokens as usize);
        // A batch whose items are decoded one after the other has no first token of its own.
        let is_told = tokens > 0 && (tokens..2 * tokens).contains(&decoder.len());
        let (reading, decoding) = if is_told {
            decoder.split_at(decoder.len() - (tokens - 1))
        } else {
            (&[][..], &[][..])
        };
        for place in reading {
            of_runs[*place] = PREFILL;
        }
        for place in decoding {
            of_runs[*place] = DECODE;
        }
        Self {
            graphs: graphs.to_vec(),
            of_runs,
            decoding: decoding.to_vec(),
            first_token: reading.last().copied(),
        }
    }

    /// The names of the parts in the order of their first run; none where a query is one run.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for name in &self.of_runs {
            if !names.contains(name) {
                names.push(name);
            }
        }
        if names.len() < 2 { Vec::new() } else { names }
    }

    /// Adds what a query says of its parts to the samples.
    pub(super) fn add(&self, sampled: &Sampled, samples: &mut BTreeMap<String, Vec<f64>>) {
        let mut add = |name: &str, value: f64| match samples.get_mut(name) {
            Some(series) => series.push(value),
            None => {
                samples.insert(name.to_owned(), vec![value]);
            }
        };
        let steps = &sampled.steps;
        if self.names().len() > 1 {
            for (step, part) in steps.iter().zip(&self.of_runs) {
                add(&format!("{part}_ms"), milliseconds(step.took));
            }
        }
        let Some(first) = steps.first() else { return };
        if let Some(token) = self.first_token.and_then(|place| steps.get(place)) {
            let time = token.ended().saturating_sub(first.began);
            add("time_to_first_token_ms", milliseconds(time));
            let mut before: &Step = token;
            for step in self.decoding.iter().filter_map(|place| steps.get(*place)) {
                let time = step.ended().saturating_sub(before.ended());
                add("inter_token_ms", milliseconds(time));
                before = step;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn decoders_read_once_and_write_one_token_after_the_other() {
        let parts = Parts::of(&["model", "model", "model"], Some(3));
        assert_eq!(parts.of_runs, [PREFILL, DECODE, DECODE]);
        let graphs = [
            "vision_encoder",
            "embed_tokens",
            "decoder_model_merged",
            "embed_tokens",
            "decoder_model_merged",
        ];
        let parts = Parts::of(&graphs, Some(2));
        assert_eq!(
            parts.of_runs,
            [
                "vision_encoder",
                "embed_tokens",
                PREFILL,
                "embed_tokens",
                DECODE
            ]
        );
        assert_eq!(
            parts.names(),
            ["vision_encoder", "embed_tokens", PREFILL, DECODE]
        );
        let split = Parts::of(
            &["encoder_model", "decoder_model", "decoder_with_past_model"],
            Some(2),
        );
        assert_eq!(split.of_runs, ["encoder_model", PREFILL, DECODE]);
    }

    #[test]
    fn other_queries_have_the_parts_that_their_graphs_are() {
        assert_eq!(Parts::of(&["model"], None).names(), Vec::<&str>::new());
        assert_eq!(
            Parts::of(&["model", "model"], None).names(),
            Vec::<&str>::new()
        );
        let towers = Parts::of(&["text_model", "vision_model"], None);
        assert_eq!(towers.names(), ["text_model", "vision_model"]);
        // Two items of two tokens, one after the other.
        let graphs = [
            "encoder_model",
            "decoder_model",
            "decoder_model",
            "encoder_model",
            "decoder_model",
            "decoder_model",
        ];
        assert_eq!(Parts::of(&graphs, Some(2)).of_runs, graphs);
    }

    #[test]
    fn tokens_are_timed_from_end_to_end() {
        let parts = Parts::of(&["model", "model", "model"], Some(3));
        let step = |began: u64, took: u64| Step {
            graph: "model",
            began: Duration::from_millis(began),
            took: Duration::from_millis(took),
        };
        let sampled = Sampled {
            steps: vec![step(5, 10), step(16, 3), step(20, 4)],
            ..Sampled::default()
        };
        let mut samples = BTreeMap::new();
        parts.add(&sampled, &mut samples);
        assert_eq!(samples["time_to_first_token_ms"], [10.0]);
        assert_eq!(samples["inter_token_ms"], [4.0, 5.0]);
        assert_eq!(samples["prefill_ms"], [10.0]);
        assert_eq!(samples["decode_ms"], [3.0, 4.0]);
    }
}
