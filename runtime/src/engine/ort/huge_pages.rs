//! Weights in huge pages: a graph that reads all its weights for every token spends less time on finding where they are.
//!
//! Linux gives huge pages only to who asks, by default, and ONNX Runtime does not ask. What it has filled is moved into them
//! afterwards (madvise(2), `MADV_COLLAPSE`, since Linux 6.1). A system that cannot leaves everything as it was.
#![allow(
    unsafe_code,
    reason = "no safe interface knows this advice; the reason why it is sound stands below"
)]

use std::fs;
use std::ops::Range;

/// Growth of memory from which moving it is worth the time, in bytes: less fits into caches of second-level address
/// translation.
const WORTHWHILE: usize = 64 << 20;
/// Size of a huge page, in bytes, on the machines that ONNX Runtime is distributed for.
const HUGE: usize = 2 << 20;

/// Notes how much memory is in use, and moves what came since into huge pages.
pub(super) struct HugePages {
    before: Option<usize>,
}

impl HugePages {
    /// Before the graph is opened.
    pub(super) fn before() -> Self {
        Self { before: resident() }
    }

    /// After it was opened.
    pub(super) fn gather(self) {
        let (Some(before), Some(now)) = (self.before, resident()) else {
            return;
        };
        if now.saturating_sub(before) < WORTHWHILE {
            return;
        }
        for range in fs::read_to_string("/proc/self/maps")
            .iter()
            .flat_map(|maps| maps.lines())
            .filter_map(anonymous)
        {
            collapse(&range);
        }
    }
}

/// Memory that no file stands behind, in bytes, as `proc_pid_status(5)` tells it.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The huge pages' worth of addresses inside a line of `proc_pid_maps(5)`, if it is private memory to read and write that no
/// file stands behind.
fn anonymous(line: &str) -> Option<Range<usize>> {
    let mut fields = line.split_whitespace();
    let (addresses, access) = (fields.next()?, fields.next()?);
    let name = fields.nth(3).unwrap_or("[heap]");
    if access != "rw-p" || name != "[heap]" {
        return None;
    }
    let (start, end) = addresses.split_once('-')?;
    let start = usize::from_str_radix(start, 16)
        .ok()?
        .next_multiple_of(HUGE);
    let end = usize::from_str_radix(end, 16).ok()? / HUGE * HUGE;
    (start < end).then_some(start..end)
}

#[cfg(target_os = "linux")]
fn collapse(range: &Range<usize>) {
    let start = std::ptr::without_provenance_mut(range.start);
    // SAFETY: the advice moves pages of this process without changing what any address holds; a range that is no longer
    // mapped, or in part, is refused.
    let refused = unsafe { libc::madvise(start, range.len(), libc::MADV_COLLAPSE) };
    // Ranges with pages that were never written say so, and have the others moved all the same.
    let _ = refused;
}

#[cfg(not(target_os = "linux"))]
fn collapse(_: &Range<usize>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_huge_pages_of_private_memory_are_moved() {
        let range = |line| anonymous(line).map(|range| (range.start, range.end));
        assert_eq!(
            range("7f0208e3d000-7f020f3ff000 rw-p 00000000 00:00 0 "),
            Some((0x7f02_0900_0000, 0x7f02_0f20_0000))
        );
        assert_eq!(
            range("55d0c0000000-55d0c0400000 rw-p 00000000 00:00 0 [heap]"),
            Some((0x55d0_c000_0000, 0x55d0_c040_0000))
        );
        for other in [
            "7f0208e3d000-7f0208e3f000 rw-p 00000000 00:00 0",
            "7f0208e3d000-7f020f3ff000 r--p 00000000 00:00 0",
            "7f0208e3d000-7f020f3ff000 rw-s 00000000 00:00 0",
            "7f0208e3d000-7f020f3ff000 rw-p 00000000 fe:00 77 /usr/lib/a.so",
            "7ffc00000000-7ffc08000000 rw-p 00000000 00:00 0 [stack]",
            "nonsense",
        ] {
            assert_eq!(range(other), None, "{other}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_filled_since_is_moved_and_unchanged() {
        let moved = || -> usize {
            let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
            let line = rollup
                .lines()
                .find_map(|line| line.strip_prefix("AnonHugePages:"));
            line.unwrap()
                .trim()
                .strip_suffix(" kB")
                .unwrap()
                .parse()
                .unwrap()
        };
        let mode = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
        let before = (moved(), HugePages::before());
        let numbers: Vec<u32> = (0..32 << 20).collect();
        before.1.gather();
        assert!(
            numbers
                .iter()
                .enumerate()
                .all(|(place, &number)| place == number as usize)
        );
        // A kernel built without huge pages has no such file.
        if mode.is_ok_and(|mode| !mode.contains("[never]")) {
            let gained = moved() - before.0;
            assert!(gained > 100 << 10, "{gained} KiB of 128 MiB");
        }
    }
}
