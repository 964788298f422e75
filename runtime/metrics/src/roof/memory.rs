//! Buffers that no cache holds, in huge pages where the system has them: the one place of this crate that maps memory.

use std::io;

use memmap2::MmapMut;

/// Memory of 64-bit numbers, every page its own.
pub(super) struct Buffer(MmapMut);

impl Buffer {
    /// So many bytes. They belong to the memory of the processor whose thread first writes them.
    pub(super) fn of(bytes: usize) -> io::Result<Self> {
        let memory = MmapMut::map_anon(bytes)?;
        // Small pages cost 5 to 10 % of what a read reaches; a system without huge ones has that roof.
        #[cfg(target_os = "linux")]
        memory.advise(memmap2::Advice::HugePage).ok();
        Ok(Self(memory))
    }

    pub(super) fn numbers(&self) -> &[[u8; 8]] {
        self.0.as_chunks().0
    }

    pub(super) fn numbers_mut(&mut self) -> &mut [[u8; 8]] {
        self.0.as_chunks_mut().0
    }
}
