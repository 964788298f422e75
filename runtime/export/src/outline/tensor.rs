//! Reads `TensorProto`, whose numbers are decoded only where they are few.

use super::wire::{Fault, Message};
use super::{ElementType, Numbers, Stored, countable};

/// The most integers that are decoded: tables of positions are longer, lists of sizes and axes are not.
const MOST_INTEGERS: u64 = 4096;
/// The most floats that are decoded: scales and bounds, no weights.
const MOST_FLOATS: u64 = 16;
/// `TensorProto.DataLocation.EXTERNAL`.
const EXTERNAL: i64 = 1;

/// The fields of a tensor, each still a slice of the file.
#[derive(Default)]
struct Fields<'a> {
    shape: Vec<i64>,
    code: i64,
    name: String,
    raw: Option<&'a [u8]>,
    integers: Vec<i64>,
    floats: Vec<f64>,
    is_external: bool,
}

/// Name and content of a tensor.
pub(super) fn tensor(bytes: &[u8]) -> Result<(String, Stored), Fault> {
    let mut fields = Fields::default();
    let mut message = Message::new(bytes);
    while let Some((number, field)) = message.field()? {
        match number {
            1 => field.integers_into(&mut fields.shape)?,
            2 => fields.code = field.integer()?,
            4 => field.floats_into(4, &mut fields.floats)?,
            5 | 7 | 11 => field.integers_into(&mut fields.integers)?,
            8 => fields.name = field.text()?,
            9 => fields.raw = Some(field.bytes()?),
            10 => field.floats_into(8, &mut fields.floats)?,
            14 => fields.is_external = field.integer()? == EXTERNAL,
            _ => {}
        }
    }
    let name = std::mem::take(&mut fields.name);
    let stored = fields.finish();
    let stored = stored.map_err(|reason| format!("tensor `{name}`: {reason}"))?;
    Ok((name, stored))
}

impl Fields<'_> {
    fn finish(self) -> Result<Stored, Fault> {
        let element = i32::try_from(self.code).ok().and_then(ElementType::of);
        let element =
            element.ok_or_else(|| format!("the element type {} is unknown", self.code))?;
        let size = |&size: &i64| u64::try_from(size).map_err(|_| format!("a size of {size}"));
        let shape = self.shape.iter().map(size).collect::<Result<Vec<_>, _>>()?;
        let count = countable(&shape, element);
        let count = count.ok_or_else(|| format!("its size {shape:?} is beyond 64 bits"))?;
        let bits = count * element.bits();
        let numbers = if self.is_external || element.name() == "string" {
            None
        } else {
            self.check(element, count, bits)?;
            self.numbers(element, count)
        };
        Ok(Stored {
            element,
            shape,
            numbers,
        })
    }

    /// Fails unless the file holds as many numbers as the shape says.
    fn check(&self, element: ElementType, count: u64, bits: u64) -> Result<(), Fault> {
        let (found, wanted, unit) = match self.raw {
            Some(raw) => (raw.len() as u64, bits.div_ceil(8), "bytes"),
            // Numbers of four bits stand two in one.
            None if element.bits() == 4 => return Ok(()),
            None if element.name().starts_with("complex") => return Ok(()),
            None => (
                (self.integers.len() + self.floats.len()) as u64,
                count,
                "numbers",
            ),
        };
        if found == wanted {
            return Ok(());
        }
        Err(format!("{found} {unit}, and its shape has {wanted}"))
    }

    fn numbers(self, element: ElementType, count: u64) -> Option<Numbers> {
        if count > most(element) {
            return None;
        }
        match self.raw {
            Some(raw) => Numbers::decode(element, raw),
            None if element.is_integer() => Some(Numbers::Integers(self.integers)),
            None if [ElementType::FLOAT16, ElementType::BFLOAT16].contains(&element) => {
                Some(Numbers::from_bits(element, &self.integers))
            }
            None if element.is_float() => Some(Numbers::Floats(self.floats)),
            None => None,
        }
    }
}

/// The most elements of a type that are decoded.
fn most(element: ElementType) -> u64 {
    if element.is_integer() {
        MOST_INTEGERS
    } else {
        MOST_FLOATS
    }
}

/// The numbers of so many little-endian elements, where they are few.
pub(super) fn few(element: ElementType, count: u64, bytes: &[u8]) -> Option<Numbers> {
    (count <= most(element)).then(|| Numbers::decode(element, bytes))?
}
