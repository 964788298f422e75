//! Energy of NVIDIA's accelerators: the driver's counter of millijoules since it was loaded.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::counted::Counted;
use super::ledger::Domain;
use super::{Unavailable, ceiling};
use crate::moment::Clock;
use crate::nvml::Accelerator;
use crate::tree::Number;

/// Time between two steps of the counter, of which the driver's documentation says nothing: 20 to 100 ms were seen.
const UPDATE_PERIOD: Duration = Duration::from_millis(100);

/// The reader of one accelerator.
///
/// # Errors
/// One without a counter: those before Volta.
pub fn accelerator(
    device: &Arc<dyn Accelerator>,
    clock: Arc<dyn Clock>,
) -> Result<Counted, Unavailable> {
    let mut counter = Millijoules(device.clone());
    if let Err(error) = counter.read() {
        return Err(Unavailable::opening("NVML", &device.name(), &error));
    }
    let domain = Domain {
        name: device.name(),
        package: 0,
        maximum: None,
        joules_per_count: 1e-3,
        ceiling_watts: ceiling::ACCELERATOR_WATTS,
    };
    // The driver takes a lock of all its processes for every answer.
    let domains: Vec<(Domain, Box<dyn Number>)> = vec![(domain, Box::new(counter))];
    Ok(Counted::new("NVML total energy of", UPDATE_PERIOD, domains, clock).slow())
}

struct Millijoules(Arc<dyn Accelerator>);

impl Number for Millijoules {
    fn read(&mut self) -> io::Result<u64> {
        self.0.total_energy_mj()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::Reader;
    use crate::moment::FakeClock;
    use crate::nvml::FakeAccelerator;

    fn reader(device: &FakeAccelerator, clock: &FakeClock) -> Result<Counted, Unavailable> {
        let device: Arc<dyn Accelerator> = Arc::new(device.clone());
        accelerator(&device, Arc::new(clock.clone()))
    }

    #[test]
    fn joules_are_the_difference_of_the_drivers_counter() {
        let (device, clock) = (FakeAccelerator::default(), FakeClock::default());
        device.set_energy(Ok(5_000));
        let mut window = reader(&device, &clock).unwrap();
        assert_eq!(window.minimum_window(), Duration::from_secs(10));
        for (after, seconds) in [(Ok(2_505_000), 10), (Ok(2_505_001), 9)] {
            window.begin().unwrap();
            device.set_energy(after);
            clock.pass(Duration::from_secs(seconds));
            match window.end() {
                Ok(consumed) => assert_eq!(consumed.joules, 2_500.0),
                Err(error) => assert_eq!(
                    error.to_string(),
                    "the window was 9000 ms and NVML total energy of a fake needs 10000 ms: repeat the work until it is \
                     longer"
                ),
            }
        }
    }

    #[test]
    fn a_driver_that_was_loaded_anew_loses_the_window() {
        let (device, clock) = (FakeAccelerator::default(), FakeClock::default());
        device.set_energy(Ok(5_000));
        let mut window = reader(&device, &clock).unwrap();
        window.begin().unwrap();
        device.set_energy(Ok(12));
        clock.pass(Duration::from_secs(10));
        assert!(matches!(window.end(), Err(Unavailable::Restarted { .. })));
        device.set_energy(Err(io::ErrorKind::Unsupported));
        assert!(matches!(
            reader(&device, &clock),
            Err(Unavailable::Absent { .. })
        ));
    }
}
