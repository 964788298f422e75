//! The peak of this process's memory: alone in its process, because the peak is that of all threads.
#![cfg(target_os = "linux")]

use metrics::Quantity;
use metrics::memory::{ProcessMemory, anonymous_bytes};
use metrics::tree::Rooted;

const BYTES: usize = 64 << 20;

#[test]
fn this_process_shows_what_it_fills() {
    let tree = Rooted::system();
    for _ in 0..2 {
        let before = *anonymous_bytes(&tree).value().unwrap() as usize;
        let memory = ProcessMemory::begin(&tree);
        let filled = vec![1_u8; BYTES];
        assert_eq!(std::hint::black_box(&filled)[BYTES - 1], 1);
        let during = *anonymous_bytes(&tree).value().unwrap() as usize;
        assert!((during - before).abs_diff(BYTES) < BYTES / 10);
        drop(filled);
        match memory.end(&tree) {
            Quantity::Measured { value, .. } => {
                assert!((value as usize).abs_diff(BYTES) < BYTES / 10, "{value}");
            }
            // Where the peak cannot be reset, the second time is hidden by the first.
            other => assert!(other.reason().unwrap().contains("hides the peak")),
        }
    }
}
