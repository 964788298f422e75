//! Protobuf's wire format (<https://protobuf.dev/programming-guides/encoding/>), walked over a slice without copies.

/// What is wrong with a message.
pub(super) type Fault = String;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1: eight bytes.
    Eight([u8; 8]),
    /// Wire type 2: a message, a text, bytes or packed numbers.
    Bytes(&'a [u8]),
    /// Wire type 5: four bytes.
    Four([u8; 4]),
}

/// The fields of a message, in the order in which they stand.
pub(super) struct Message<'a> {
    rest: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next field with its number; `None` at the end.
    pub(super) fn field(&mut self) -> Result<Option<(u32, Field<'a>)>, Fault> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).map_err(|_| "a field's number is too large")?;
        if number == 0 {
            return Err("a field has the number 0".to_owned());
        }
        let field = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Eight(*self.chunk()?),
            2 => {
                let length = self.varint()?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Four(*self.chunk()?),
            other => return Err(format!("a field has the wire type {other}")),
        };
        Ok(Some((number, field)))
    }

    /// A number of up to ten groups of seven bits, the lowest first.
    fn varint(&mut self) -> Result<u64, Fault> {
        let mut number = 0_u64;
        for place in 0..10 {
            let (&byte, rest) = self.rest.split_first().ok_or("the file ends in a number")?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f)
                .checked_shl(7 * place)
                .unwrap_or_default();
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number has more than ten bytes".to_owned())
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Fault> {
        let found = self.rest.len();
        let parts = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length));
        let (taken, rest) =
            parts.ok_or_else(|| format!("a field of {length} bytes has only {found}"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Result<&'a [u8; N], Fault> {
        let (chunk, rest) = self
            .rest
            .split_first_chunk()
            .ok_or("the file ends in a number")?;
        self.rest = rest;
        Ok(chunk)
    }
}

impl<'a> Field<'a> {
    /// Bytes, or a message.
    pub(super) fn bytes(self) -> Result<&'a [u8], Fault> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            other => Err(format!("a message is expected, and {} found", other.kind())),
        }
    }

    /// A text.
    pub(super) fn text(self) -> Result<String, Fault> {
        let text = str::from_utf8(self.bytes()?).map_err(|_| "a name is no UTF-8")?;
        Ok(text.to_owned())
    }

    /// An integer.
    pub(super) fn integer(self) -> Result<i64, Fault> {
        match self {
            Self::Varint(number) => Ok(number as i64),
            other => Err(format!(
                "an integer is expected, and {} found",
                other.kind()
            )),
        }
    }

    /// A 32-bit float.
    pub(super) fn float(self) -> Result<f64, Fault> {
        match self {
            Self::Four(bytes) => Ok(f32::from_le_bytes(bytes).into()),
            other => Err(format!("a float is expected, and {} found", other.kind())),
        }
    }

    /// Adds one integer, or several that are packed.
    pub(super) fn integers_into(self, numbers: &mut Vec<i64>) -> Result<(), Fault> {
        let Self::Bytes(packed) = self else {
            numbers.push(self.integer()?);
            return Ok(());
        };
        let mut packed = Message::new(packed);
        while !packed.rest.is_empty() {
            numbers.push(packed.varint()? as i64);
        }
        Ok(())
    }

    /// Adds one float of 32 or 64 bits, or several of `width` bytes that are packed.
    pub(super) fn floats_into(self, width: usize, numbers: &mut Vec<f64>) -> Result<(), Fault> {
        match self {
            Self::Four(bytes) => numbers.push(f32::from_le_bytes(bytes).into()),
            Self::Eight(bytes) => numbers.push(f64::from_le_bytes(bytes)),
            Self::Varint(_) => return Err("a float is expected, and an integer found".to_owned()),
            Self::Bytes(packed) if width == 4 => {
                let (fours, rest) = packed.as_chunks::<4>();
                whole(rest)?;
                numbers.extend(
                    fours
                        .iter()
                        .map(|&four| f64::from(f32::from_le_bytes(four))),
                );
            }
            Self::Bytes(packed) => {
                let (eights, rest) = packed.as_chunks::<8>();
                whole(rest)?;
                numbers.extend(eights.iter().map(|&eight| f64::from_le_bytes(eight)));
            }
        }
        Ok(())
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Varint(_) => "an integer",
            Self::Eight(_) | Self::Four(_) => "a float",
            Self::Bytes(_) => "a message",
        }
    }
}

fn whole(rest: &[u8]) -> Result<(), Fault> {
    if rest.is_empty() {
        Ok(())
    } else {
        Err("packed floats end in the middle of one".to_owned())
    }
}
