//! The thread beside the measuring one: it keeps a window's counter, samples its power, and reads what answers slowly.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Consumed, Reader, Unavailable};

/// What both threads see.
pub(super) struct Shared {
    pub(super) reader: Mutex<Box<dyn Reader>>,
    pub(super) window: Mutex<Window>,
    pub(super) changed: Condvar,
}

/// The window that is open, or was.
pub(super) struct Window {
    pub(super) step: Step,
    pub(super) last: Consumed,
    pub(super) max_watts: Option<f64>,
    pub(super) is_over: bool,
}

/// How far it is.
pub(super) enum Step {
    Idle,
    BeginAsked,
    Open,
    EndAsked,
    Ended(Result<Consumed, Unavailable>),
}

impl Shared {
    /// No window yet.
    pub(super) fn of(reader: Box<dyn Reader>) -> Self {
        Self {
            reader: Mutex::new(reader),
            window: Mutex::new(Window {
                step: Step::Idle,
                last: Consumed::default(),
                max_watts: None,
                is_over: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// What the thread beside the measuring one does, until the meter is dropped.
    pub(super) fn run(&self, period: Duration) {
        let mut window = lock(&self.window);
        while !window.is_over {
            match window.step {
                Step::BeginAsked => {
                    drop(window);
                    let begun = lock(&self.reader).begin();
                    window = lock(&self.window);
                    // An end that was asked for meanwhile is told why nothing began.
                    if begun.is_ok() && matches!(window.step, Step::BeginAsked) {
                        window.step = Step::Open;
                    } else if let Err(error) = begun {
                        window.step = Step::Ended(Err(error));
                        self.changed.notify_all();
                    }
                }
                Step::EndAsked => {
                    drop(window);
                    let ended = lock(&self.reader).end();
                    window = lock(&self.window);
                    window.step = Step::Ended(ended);
                    self.changed.notify_all();
                }
                Step::Idle | Step::Open | Step::Ended(_) => {
                    let (woken, timeout) = self
                        .changed
                        .wait_timeout(window, period)
                        .unwrap_or_else(PoisonError::into_inner);
                    window = woken;
                    if timeout.timed_out() && matches!(window.step, Step::Open) {
                        drop(window);
                        let kept = lock(&self.reader).keep();
                        window = lock(&self.window);
                        if let Some(consumed) = kept {
                            window.sample(consumed, period);
                        }
                    }
                }
            }
        }
    }
}

impl Window {
    /// Notes the power since the last sample.
    fn sample(&mut self, consumed: Consumed, period: Duration) {
        if !matches!(self.step, Step::Open) {
            return;
        }
        let since = Consumed {
            joules: consumed.joules - self.last.joules,
            duration: consumed.duration.saturating_sub(self.last.duration),
        };
        // The first sample of a window comes after a part of a period, over which too few updates are spread.
        if since.duration < period / 2 {
            return;
        }
        self.last = consumed;
        self.max_watts = Some(
            self.max_watts
                .map_or(since.watts(), |max| max.max(since.watts())),
        );
    }
}

pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
