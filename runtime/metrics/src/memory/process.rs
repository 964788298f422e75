//! Peak of a process's memory while something runs: `peak_rss_bytes`.
//!
//! Linux keeps the peak since the start of the process (`proc_pid_status(5)`, `VmHWM`) and lets it be reset (`clear_refs`
//! in `proc_pid_clear_refs(5)`). Mapped files count; [`anonymous_bytes`] leaves them out.

use std::time::Duration;

use crate::provenance::Quantity;
use crate::tree::Tree;

const STATUS: &str = "proc/self/status";
const CLEAR: &str = "proc/self/clear_refs";
/// Resets the peak to what is resident now.
const RESET_PEAK: &str = "5";

/// Memory before something runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessMemory {
    before: Result<Before, String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Before {
    resident_bytes: u64,
    peak_bytes: u64,
    is_reset: bool,
}

impl ProcessMemory {
    /// Notes what is in use now, and lets the peak begin here if the system allows it.
    pub fn begin(tree: &dyn Tree) -> Self {
        let is_reset = tree.write(CLEAR, RESET_PEAK).is_ok();
        let before = status(tree).and_then(|text| {
            Ok(Before {
                resident_bytes: field(&text, "VmRSS")?,
                peak_bytes: field(&text, "VmHWM")?,
                is_reset,
            })
        });
        Self { before }
    }

    /// By how many bytes the peak since then exceeds what was in use then.
    pub fn end(&self, tree: &dyn Tree) -> Quantity<u64> {
        let peak = status(tree).and_then(|text| field(&text, "VmHWM"));
        let (before, peak) = match (&self.before, peak) {
            (Ok(before), Ok(peak)) => (before, peak),
            (Err(reason), _) => return Quantity::unavailable(reason),
            (_, Err(reason)) => return Quantity::unavailable(reason),
        };
        if !before.is_reset && peak <= before.peak_bytes {
            return Quantity::unavailable(
                "the process used more memory earlier, which hides the peak, and the system does not let it be reset: \
                 measure in a process of its own",
            );
        }
        let bytes = peak.saturating_sub(before.resident_bytes);
        Quantity::measured(bytes, "VmHWM", Duration::ZERO)
    }
}

/// Resident memory of the process that no file stands behind, in bytes.
pub fn anonymous_bytes(tree: &dyn Tree) -> Quantity<u64> {
    match status(tree).and_then(|text| field(&text, "RssAnon")) {
        Ok(bytes) => Quantity::measured(bytes, "RssAnon", Duration::ZERO),
        Err(reason) => Quantity::unavailable(reason),
    }
}

fn status(tree: &dyn Tree) -> Result<String, String> {
    tree.read(STATUS)
        .map_err(|error| format!("/{STATUS}: {error}"))
}

/// A field of kibibytes, in bytes.
fn field(status: &str, name: &str) -> Result<u64, String> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kibibytes = line
        .and_then(|line| line.trim().strip_suffix("kB"))
        .and_then(|number| number.trim().parse::<u64>().ok())
        .ok_or_else(|| format!("/{STATUS} has no {name}"))?;
    Ok(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::FakeTree;

    fn shows(tree: &FakeTree, peak: u64, resident: u64) {
        let text =
            format!("Name:\tx\nVmHWM:\t    {peak} kB\nVmRSS:\t  {resident} kB\nRssAnon:\t 7 kB\n");
        tree.set(STATUS, text);
    }

    #[test]
    fn the_peak_is_counted_from_what_was_in_use_before() {
        let tree = FakeTree::of([(CLEAR, "")]);
        shows(&tree, 100, 100);
        let memory = ProcessMemory::begin(&tree);
        assert_eq!(tree.read(CLEAR).unwrap(), "5");
        shows(&tree, 160, 120);
        assert_eq!(memory.end(&tree).value(), Some(&(60 * 1024)));
        shows(&tree, 100, 90);
        assert_eq!(memory.end(&tree).value(), Some(&0));
        assert_eq!(anonymous_bytes(&tree).value(), Some(&(7 * 1024)));
    }

    #[test]
    fn a_peak_that_an_earlier_one_hides_is_no_number() {
        let tree = FakeTree::default();
        shows(&tree, 500, 100);
        let memory = ProcessMemory::begin(&tree);
        shows(&tree, 500, 300);
        assert_eq!(memory.end(&tree).value(), None);
        shows(&tree, 600, 300);
        assert_eq!(memory.end(&tree).value(), Some(&(500 * 1024)));
        tree.set(STATUS, "Name: x");
        assert_eq!(
            memory.end(&tree).reason(),
            Some("/proc/self/status has no VmHWM")
        );
    }
}
