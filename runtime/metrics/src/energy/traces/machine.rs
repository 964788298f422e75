//! A random machine with RAPL's counters, what they truly count, and what goes wrong.

use std::io;
use std::time::Duration;

use super::{LOST, oracle};
use crate::moment::Moment;
use crate::tree::fake::FakeTree;

const FOLDER: &str = "sys/class/powercap";
/// Time between two updates of a counter.
pub(super) const UPDATE_US: u64 = 1000;
/// The most that domains draw, in watts: packages, memory, platform.
const CEILINGS: [u64; 3] = [2_000, 1_000, 10_000];

/// A counter that belongs to the sum.
#[derive(Debug, Clone)]
pub(super) struct Domain {
    folder: String,
    pub(super) package: usize,
    pub(super) maximum: u64,
    pub(super) ceiling_watts: u64,
    start: u64,
    /// Power in watts over each stretch of time.
    powers: Vec<u64>,
    stretch_us: u64,
}

impl Domain {
    /// What it used since the trace began, in microjoules, as of its last update: the truth.
    pub(super) fn used(&self, time_us: u64) -> u128 {
        let time_us = time_us / UPDATE_US * UPDATE_US;
        let mut sum = 0;
        for (place, watts) in self.powers.iter().enumerate() {
            let begins = place as u64 * self.stretch_us;
            let is_last = place + 1 == self.powers.len();
            let ends = if is_last {
                u64::MAX
            } else {
                begins + self.stretch_us
            };
            let lasted = time_us.min(ends).saturating_sub(begins);
            sum += u128::from(lasted) * u128::from(*watts);
        }
        sum
    }
}

/// When counters are read: the first time begins the window, the last ends it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) time_us: u64,
    pub(super) slept_us: u64,
    /// The domain whose reading fails, and how.
    pub(super) lost: Option<(usize, io::ErrorKind)>,
}

impl Reading {
    pub(super) fn moment(&self) -> Moment {
        Moment {
            awake: Duration::from_micros(self.time_us),
            slept: Duration::from_micros(self.slept_us),
        }
    }
}

/// What is wrong with the tree itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Denied,
    NoMaximum,
    NoZones,
}

/// A machine and a window on it.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    pub(super) domains: Vec<Domain>,
    pub(super) readings: Vec<Reading>,
    pub(super) fault: Option<(Fault, usize)>,
    /// Package and time of a restart of its counters.
    pub(super) restart: Option<(usize, u64)>,
    /// Domain, reading and amount of a jump that no power explains.
    pub(super) jump: Option<(usize, usize, u64)>,
    has_mirror: bool,
    has_platform: bool,
    is_platform: bool,
}

/// Knuth's linear congruential sequence, its upper bits.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        (mixed >> 11) % limit
    }

    fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

impl Trace {
    pub(super) fn random(seed: u64) -> Self {
        let mut random = Random(seed);
        random.below(2);
        let is_platform = random.one_in(8);
        // Maxima as machines have them, and small ones that wrap within every window.
        let has_small = random.one_in(2);
        let maximum = |random: &mut Random| {
            if has_small {
                random.within(300_000_000, 5_000_000_000)
            } else {
                [262_143_328_850, 65_532_610_987][random.below(2) as usize]
            }
        };
        let mut domains = Vec::new();
        let packages = if is_platform { 1 } else { random.within(1, 3) };
        let has_memory = !is_platform && random.one_in(2);
        for package in 0..packages as usize {
            let own = if is_platform {
                CEILINGS[2]
            } else {
                CEILINGS[0]
            };
            let kinds = [
                Some((own, String::new())),
                has_memory.then(|| (CEILINGS[1], ":1".to_owned())),
            ];
            for (ceiling_watts, suffix) in kinds.into_iter().flatten() {
                let maximum = maximum(&mut random);
                let near_wrap = random.one_in(3);
                let below = if near_wrap { maximum / 50 } else { maximum };
                domains.push(Domain {
                    folder: format!("intel-rapl:{package}{suffix}"),
                    package,
                    maximum,
                    ceiling_watts,
                    start: maximum - 1 - random.below(below),
                    powers: (0..random.within(1, 6))
                        .map(|_| random.within(0, ceiling_watts))
                        .collect(),
                    stretch_us: random.within(1, 400_000),
                });
            }
        }
        let readings = readings(&mut random, &domains, has_small);
        let mut trace = Self {
            domains,
            readings,
            fault: None,
            restart: None,
            jump: None,
            has_mirror: random.one_in(3),
            has_platform: !is_platform && random.one_in(3),
            is_platform,
        };
        trace.spoil(&mut random);
        trace
    }

    /// Lets something go wrong in every second trace.
    fn spoil(&mut self, random: &mut Random) {
        let domain = random.below(self.domains.len() as u64) as usize;
        let last = self.readings.len() - 1;
        let place = random.within(1, last as u64) as usize;
        match random.below(24) {
            0 => self.fault = Some((Fault::Denied, domain)),
            1 => self.fault = Some((Fault::NoMaximum, domain)),
            2 => self.fault = Some((Fault::NoZones, domain)),
            3 | 4 => {
                let place = random.below(self.readings.len() as u64) as usize;
                let error = LOST[random.below(3) as usize];
                self.readings[place].lost = Some((domain, error));
            }
            5 => self.sleep(place, random.within(20_000, 60_000_000)),
            6..=8 => {
                let (begins, ends) = (self.readings[0].time_us, self.readings[last].time_us);
                let at = random.within(begins, ends);
                self.restart = Some((self.domains[domain].package, at));
                // Counters restart when the machine sleeps. Where their values cannot show it, the clocks do.
                let place = self
                    .readings
                    .iter()
                    .position(|reading| reading.time_us > at);
                if oracle::judge(self).is_ok() {
                    self.sleep(place.unwrap_or(last), 1_000_000);
                }
            }
            9 => {
                let jump = random.within(
                    self.domains[domain].maximum / 4,
                    self.domains[domain].maximum / 2,
                );
                self.jump = Some((domain, place, jump));
                // One that the domain could have drawn is no fault that anybody can see.
                if oracle::judge(self).is_ok() {
                    self.jump = None;
                }
            }
            _ => {}
        }
    }

    fn sleep(&mut self, place: usize, slept_us: u64) {
        for reading in &mut self.readings[place..] {
            reading.slept_us += slept_us;
        }
    }

    /// What a domain shows at a reading.
    pub(super) fn shown(&self, domain: usize, reading: usize) -> u64 {
        let time_us = self.readings[reading].time_us;
        let own = &self.domains[domain];
        let mut total = u128::from(own.start) + own.used(time_us);
        if let Some((package, at)) = self.restart
            && package == own.package
            && time_us >= at
        {
            total = own.used(time_us) - own.used(at);
        }
        if let Some((jumping, from, by)) = self.jump
            && jumping == domain
            && reading >= from
        {
            total += u128::from(by);
        }
        (total % u128::from(own.maximum)) as u64
    }

    /// Writes the tree as it is before the window.
    pub(super) fn build(&self, tree: &FakeTree) {
        tree.set(format!("{FOLDER}/intel-rapl/enabled"), 1);
        if let Some((Fault::NoZones, _)) = self.fault {
            return;
        }
        let zone = |folder: &str, name: &str, maximum: u64| {
            tree.set(format!("{FOLDER}/{folder}/name"), name);
            tree.set(format!("{FOLDER}/{folder}/energy_uj"), 12_345);
            tree.set(format!("{FOLDER}/{folder}/max_energy_range_uj"), maximum);
        };
        for domain in &self.domains {
            let name = match (self.is_platform, domain.folder.ends_with(":1")) {
                (true, _) => "psys".to_owned(),
                (false, true) if domain.folder.matches(':').count() == 2 => "dram".to_owned(),
                (false, _) => format!("package-{}", domain.package),
            };
            zone(&domain.folder, &name, domain.maximum);
        }
        if !self.is_platform {
            zone("intel-rapl:0:0", "core", u64::MAX);
        }
        if self.has_platform {
            zone("intel-rapl:9", "psys", u64::MAX);
        }
        if self.has_mirror && !self.is_platform {
            zone("intel-rapl-mmio:0", "package-0", self.domains[0].maximum);
            zone("intel-rapl-mmio:0:0", "core", u64::MAX);
        }
        if let Some((fault, domain)) = self.fault {
            let file = |name: &str| format!("{FOLDER}/{}/{name}", self.domains[domain].folder);
            match fault {
                Fault::Denied => tree.fail(file("energy_uj"), io::ErrorKind::PermissionDenied),
                Fault::NoMaximum => tree.remove(&file("max_energy_range_uj")),
                Fault::NoZones => {}
            }
        }
    }

    /// Sets all counters to what they show at a reading.
    pub(super) fn show(&self, tree: &FakeTree, reading: usize) {
        // Those that do not belong to the sum rise too.
        let risen = self.domains[0].used(self.readings[reading].time_us);
        for folder in ["intel-rapl:0:0", "intel-rapl:9", "intel-rapl-mmio:0:0"] {
            tree.set(format!("{FOLDER}/{folder}/energy_uj"), risen);
        }
        let mirrored = self.shown(0, reading);
        tree.set(format!("{FOLDER}/intel-rapl-mmio:0/energy_uj"), mirrored);
        for (place, domain) in self.domains.iter().enumerate() {
            let file = format!("{FOLDER}/{}/energy_uj", domain.folder);
            match self.readings[reading].lost {
                Some((lost, error)) if lost == place => tree.fail(file, error),
                _ => tree.set(file, self.shown(place, reading)),
            }
        }
    }
}

/// Times of the readings: as a keeper would take them, or once in a while as one that comes too late.
fn readings(random: &mut Random, domains: &[Domain], has_small: bool) -> Vec<Reading> {
    let half_wrap_us = domains
        .iter()
        .map(|domain| domain.maximum / domain.ceiling_watts / 2)
        .min()
        .unwrap_or_default();
    let window_us = if random.one_in(12) {
        random.within(1_000, 99_999)
    } else {
        let longest = if has_small { 600_000 } else { 20_000_000 };
        random.within(100_000, longest)
    };
    let is_late = random.one_in(12);
    let mut time_us = random.below(5_000_000);
    let ends = time_us + window_us;
    let reading = |time_us| Reading {
        time_us,
        slept_us: 0,
        lost: None,
    };
    let mut readings = vec![reading(time_us)];
    let longest_step = half_wrap_us.min(window_us / random.within(1, 5) + 1);
    while ends - time_us > half_wrap_us {
        time_us += random.within(longest_step / 2 + 1, longest_step + 1);
        readings.push(reading(time_us.min(ends)));
    }
    let late_us = if is_late {
        random.within(half_wrap_us, half_wrap_us * 6)
    } else {
        0
    };
    readings.push(reading(ends.max(time_us) + late_us));
    readings
}
