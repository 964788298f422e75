//! Numbers of ggml's quantised blocks, by the layouts of its `ggml-quants.c`.

use half::f16;

use super::encoding::Quantisation;

/// Appends the numbers of whole blocks.
pub(super) fn decode(blocks: Quantisation, bytes: &[u8], numbers: &mut Vec<f32>) {
    match blocks {
        Quantisation::Q4_0 => each::<18>(bytes, |block| q4_0(block, numbers)),
        Quantisation::Q4_1 => each::<20>(bytes, |block| q4_1(block, numbers)),
        Quantisation::Q8_0 => each::<34>(bytes, |block| q8_0(block, numbers)),
        Quantisation::Q4K => each::<144>(bytes, |block| q4_k(block, numbers)),
        Quantisation::Q6K => each::<210>(bytes, |block| q6_k(block, numbers)),
    }
}

fn each<const N: usize>(bytes: &[u8], decode: impl FnMut(&[u8; N])) {
    bytes.as_chunks::<N>().0.iter().for_each(decode);
}

fn half(low: u8, high: u8) -> f32 {
    f16::from_le_bytes([low, high]).to_f32()
}

fn low(byte: u8) -> u8 {
    byte & 0x0f
}

fn high(byte: u8) -> u8 {
    byte >> 4
}

/// A scale and 32 numbers from -8 to 7: the low halves of 16 bytes, then the high ones.
fn q4_0(block: &[u8; 18], numbers: &mut Vec<f32>) {
    let scale = half(block[0], block[1]);
    for part in [low, high] {
        let number = |&byte: &u8| scale * (f32::from(part(byte)) - 8.0);
        numbers.extend(block[2..].iter().map(number));
    }
}

/// A scale, a least number and 32 numbers from 0 to 15.
fn q4_1(block: &[u8; 20], numbers: &mut Vec<f32>) {
    let (scale, least) = (half(block[0], block[1]), half(block[2], block[3]));
    for part in [low, high] {
        let number = |&byte: &u8| scale * f32::from(part(byte)) + least;
        numbers.extend(block[4..].iter().map(number));
    }
}

/// A scale and 32 numbers from -128 to 127.
fn q8_0(block: &[u8; 34], numbers: &mut Vec<f32>) {
    let scale = half(block[0], block[1]);
    let number = |&byte: &u8| scale * f32::from(byte.cast_signed());
    numbers.extend(block[2..].iter().map(number));
}

/// Two scales, eight pairs of six-bit scales and minima, and 256 numbers from 0 to 15 in groups of 32.
fn q4_k(block: &[u8; 144], numbers: &mut Vec<f32>) {
    let (scale, least) = (half(block[0], block[1]), half(block[2], block[3]));
    let (packed, numerals) = block[4..].split_at(12);
    for (pair, bytes) in numerals.chunks(32).enumerate() {
        for (part, group) in [(low as fn(u8) -> u8, 2 * pair), (high, 2 * pair + 1)] {
            let (own_scale, own_least) = six_bits(packed, group);
            let (own_scale, own_least) = (scale * own_scale, least * own_least);
            let number = |&byte: &u8| own_scale * f32::from(part(byte)) - own_least;
            numbers.extend(bytes.iter().map(number));
        }
    }
}

/// Scale and minimum of one of eight groups, packed into twelve bytes.
fn six_bits(packed: &[u8], group: usize) -> (f32, f32) {
    let (scale, least) = if group < 4 {
        (packed[group] & 63, packed[group + 4] & 63)
    } else {
        (
            low(packed[group + 4]) | ((packed[group - 4] >> 6) << 4),
            high(packed[group + 4]) | ((packed[group] >> 6) << 4),
        )
    };
    (f32::from(scale), f32::from(least))
}

/// 256 numbers from -32 to 31 of four low and two high bits, sixteen scales of 16 numbers each, and their scale.
fn q6_k(block: &[u8; 210], numbers: &mut Vec<f32>) {
    let (lower, rest) = block.split_at(128);
    let (upper, rest) = rest.split_at(64);
    let (scales, scale) = rest.split_at(16);
    let scale = half(scale[0], scale[1]);
    for part in 0..2 {
        let (lower, upper) = (&lower[64 * part..], &upper[32 * part..]);
        for quarter in 0..4 {
            let bytes = &lower[32 * (quarter % 2)..];
            let bits = if quarter < 2 { low } else { high };
            for place in 0..32 {
                let numeral = bits(bytes[place]) | (((upper[place] >> (2 * quarter)) & 3) << 4);
                let own = scales[8 * part + 2 * quarter + place / 16].cast_signed();
                let own = scale * f32::from(own);
                numbers.push(own * (f32::from(numeral) - 32.0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two blocks of bytes `31 i² + 7 i + 13`, with scales that are exact at the places given.
    fn bytes(size: usize, scales: &[usize]) -> Vec<u8> {
        let byte = |i: usize| (31 * i * i + 7 * i + 13) as u8;
        let mut bytes: Vec<u8> = (0..2 * size).map(byte).collect();
        for (row, block) in bytes.chunks_mut(size).enumerate() {
            for (which, &place) in scales.iter().enumerate() {
                let scale = f16::from_f32(0.125 * ((which + 1) * (row + 1)) as f32);
                block[place..place + 2].copy_from_slice(&scale.to_le_bytes());
            }
        }
        bytes
    }

    /// What `gguf.quants.dequantize` of llama.cpp's Python package, version 0.19.0, makes of the same bytes.
    #[test]
    fn blocks_hold_the_numbers_that_llama_cpp_reads() {
        let check = |blocks, size, scales: &[usize], picked: [f32; 5], weighted: f64| {
            let mut numbers = Vec::new();
            decode(blocks, &bytes(size, scales), &mut numbers);
            let last = numbers.len() - 1;
            let places = [0, 1, numbers.len() / 4, numbers.len() / 2, last];
            let found = places.map(|place| numbers[place].to_bits());
            assert_eq!(found, picked.map(f32::to_bits), "{blocks:?}");
            let sum: f64 = (1_u32..)
                .zip(&numbers)
                .map(|(place, &number)| f64::from(place) * f64::from(number))
                .sum();
            assert!((sum - weighted).abs() < 1e-6, "{blocks:?}: {sum}");
        };
        let q4_0 = [-0.125, 0.125, 0.125, 0.25, -0.75];
        check(Quantisation::Q4_0, 18, &[0], q4_0, -111.875);
        let q4_1 = [1.375, 1.125, 0.375, 1.75, 1.5];
        check(Quantisation::Q4_1, 20, &[0, 2], q4_1, 4873.25);
        let q8_0 = [-13.125, 7.125, -7.125, -1.75, 30.25];
        check(Quantisation::Q8_0, 34, &[0], q8_0, 6308.0);
        let q4_k = [39.375, 8.125, -1.625, 2.75, -17.0];
        check(Quantisation::Q4K, 144, &[0, 2], q4_k, 4_370_908.0);
        let q6_k = [-28.875, 182.875, -25.875, 408.25, -415.0];
        check(Quantisation::Q6K, 210, &[208], q6_k, 936_314.0);
    }
}
