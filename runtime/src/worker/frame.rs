//! Frames on a pipe: the length in four bytes, little-endian, then that many bytes of JSON.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest frame that is accepted, in bytes: a length beyond it is garbage, not a message.
const LONGEST: u32 = 256 << 20;

/// Writes one frame and flushes.
pub(super) fn write(pipe: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len())
        .ok()
        .filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "the message is longer than 256 MiB",
        )
    })?;
    pipe.write_all(&length.to_le_bytes())?;
    pipe.write_all(&body)?;
    pipe.flush()
}

/// Reads one frame; `None` where the pipe ends between frames.
pub(super) fn read<M: DeserializeOwned>(pipe: &mut impl Read) -> io::Result<Option<M>> {
    let mut length = [0; 4];
    match pipe.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {length} bytes"),
        ));
    }
    let mut body = Vec::new();
    pipe.take(u64::from(length)).read_to_end(&mut body)?;
    if body.len() < length as usize {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the pipe ended inside a frame",
        ));
    }
    serde_json::from_slice(&body)
        .map(Some)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_went() {
        let mut pipe = Vec::new();
        write(&mut pipe, &"one").unwrap();
        write(&mut pipe, &"two").unwrap();
        let mut pipe = pipe.as_slice();
        assert_eq!(read::<String>(&mut pipe).unwrap().as_deref(), Some("one"));
        assert_eq!(read::<String>(&mut pipe).unwrap().as_deref(), Some("two"));
        assert_eq!(read::<String>(&mut pipe).unwrap(), None);
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for (bytes, reason) in [
            (&b"HTTP/1.1 200 OK"[..], "a frame of 1347703880 bytes"),
            (&[9, 0, 0, 0, b'"'][..], "the pipe ended inside a frame"),
            (
                &[2, 0, 0, 0, b'{', b'{'][..],
                "key must be a string at line 1 column 2",
            ),
        ] {
            let error = read::<serde_json::Value>(&mut &*bytes).unwrap_err();
            assert_eq!(error.to_string(), reason);
        }
    }
}
