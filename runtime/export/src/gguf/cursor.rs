//! Reads numbers and texts one after the other, and never beyond the end.

/// A place in the file.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The next bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.position.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.position..end));
        let taken = taken
            .ok_or_else(|| format!("it ends within its header, at byte {}", self.bytes.len()))?;
        self.position += count;
        Ok(taken)
    }

    /// The next bytes as an array.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let taken = self.take(N)?;
        let mut array = [0; N];
        array.copy_from_slice(taken);
        Ok(array)
    }

    pub(super) fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of things of which each takes at least so many bytes: more than there is room for are refused.
    pub(super) fn count(&mut self, least_bytes: usize) -> Result<usize, String> {
        let count = self.u64()?;
        let room = (self.bytes.len() - self.position) / least_bytes;
        match usize::try_from(count) {
            Ok(count) if count <= room => Ok(count),
            _ => Err(format!(
                "it promises {count} entries and has room for {room}"
            )),
        }
    }

    pub(super) fn text(&mut self) -> Result<String, String> {
        let length = self.count(1)?;
        let bytes = self.take(length)?;
        // Tokens may be cut characters; nothing is looked up by those.
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}
