//! The one place that maps files into memory.

#![allow(
    unsafe_code,
    reason = "mapping a file is unsafe by nature; the reason why it is sound stands below"
)]

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use memmap2::Mmap;

use crate::error::ExportError;

/// A file's bytes in memory.
pub(crate) type Mapping = Mmap;

/// Maps a file for reading.
pub(crate) fn map(path: &Path) -> Result<Mmap, ExportError> {
    let file = File::open(path).map_err(ExportError::io("read", path))?;
    // SAFETY: the map is read-only and read as plain bytes, of which any value is valid. Weight
    // files are written once and renamed into place; a process that truncates one under a reader
    // ends that reader, as with every program that maps its weights.
    unsafe { Mmap::map(&file) }.map_err(ExportError::io("map", path))
}

/// Tells the system that a part of a map will not be read again, so that a large checkpoint does not push everything else
/// out of memory. What the system makes of it changes no result.
pub(super) fn release(map: &Mmap, part: &Range<usize>) {
    #[cfg(unix)]
    {
        // SAFETY: the map is private, read-only and backed by a file: pages given back are read from it again if need be.
        let advice = unsafe {
            map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, part.start, part.len())
        };
        // A system that takes no advice keeps the pages, which costs memory and nothing else.
        advice.ok();
    }
    #[cfg(not(unix))]
    let _ = (map, part);
}
