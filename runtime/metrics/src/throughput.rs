//! Throughput of a loop: `throughput_items_per_second`, the items of all batches over the wall time of the whole loop.

use std::time::{Duration, Instant};

use crate::provenance::Quantity;

/// A loop that is being timed.
#[derive(Debug, Clone, Copy)]
pub struct Throughput {
    began: Instant,
    items: u64,
}

impl Throughput {
    /// Begins the loop.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            began: Instant::now(),
            items: 0,
        }
    }

    /// Adds the items of a batch that is done.
    pub fn add(&mut self, items: u64) {
        self.items += items;
    }

    /// Ends the loop: items a second.
    #[must_use]
    pub fn end(self) -> Quantity {
        self.over(self.began.elapsed())
    }

    fn over(self, wall: Duration) -> Quantity {
        if self.items == 0 {
            return Quantity::unavailable("no item was done");
        }
        let rate = self.items as f64 / wall.as_secs_f64();
        Quantity::measured(rate, "monotonic clock", Duration::ZERO)
            .finite("throughput_items_per_second")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_count_over_the_whole_loop() {
        let mut throughput = Throughput::begin();
        assert!(throughput.end().reason().is_some());
        throughput.add(8);
        throughput.add(8);
        let rate = throughput.over(Duration::from_secs(4));
        assert_eq!(rate.value(), Some(&4.0));
        assert!(rate.is_measured());
        assert!(throughput.over(Duration::ZERO).reason().is_some());
        assert!(throughput.end().value().is_some());
    }
}
