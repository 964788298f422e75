//! Beam search as transformers' `GenerationMixin` has it: candidates are compared by their sum of log probabilities,
//! finished ones by that sum over a power of their length (Wu et al., 2016, arXiv:1609.08144).

use ndarray::{Array2, s};

use super::{GenerationValues, Limits, Produced, Rules, Steps};
use crate::error::Error;

/// When the search for an item ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// As soon as there are as many finished candidates as beams.
    Early,
    /// When no running candidate is better than the worst finished one at its present length.
    Usual,
    /// When none can become better at any length.
    Never,
}

/// How a search compares candidates.
struct Plan<'a> {
    beams: usize,
    length_penalty: f32,
    stop: Stop,
    prompt: usize,
    rules: &'a Rules,
    limits: &'a Limits,
}

/// A row of tokens with its score.
#[derive(Debug, Clone)]
struct Candidate {
    tokens: Vec<i64>,
    score: f32,
    /// The beam it continues.
    beam: usize,
    ends: bool,
}

/// The search for one item.
struct Item {
    running: Vec<Candidate>,
    /// Finished candidates, the best first; no more than beams.
    done: Vec<Candidate>,
    can_improve: bool,
}

/// Continues prompts `(items, length)` by beam search; `steps` has `beams` rows an item.
pub(crate) fn search(
    steps: &mut dyn Steps,
    prompts: &Array2<i64>,
    config: &GenerationValues,
    beams: usize,
    rules: &Rules,
    limits: &Limits,
) -> Result<Vec<Produced>, Error> {
    let plan = Plan {
        beams,
        length_penalty: config.number("length_penalty")?.unwrap_or(1.0) as f32,
        stop: stop(config)?,
        prompt: prompts.ncols(),
        rules,
        limits,
    };
    let mut items: Vec<Item> = prompts
        .rows()
        .into_iter()
        .map(|row| Item::new(&row.to_vec(), beams))
        .collect();
    let repeated =
        Array2::from_shape_fn((items.len() * beams, prompts.ncols()), |(row, column)| {
            prompts[[row / beams, column]]
        });
    let mut scores = steps.begin(&repeated)?;
    let firsts: Vec<_> = (0..items.len())
        .map(|item| scores.row(item * beams).to_vec())
        .collect();
    loop {
        let mut rows = Vec::with_capacity(scores.nrows());
        let mut tokens = Vec::with_capacity(scores.nrows());
        for (index, item) in items.iter_mut().enumerate() {
            let first = index * beams;
            let own = scores.slice(s![first..first + beams, ..]).to_owned();
            item.advance(&plan, own);
            rows.extend(item.running.iter().map(|candidate| first + candidate.beam));
            let last = |candidate: &Candidate| candidate.tokens.last().copied().unwrap_or_default();
            tokens.extend(item.running.iter().map(last));
        }
        if items.iter().all(|item| item.is_over(&plan)) {
            break;
        }
        steps.reorder(&rows)?;
        scores = steps.next(&tokens)?;
    }
    let kept = limits.kept_scores.min(1);
    let produced = items.into_iter().zip(firsts).map(|(item, first)| {
        let mut produced = item.produced(&plan);
        produced.scores = vec![first; kept];
        produced
    });
    Ok(produced.collect())
}

fn stop(config: &GenerationValues) -> Result<Stop, Error> {
    match config.find("early_stopping") {
        None | Some(serde_json::Value::Bool(false)) => Ok(Stop::Usual),
        Some(serde_json::Value::Bool(true)) => Ok(Stop::Early),
        Some(serde_json::Value::String(text)) if text == "never" => Ok(Stop::Never),
        Some(_) => Err(config.wrong("early_stopping", "true, false or `never`")),
    }
}

impl Item {
    fn new(prompt: &[i64], beams: usize) -> Self {
        let candidate = |beam| Candidate {
            tokens: prompt.to_vec(),
            // The beams are equal at first: only one of them counts.
            score: if beam == 0 { 0.0 } else { f32::NEG_INFINITY },
            beam,
            ends: false,
        };
        Self {
            running: (0..beams).map(candidate).collect(),
            done: Vec::new(),
            can_improve: true,
        }
    }

    /// Takes one step: the scores are `(beams, vocabulary)`.
    fn advance(&mut self, plan: &Plan<'_>, mut scores: Array2<f32>) {
        let before = self.running[0].tokens.len();
        for (candidate, mut row) in self.running.iter().zip(scores.rows_mut()) {
            if let Some(row) = row.as_slice_mut() {
                to_log_probabilities(row);
                plan.rules.apply(&candidate.tokens, row);
                for score in row {
                    *score += candidate.score;
                }
            }
        }
        // Enough that as many run on as there are beams, whatever ends.
        let wanted = plan.beams * (1 + plan.limits.end.len()).max(2);
        let best = self.best(&scores, wanted, plan);
        self.finish(plan, &best, before);
        let mut next: Vec<_> = best.iter().filter(|c| !c.ends).cloned().collect();
        if next.len() < plan.beams {
            // At the greatest length all of them end.
            next = best;
        }
        next.truncate(plan.beams);
        self.running = next;
        self.reconsider(plan);
    }

    /// The best continuations, the best first.
    fn best(&self, scores: &Array2<f32>, wanted: usize, plan: &Plan<'_>) -> Vec<Candidate> {
        let columns = scores.ncols();
        let flat: Vec<f32> = scores.iter().copied().collect();
        let mut places: Vec<usize> = (0..flat.len()).collect();
        let descending = |a: &usize, b: &usize| flat[*b].total_cmp(&flat[*a]).then(a.cmp(b));
        let wanted = wanted.min(places.len());
        if wanted < places.len() {
            places.select_nth_unstable_by(wanted, descending);
            places.truncate(wanted);
        }
        places.sort_unstable_by(descending);
        let continued = places.into_iter().map(|place| {
            let (beam, token) = (place / columns, (place % columns) as i64);
            let mut tokens = self.running[beam].tokens.clone();
            tokens.push(token);
            let ends = plan.limits.end.contains(&token) || tokens.len() >= plan.limits.max_length;
            Candidate {
                tokens,
                score: flat[place],
                beam,
                ends,
            }
        });
        continued.collect()
    }

    /// Takes those of the best that end into the list of finished ones.
    fn finish(&mut self, plan: &Plan<'_>, best: &[Candidate], before: usize) {
        let is_full = self.done.len() == plan.beams && plan.stop == Stop::Early;
        if is_full || !self.can_improve {
            return;
        }
        let length = (before + 1 - plan.prompt) as f32;
        let ended = best
            .iter()
            .take(plan.beams)
            .filter(|candidate| candidate.ends && candidate.score > f32::NEG_INFINITY);
        self.done.extend(ended.cloned().map(|candidate| Candidate {
            score: candidate.score / length.powf(plan.length_penalty),
            ..candidate
        }));
        self.done.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.done.truncate(plan.beams);
    }

    /// Asks whether a running candidate may still become better than the worst finished one.
    fn reconsider(&mut self, plan: &Plan<'_>) {
        if self.done.len() < plan.beams {
            return;
        }
        let (Some(running), Some(worst)) = (self.running.first(), self.done.last()) else {
            return;
        };
        let length = if plan.stop == Stop::Never && plan.length_penalty > 0.0 {
            plan.limits.max_length
        } else {
            running.tokens.len()
        };
        let length = (length - plan.prompt) as f32;
        self.can_improve &= running.score / length.powf(plan.length_penalty) > worst.score;
    }

    fn is_over(&self, plan: &Plan<'_>) -> bool {
        let is_full = plan.stop == Stop::Early && self.done.len() == plan.beams;
        !self.can_improve || is_full || self.running.iter().all(|candidate| candidate.ends)
    }

    fn produced(self, plan: &Plan<'_>) -> Produced {
        let best = self.done.into_iter().chain(self.running).next();
        let tokens = best.map_or_else(Vec::new, |best| best.tokens[plan.prompt..].to_vec());
        Produced {
            is_finished: tokens
                .last()
                .is_some_and(|last| plan.limits.end.contains(last)),
            tokens,
            scores: Vec::new(),
        }
    }
}

/// Logarithms of the probabilities that scores stand for.
fn to_log_probabilities(scores: &mut [f32]) {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = scores
        .iter()
        .map(|score| f64::from(score - largest).exp())
        .sum();
    let shift = f64::from(largest) + sum.ln();
    for score in scores {
        *score = (f64::from(*score) - shift) as f32;
    }
}
