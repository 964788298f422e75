//! Greedy search: the likeliest token, step by step.

use ndarray::Array2;

use super::likeliest::likeliest;
use super::{Limits, Produced, Rules, Steps};
use crate::error::Error;

/// Continues prompts `(rows, length)` by the likeliest tokens until every row has ended.
pub(crate) fn greedy(
    steps: &mut dyn Steps,
    prompts: &Array2<i64>,
    rules: &Rules,
    limits: &Limits,
) -> Result<Vec<Produced>, Error> {
    let prompt = prompts.ncols();
    let mut rows: Vec<Vec<i64>> = prompts.rows().into_iter().map(|row| row.to_vec()).collect();
    let mut produced = vec![Produced::default(); rows.len()];
    let mut scores = steps.begin(prompts)?;
    loop {
        let chosen = choose(&rows, &produced, &mut scores, rules, limits);
        let raw = chosen.raw;
        for ((row, produced), (token, raw)) in rows
            .iter_mut()
            .zip(&mut produced)
            .zip(chosen.tokens.iter().zip(raw))
        {
            row.push(*token);
            if produced.is_finished {
                continue;
            }
            produced.tokens.push(*token);
            produced.scores.extend(raw);
            produced.is_finished = limits.end.contains(token);
        }
        let length = rows.first().map_or(prompt, Vec::len);
        if length >= limits.max_length || produced.iter().all(|row| row.is_finished) {
            return Ok(produced);
        }
        scores = steps.next(&chosen.tokens)?;
    }
}

/// The tokens of one step, and the raw scores they were chosen by where these are kept.
struct Chosen {
    tokens: Vec<i64>,
    raw: Vec<Option<Vec<f32>>>,
}

fn choose(
    rows: &[Vec<i64>],
    produced: &[Produced],
    scores: &mut Array2<f32>,
    rules: &Rules,
    limits: &Limits,
) -> Chosen {
    let mut chosen = Chosen {
        tokens: Vec::with_capacity(rows.len()),
        raw: Vec::with_capacity(rows.len()),
    };
    for ((row, produced), mut scores) in rows.iter().zip(produced).zip(scores.rows_mut()) {
        let is_kept = produced.tokens.len() < limits.kept_scores;
        chosen.raw.push(is_kept.then(|| scores.to_vec()));
        if produced.is_finished {
            chosen.tokens.push(limits.pad);
            continue;
        }
        let token = match scores.as_slice_mut() {
            Some(scores) => {
                rules.apply(row, scores);
                likeliest(scores).map_or(limits.pad, |token| token as i64)
            }
            None => limits.pad,
        };
        chosen.tokens.push(token);
    }
    chosen
}
