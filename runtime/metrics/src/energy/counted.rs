//! Energy from counters that a device accumulates.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::ledger::{Domain, Ledger};
use super::{Consumed, Method, Reader, Unavailable};
use crate::moment::Clock;
use crate::tree::Number;

/// A reader of counters, each in an open file or behind a driver.
pub struct Counted {
    source: String,
    update_period: Duration,
    is_slow: bool,
    ledger: Ledger,
    counters: Vec<Box<dyn Number>>,
    counts: Vec<u64>,
    clock: Arc<dyn Clock>,
    window: Option<Result<(), Unavailable>>,
}

impl Counted {
    /// A reader of these counters, one for each domain.
    pub(super) fn new(
        kind: &str,
        update_period: Duration,
        domains: Vec<(Domain, Box<dyn Number>)>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (domains, counters): (Vec<_>, Vec<_>) = domains.into_iter().unzip();
        let names: Vec<_> = domains.iter().map(|domain| domain.name.as_str()).collect();
        Self {
            source: format!("{kind} {}", names.join(" + ")),
            update_period,
            is_slow: false,
            counts: Vec::with_capacity(domains.len()),
            ledger: Ledger::new(domains, update_period),
            counters,
            clock,
            window: None,
        }
    }

    /// The same, for counters behind a driver that takes its time.
    pub(super) fn slow(self) -> Self {
        Self {
            is_slow: true,
            ..self
        }
    }

    /// Reads all counters into `counts`.
    fn read(&mut self) -> Result<(), Unavailable> {
        self.counts.clear();
        for (counter, domain) in self.counters.iter_mut().zip(self.ledger.domains()) {
            let count = counter.read().map_err(|error| {
                let is_denied = error.kind() == io::ErrorKind::PermissionDenied;
                let error = if is_denied {
                    "permission denied".to_owned()
                } else {
                    error.to_string()
                };
                Unavailable::reading(&domain.name, &error)
            })?;
            self.counts.push(count);
        }
        Ok(())
    }

    fn add(&mut self) -> Result<Consumed, Unavailable> {
        let now = self.clock.now();
        self.read()?;
        self.ledger.add(now, &self.counts)?;
        Ok(self.ledger.consumed())
    }
}

impl Reader for Counted {
    fn source(&self) -> &str {
        &self.source
    }

    fn update_period(&self) -> Duration {
        self.update_period
    }

    fn method(&self) -> Method {
        Method::Counter
    }

    fn keep_every(&self) -> Option<Duration> {
        self.ledger.keep_every()
    }

    fn is_slow(&self) -> bool {
        self.is_slow
    }

    fn begin(&mut self) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let begun = self
            .read()
            .and_then(|()| self.ledger.begin(now, &self.counts));
        self.window = Some(begun.clone());
        begun
    }

    fn keep(&mut self) -> Option<Consumed> {
        if !matches!(self.window, Some(Ok(()))) {
            return None;
        }
        match self.add() {
            Ok(consumed) => Some(consumed),
            Err(error) => {
                self.window = Some(Err(error));
                None
            }
        }
    }

    fn end(&mut self) -> Result<Consumed, Unavailable> {
        let window = self.window.take();
        window.ok_or_else(|| Unavailable::NotBegun {
            source_name: self.source.clone(),
        })??;
        let consumed = self.add()?;
        self.long_enough(consumed)
    }
}
