//! Numbers from a seed, the same on every machine: what stands for weights where there are none.
//!
//! It is here because this crate is optimised in every profile.

use std::ops::Range;

use half::f16;
use half::slice::HalfFloatSliceExt;

/// γ, the golden ratio in 64 bits.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
/// How many numbers are rounded at a time, so that they stay in the fastest cache.
const PIECE: usize = 1024;
/// The bits of an fp16 number without its sign.
const MAGNITUDE: u16 = 0x7fff;

/// A sequence of numbers around a centre.
///
/// Number `i` is `mix(start + (i + 1) * γ)`, the `SplitMix64` sequence (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014). Its upper 24 bits make a number from -1 to 1, which is scaled. Only operations
/// that IEEE 754 rounds exactly occur.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seeded {
    /// Where the sequence begins.
    pub start: u64,
    /// Mean of the numbers.
    pub centre: f64,
    /// Largest distance of a number from the centre.
    pub spread: f64,
}

impl Seeded {
    /// Number `index` of the sequence.
    #[must_use]
    pub fn number(&self, index: usize) -> f32 {
        let state = self
            .start
            .wrapping_add(GAMMA.wrapping_mul(index as u64 + 1));
        // 24 bits are exact in every float type; the half step keeps the numbers symmetric around 0.
        let unit = ((mix(state) >> 40) as f64 + 0.5) / f64::from(1 << 23) - 1.0;
        (self.centre + self.spread * unit) as f32
    }

    /// Appends numbers of the sequence as fp32, little-endian.
    pub fn floats(&self, places: Range<usize>, bytes: &mut Vec<u8>) {
        bytes.reserve(places.len() * size_of::<f32>());
        bytes.extend(places.flat_map(|index| self.number(index).to_le_bytes()));
    }

    /// The same as fp16. What is smaller than fp16's smallest normal number becomes that, with its sign: arithmetic with
    /// subnormal numbers is many times slower on some machines.
    pub fn halves(&self, places: Range<usize>, bytes: &mut Vec<u8>) {
        bytes.reserve(places.len() * size_of::<f16>());
        let mut floats = [0.0; PIECE];
        let mut halves = [f16::ZERO; PIECE];
        for first in places.clone().step_by(PIECE) {
            let length = PIECE.min(places.end - first);
            for (index, float) in floats[..length].iter_mut().enumerate() {
                *float = self.number(first + index);
            }
            halves[..length].convert_from_f32_slice(&floats[..length]);
            let normal = halves[..length].iter().map(|half| normal(*half));
            bytes.extend(normal.flat_map(f16::to_le_bytes));
        }
    }
}

/// The number, or the smallest normal one of its sign.
fn normal(half: f16) -> f16 {
    let bits = half.to_bits();
    let magnitude = (bits & MAGNITUDE).max(f16::MIN_POSITIVE.to_bits());
    f16::from_bits(bits & !MAGNITUDE | magnitude)
}

/// The finaliser of `SplitMix64`.
fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use std::num::FpCategory;

    use super::*;

    /// The sequence of seed 1234567 that Vigna's `splitmix64.c` gives.
    #[test]
    fn the_generator_is_splitmix64() {
        let states = (1..=5).map(|i| 1_234_567_u64.wrapping_add(GAMMA.wrapping_mul(i)));
        let numbers: Vec<u64> = states.map(mix).collect();
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    /// As narrow as the weights of the widest layers: what they are scaled by is `sqrt(3 / fan-in)`.
    fn narrow() -> Seeded {
        Seeded {
            start: 5,
            centre: 0.0,
            spread: (3.0_f64 / 151_936.0).sqrt(),
        }
    }

    #[test]
    fn no_number_is_subnormal() {
        const COUNT: usize = 300_000;
        let mut bytes = Vec::new();
        narrow().floats(0..COUNT, &mut bytes);
        let floats = bytes
            .chunks_exact(4)
            .map(|float| f32::from_le_bytes(float.try_into().unwrap()));
        let floats: Vec<f32> = floats.collect();
        assert!(
            floats
                .iter()
                .all(|float| float.classify() == FpCategory::Normal)
        );
        // Rounding alone would leave some.
        let rounded = floats.iter().map(|float| f16::from_f32(*float));
        let subnormal = |half: &f16| half.classify() != FpCategory::Normal;
        assert!(rounded.clone().filter(subnormal).count() > 1_000);

        let mut bytes = Vec::new();
        narrow().halves(0..COUNT, &mut bytes);
        let halves = bytes
            .chunks_exact(2)
            .map(|half| f16::from_le_bytes(half.try_into().unwrap()));
        let mut count = 0;
        for (half, rounded) in halves.zip(rounded) {
            assert_eq!(half.classify(), FpCategory::Normal);
            if subnormal(&rounded) {
                assert_eq!(half.to_bits() & MAGNITUDE, f16::MIN_POSITIVE.to_bits());
                assert_eq!(half.is_sign_negative(), rounded.is_sign_negative());
            } else {
                assert_eq!(half, rounded);
            }
            count += 1;
        }
        assert_eq!(count, COUNT);
    }

    #[test]
    fn every_number_is_there_in_its_place() {
        let wide = Seeded {
            start: 9,
            centre: 1.0,
            spread: 0.1,
        };
        for (first, count) in [
            (0, 0),
            (0, 1),
            (0, PIECE),
            (3, PIECE - 1),
            (5, PIECE + 1),
            (PIECE, 3 * PIECE + 7),
        ] {
            let (mut floats, mut halves) = (vec![1], vec![2]);
            wide.floats(first..first + count, &mut floats);
            wide.halves(first..first + count, &mut halves);
            assert_eq!(floats.len(), 1 + 4 * count);
            assert_eq!(halves.len(), 1 + 2 * count);
            assert_eq!((floats[0], halves[0]), (1, 2));
            for index in 0..count {
                let number = wide.number(first + index);
                let float = &floats[1 + 4 * index..][..4];
                let half = &halves[1 + 2 * index..][..2];
                assert_eq!(float, number.to_le_bytes(), "{index} of {count}");
                assert_eq!(
                    half,
                    f16::from_f32(number).to_le_bytes(),
                    "{index} of {count}"
                );
            }
        }
    }
}
