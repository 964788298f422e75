//! How fast all threads together read memory that no cache holds.

use std::hint::black_box;
use std::thread;

use memmap2::{Advice, MmapMut};

use crate::threads;

/// Places that a thread reads from by turns: one alone waits for the memory behind it.
const STREAMS: usize = 4;
/// Bytes of a line of the caches.
const LINE: usize = 64;

/// Memory for each thread to read.
pub(crate) struct Memory(Vec<MmapMut>);

impl Memory {
    /// So many bytes in all, every page its own, in huge pages where the system has them, as weights are.
    pub(crate) fn of(bytes: usize) -> Self {
        let part = (bytes / threads()).next_multiple_of(STREAMS * LINE);
        let filled = |thread: usize| {
            let mut memory = MmapMut::map_anon(part).expect("memory");
            // Without them reading is slower, as it is for weights.
            memory.advise(Advice::HugePage).ok();
            memory.fill(thread as u8 + 1);
            memory
        };
        Self((0..threads()).map(filled).collect())
    }

    /// Reads all of it once, every thread its part.
    pub(crate) fn read(&self) {
        thread::scope(|scope| {
            for part in &self.0 {
                scope.spawn(|| black_box(sum(part)));
            }
        });
    }
}

fn sum(bytes: &[u8]) -> u64 {
    let (lines, _) = bytes.as_chunks::<LINE>();
    let length = lines.len() / STREAMS;
    let streams: [_; STREAMS] = std::array::from_fn(|stream| &lines[stream * length..][..length]);
    let mut sums = [0_u64; LINE / size_of::<u64>()];
    for place in 0..length {
        for stream in &streams {
            let (numbers, _) = stream[place].as_chunks();
            for (sum, number) in sums.iter_mut().zip(numbers) {
                *sum = sum.wrapping_add(u64::from_ne_bytes(*number));
            }
        }
    }
    sums.iter().fold(0, |all, sum| all.wrapping_add(*sum))
}
