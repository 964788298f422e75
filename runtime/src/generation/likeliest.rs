//! The largest of many scores.

/// Scores of which the largest is found at once.
const BLOCK: usize = 1024;
/// Numbers that are compared side by side.
const LANES: usize = 16;

/// The place of the largest finite score, the first of equals; `None` where none is finite.
pub(super) fn likeliest(scores: &[f32]) -> Option<usize> {
    let mut best = (f32::NEG_INFINITY, 0);
    for (index, block) in scores.chunks(BLOCK).enumerate() {
        let highest = highest(block);
        if highest > best.0 {
            best = (highest, index * BLOCK);
        }
    }
    let (highest, start) = best;
    #[expect(clippy::float_cmp, reason = "it is one of them, unchanged")]
    let inside = scores[start..].iter().position(|&score| score == highest)?;
    highest.is_finite().then_some(start + inside)
}

/// The largest finite score of a block, or minus infinity.
fn highest(block: &[f32]) -> f32 {
    let larger = |most: f32, score: f32| {
        if score > most && score < f32::INFINITY {
            score
        } else {
            most
        }
    };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = block.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &score) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, score);
        }
    }
    lanes
        .iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |most, &score| larger(most, score))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_largest_is_found_wherever_it_stands() {
        for length in [1, 15, 16, 17, 1023, 1024, 1025, 5000] {
            let mut scores: Vec<f32> = (0..length).map(|place| -(place as f32 % 7.0)).collect();
            for place in [0, length / 3, length / 2, length - 1] {
                let before = scores[place];
                scores[place] = 3.0;
                assert_eq!(likeliest(&scores), Some(place), "{place} of {length}");
                let last = scores[length - 1];
                scores[length - 1] = 3.0;
                assert_eq!(
                    likeliest(&scores),
                    Some(place),
                    "{place} of {length}, of two"
                );
                scores[length - 1] = last;
                scores[place] = before;
            }
        }
    }

    #[test]
    fn what_is_no_number_or_endless_is_never_the_largest() {
        let (none, endless) = (f32::NAN, f32::INFINITY);
        assert_eq!(likeliest(&[none, -1.0, endless, -2.0]), Some(1));
        assert_eq!(likeliest(&[none, endless, f32::NEG_INFINITY]), None);
        assert_eq!(likeliest(&[f32::NEG_INFINITY; 40]), None);
        assert_eq!(likeliest(&[]), None);
    }
}
