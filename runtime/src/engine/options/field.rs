//! One option of a provider: its name, what it takes, and where it is kept.

use std::num::NonZeroU32;
use std::path::PathBuf;

/// One option of a provider.
pub(super) struct Field<O: 'static> {
    /// Its name on the command line.
    pub(super) key: &'static str,
    /// What it takes, in words.
    pub(super) values: &'static str,
    /// What it does.
    pub(super) about: &'static str,
    /// Sets it; `None` where it does not take the text.
    pub(super) set: fn(&mut O, &str) -> Option<()>,
    /// Its value as the command line spells it; `None` where it is left to the library.
    pub(super) told: fn(&O) -> Option<String>,
}

/// Options that are described by fields.
pub(super) trait Fields: Default + 'static {
    /// All of them, in the order of the help.
    const FIELDS: &'static [Field<Self>];
}

/// A field of the struct, by its name there and on the command line.
macro_rules! field {
    ($options:ident.$name:ident, $key:literal, $values:literal, $about:literal) => {
        $crate::engine::options::field::Field {
            key: $key,
            values: $values,
            about: $about,
            set: |options: &mut $options, text| {
                options.$name = $crate::engine::options::field::Setting::read(text)?;
                Some(())
            },
            told: |options: &$options| {
                $crate::engine::options::field::Setting::told(&options.$name)
            },
        }
    };
}

pub(super) use field;

/// A value with a spelling on the command line.
pub(super) trait Setting: Sized {
    /// The value of a text.
    fn read(text: &str) -> Option<Self>;

    /// The text of a value; `None` where it is left to the library.
    fn told(&self) -> Option<String>;
}

impl Setting for bool {
    fn read(text: &str) -> Option<Self> {
        match text {
            "on" | "true" | "1" => Some(true),
            "off" | "false" | "0" => Some(false),
            _ => None,
        }
    }

    fn told(&self) -> Option<String> {
        Some(if *self { "on" } else { "off" }.to_owned())
    }
}

impl Setting for PathBuf {
    fn read(text: &str) -> Option<Self> {
        // What a library is given stays what it is when the process changes its folder.
        std::path::absolute(text).ok()
    }

    fn told(&self) -> Option<String> {
        Some(self.display().to_string())
    }
}

impl<T: Setting> Setting for Option<T> {
    fn read(text: &str) -> Option<Self> {
        T::read(text).map(Some)
    }

    fn told(&self) -> Option<String> {
        self.as_ref().and_then(T::told)
    }
}

/// Settings that are parsed and printed as everywhere else.
macro_rules! plain {
    ($($name:ty),+ $(,)?) => {
        $(impl $crate::engine::options::field::Setting for $name {
            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }

            fn told(&self) -> Option<String> {
                Some(self.to_string())
            }
        })+
    };
}

pub(super) use plain;

plain!(u32, NonZeroU32);

/// An amount of memory in bytes, spelled `512MiB` or `4GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// Units with the power of two they stand for, the largest first.
const UNITS: [(&str, u32); 3] = [("GiB", 30), ("MiB", 20), ("KiB", 10)];

impl Setting for Bytes {
    fn read(text: &str) -> Option<Self> {
        let unit = UNITS
            .iter()
            .find_map(|(unit, power)| Some((text.strip_suffix(unit)?, *power)));
        let (number, power) = unit.unwrap_or((text, 0));
        let number: u64 = number.trim().parse().ok().filter(|number| *number > 0)?;
        number.checked_mul(1 << power).map(Self)
    }

    fn told(&self) -> Option<String> {
        let whole = |(_, power): &&(&str, u32)| self.0 > 0 && self.0.is_multiple_of(1 << power);
        Some(match UNITS.iter().find(whole) {
            Some((unit, power)) => format!("{}{unit}", self.0 >> power),
            None => self.0.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_memory_come_back_as_they_went() {
        for (text, bytes) in [
            ("1GiB", 1 << 30),
            ("1536MiB", 1536 << 20),
            ("7KiB", 7 << 10),
            ("1000", 1000),
        ] {
            let read = Bytes::read(text).unwrap();
            assert_eq!(read, Bytes(bytes));
            assert_eq!(read.told().unwrap(), text);
        }
        for text in ["", "0", "GiB", "4 GB", "-1", "99999999999GiB", "1.5GiB"] {
            assert_eq!(Bytes::read(text), None, "{text}");
        }
    }
}
