//! Two sides in alternating turns, and the row that says how they compare.

use std::fmt;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Neighbouring turns, of which the first of each pair changes sides.
const PAIRS: usize = 15;
/// The same of turns that take longer than [`LONG`].
const LONG_PAIRS: usize = 7;
const LONG: Duration = Duration::from_secs(1);
/// Between turns, so that threads of the side that ended have stopped spinning.
const PAUSE: Duration = Duration::from_millis(250);
/// What a turn ought to take.
const TURN: Duration = Duration::from_millis(200);

/// How one comparison came out.
pub(crate) struct Row {
    name: String,
    peer: String,
    ours: Duration,
    theirs: Duration,
    /// Theirs by ours: quartiles.
    ratios: [f64; 3],
    target: Option<Target>,
}

/// What the ratio is to be.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Theirs by ours, at least.
    Faster(f64),
    /// Ours by theirs, at most.
    Within(f64),
}

impl Row {
    pub(crate) const HEADING: &'static str = "case                                      peer                        ours ms   peer ms   peer / ours         target";

    /// Alternates turns, prints the row and returns our median; each function is told how often to do its work and says
    /// what one time took.
    pub(crate) fn print(
        name: &str,
        peer: &str,
        target: Option<Target>,
        mut ours: impl FnMut(usize) -> Duration,
        mut theirs: impl FnMut(usize) -> Duration,
    ) -> Duration {
        let mut is_long = false;
        let mut repeats = |side: &mut dyn FnMut(usize) -> Duration| {
            // The first turn pays for whatever is done once.
            side(1);
            let once = side(1);
            is_long |= once > LONG;
            (TURN.as_secs_f64() / once.as_secs_f64().max(1e-9))
                .ceil()
                .clamp(1.0, 100_000.0) as usize
        };
        let counts = (repeats(&mut ours), repeats(&mut theirs));
        let wanted = if is_long { LONG_PAIRS } else { PAIRS };
        let mut pairs = Vec::with_capacity(wanted);
        for index in 0..wanted {
            let mut turn = |is_ours: bool| {
                sleep(PAUSE);
                if is_ours {
                    ours(counts.0)
                } else {
                    theirs(counts.1)
                }
            };
            let first = turn(index % 2 == 0);
            let second = turn(index % 2 == 1);
            pairs.push(if index % 2 == 0 {
                (first, second)
            } else {
                (second, first)
            });
        }
        let ratio =
            |(ours, theirs): &(Duration, Duration)| theirs.as_secs_f64() / ours.as_secs_f64();
        let ratios: Vec<f64> = pairs.iter().map(ratio).collect();
        let seconds = |side: fn(&(Duration, Duration)) -> Duration| {
            let times: Vec<f64> = pairs.iter().map(|pair| side(pair).as_secs_f64()).collect();
            Duration::from_secs_f64(quartile(&times, 2))
        };
        let row = Self {
            name: name.to_owned(),
            peer: peer.to_owned(),
            ours: seconds(|pair| pair.0),
            theirs: seconds(|pair| pair.1),
            ratios: [1, 2, 3].map(|which| quartile(&ratios, which)),
            target,
        };
        println!("{row}");
        row.ours
    }
}

/// The first, second or third quartile, by linear interpolation.
fn quartile(samples: &[f64], which: usize) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() - 1) as f64 * which as f64 / 4.0;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

/// How long one of so many times takes.
pub(crate) fn timed(repeat: usize, mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..repeat {
        work();
    }
    start.elapsed() / repeat as u32
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let [low, middle, high] = self.ratios;
        write!(
            f,
            "{:<40}  {:<26}{:>9.3} {:>9.3}   {middle:>5.2} ({low:.2}–{high:.2})",
            self.name,
            self.peer,
            milliseconds(self.ours),
            milliseconds(self.theirs),
        )?;
        match self.target {
            None => Ok(()),
            Some(Target::Faster(least)) => {
                write!(
                    f,
                    "   ≥ {least:.2} {}",
                    if middle >= least { "held" } else { "MISSED" }
                )
            }
            Some(Target::Within(most)) => {
                let share = 1.0 / middle;
                write!(
                    f,
                    "   ours / peer {share:.3} ≤ {most:.2} {}",
                    if share <= most { "held" } else { "MISSED" }
                )
            }
        }
    }
}
