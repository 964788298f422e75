//! Literals as quote writes them, in the spelling clippy asks for.

use proc_macro2::Literal;

/// A string literal; whatever the text holds, it cannot end the literal.
#[must_use]
pub fn str_literal(text: &str) -> String {
    Literal::string(text).to_string()
}

/// A string literal for text of several lines: raw where quotes would have to be escaped, with as few `#` as it takes.
#[must_use]
pub fn raw_str_literal(text: &str) -> String {
    // A raw string cannot hold a carriage return, and nobody could see what a hidden character does in it.
    let is_plain = text.chars().all(|c| c == '\n' || (' '..='~').contains(&c));
    if !is_plain || !text.contains('"') {
        return str_literal(text);
    }
    let longest = text
        .split('"')
        .skip(1)
        .map(|rest| rest.len() - rest.trim_start_matches('#').len())
        .max();
    let hashes = "#".repeat(longest.unwrap_or(0) + 1);
    format!("r{hashes}\"{text}\"{hashes}")
}

/// A number with its thousands set apart, once it has five digits.
#[must_use]
pub fn int_literal(number: u64) -> String {
    let digits = Literal::u64_unsuffixed(number).to_string();
    if digits.len() < 5 {
        digits
    } else {
        grouped(&digits, digits.len() % 3)
    }
}

/// A floating-point literal that reads back as the same number; `None` for infinities and NaN, which have none.
#[must_use]
pub fn float_literal(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let magnitude = number.abs();
    let is_readable = magnitude == 0.0 || (1e-4..1e15).contains(&magnitude);
    let text = if is_readable {
        format!("{number:?}")
    } else {
        format!("{number:e}")
    };
    let (mantissa, exponent) = text
        .split_once('e')
        .map_or((text.as_str(), None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa
        .split_once('.')
        .map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let (sign, whole) = whole
        .strip_prefix('-')
        .map_or(("", whole), |digits| ("-", digits));
    let whole = if whole.len() < 5 {
        whole.to_owned()
    } else {
        grouped(whole, whole.len() % 3)
    };
    let fraction = fraction.map(|digits| {
        if digits.len() < 5 {
            digits.to_owned()
        } else {
            grouped(digits, 0)
        }
    });
    let fraction = fraction.map_or_else(String::new, |digits| format!(".{digits}"));
    let exponent = exponent.map_or_else(String::new, |digits| format!("e{digits}"));
    Some(format!("{sign}{whole}{fraction}{exponent}"))
}

/// Sets digits apart in threes, after `lead` digits of their own.
fn grouped(digits: &str, lead: usize) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == lead % 3 {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads_back(literal: &str) -> String {
        syn::parse_str::<syn::LitStr>(literal).unwrap().value()
    }

    #[test]
    fn strings_read_back_and_are_one_token() {
        for text in [
            "plain",
            "\"; } fn main() { std::process::exit(0) } //",
            "a\\",
            "*/",
            "line\nbreak\r\n",
            "\u{202e}\u{0}\u{7f}\u{feff}",
            "{\n  \"a\": \"#\"\n}",
            "\"#\"##\"",
            "{}",
        ] {
            assert_eq!(reads_back(&str_literal(text)), text);
            assert_eq!(reads_back(&raw_str_literal(text)), text);
            assert!(!str_literal(text).contains('\u{202e}'));
            assert!(!raw_str_literal(text).contains('\u{202e}'));
        }
        assert_eq!(raw_str_literal("{\"a\": 1}"), "r#\"{\"a\": 1}\"#");
        assert_eq!(raw_str_literal("\"#"), "r##\"\"#\"##");
        assert_eq!(raw_str_literal("{}"), "\"{}\"");
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, expected) in [
            (0, "0"),
            (8, "8"),
            (1200, "1200"),
            (12_000, "12_000"),
            (109_482_240, "109_482_240"),
        ] {
            assert_eq!(int_literal(number), expected);
        }
    }

    #[test]
    fn floats_read_back() {
        for (number, expected) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (0.98, "0.98"),
            (0.0001, "0.0001"),
            (1e-5, "1e-5"),
            (1e-12, "1e-12"),
            (1.5e-7, "1.5e-7"),
            (0.123_456_7, "0.123_456_7"),
            (1_234_567.25, "1_234_567.25"),
            (1e20, "1e20"),
        ] {
            let literal = float_literal(number).unwrap();
            assert_eq!(literal, expected);
            assert_eq!(
                literal.replace('_', "").parse::<f64>().unwrap().to_bits(),
                number.to_bits()
            );
        }
        assert_eq!(float_literal(f64::NAN), None);
        assert_eq!(float_literal(f64::INFINITY), None);
    }
}
