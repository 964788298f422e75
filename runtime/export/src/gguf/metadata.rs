//! The metadata of a GGUF file.

use super::cursor::Cursor;

/// The fewest bytes an entry takes: the length of its key, a type and a value.
pub(super) const LEAST_BYTES: usize = 13;
/// The type's number of a list.
const LIST: u32 = 9;
/// The type's number of a text.
const TEXT: u32 = 8;

/// A value of the metadata.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A whole number.
    Integer(i128),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Flag(bool),
    /// A text.
    Text(String),
    /// Values of one type.
    List(Vec<Entry>),
}

impl Entry {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, String> {
        let kind = cursor.u32()?;
        if kind != LIST {
            return Self::read_as(cursor, kind);
        }
        let kind = cursor.u32()?;
        if kind == LIST {
            return Err("it has a list of lists, which nothing of interest is".to_owned());
        }
        let count = cursor.count(least_bytes(kind)?)?;
        let mut list = Vec::with_capacity(count);
        for _ in 0..count {
            list.push(Self::read_as(cursor, kind)?);
        }
        Ok(Self::List(list))
    }

    fn read_as(cursor: &mut Cursor<'_>, kind: u32) -> Result<Self, String> {
        Ok(match kind {
            0 => Self::Integer(u8::from_le_bytes(cursor.array()?).into()),
            1 => Self::Integer(i8::from_le_bytes(cursor.array()?).into()),
            2 => Self::Integer(u16::from_le_bytes(cursor.array()?).into()),
            3 => Self::Integer(i16::from_le_bytes(cursor.array()?).into()),
            4 => Self::Integer(u32::from_le_bytes(cursor.array()?).into()),
            5 => Self::Integer(i32::from_le_bytes(cursor.array()?).into()),
            6 => Self::Float(f32::from_le_bytes(cursor.array()?).into()),
            7 => Self::Flag(cursor.array::<1>()? != [0]),
            TEXT => Self::Text(cursor.text()?),
            10 => Self::Integer(u64::from_le_bytes(cursor.array()?).into()),
            11 => Self::Integer(i64::from_le_bytes(cursor.array()?).into()),
            12 => Self::Float(f64::from_le_bytes(cursor.array()?)),
            other => return Err(unknown(other)),
        })
    }

    /// A text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    #[must_use]
    pub fn as_count(&self) -> Option<u64> {
        match self {
            Self::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// A number.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// True or false.
    #[must_use]
    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Values of one type.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }
}

/// The fewest bytes a value of a type takes.
fn least_bytes(kind: u32) -> Result<usize, String> {
    match kind {
        0 | 1 | 7 => Ok(1),
        2 | 3 => Ok(2),
        4..=6 => Ok(4),
        TEXT | 10..=12 => Ok(8),
        other => Err(unknown(other)),
    }
}

fn unknown(kind: u32) -> String {
    format!("it has metadata of the unknown type {kind}")
}
