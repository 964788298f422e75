//! Arithmetic on the few elements that are known. What a runtime might round otherwise is left unknown.

use super::{ElementType, Numbers};

/// Operators that compare, or join truth values.
const COMPARISONS: [&str; 8] = [
    "And",
    "Equal",
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "Or",
    "Xor",
];

/// Whether an operator gives truth values.
pub(super) fn is_comparison(operator: &str) -> bool {
    COMPARISONS.contains(&operator)
}

/// An operator with one operand.
pub(super) fn unary(operator: &str, element: ElementType, numbers: &Numbers) -> Option<Numbers> {
    Some(match numbers {
        Numbers::Integers(numbers) => {
            let compute: fn(i64) -> i64 = match operator {
                "Identity" => |number| number,
                "Abs" => i64::wrapping_abs,
                "Neg" => i64::wrapping_neg,
                "Not" => |number| i64::from(number == 0),
                "Sign" => i64::signum,
                _ => return None,
            };
            let all = numbers
                .iter()
                .map(|&number| element.wrapped(compute(number)));
            Numbers::Integers(all.collect())
        }
        Numbers::Floats(numbers) => {
            let compute: fn(f64) -> f64 = match operator {
                "Identity" => |number| number,
                "Abs" => f64::abs,
                "Neg" => |number| -number,
                "Ceil" => f64::ceil,
                "Floor" => f64::floor,
                "Round" => f64::round_ties_even,
                "Sqrt" => f64::sqrt,
                "Reciprocal" => f64::recip,
                _ => return None,
            };
            let all = numbers
                .iter()
                .map(|&number| element.rounded(compute(number)));
            Numbers::Floats(all.collect())
        }
    })
}

/// An operator with two operands of the same length; `element` is what it gives.
pub(super) fn binary(
    operator: &str,
    element: ElementType,
    is_fmod: bool,
    one: &Numbers,
    other: &Numbers,
) -> Option<Numbers> {
    match (one, other) {
        (Numbers::Integers(one), Numbers::Integers(other)) => {
            let pairs = one.iter().zip(other);
            let compute = |(&a, &b): (&i64, &i64)| {
                let number = integer(operator, is_fmod, a, b)?;
                Some(element.wrapped(number))
            };
            Some(Numbers::Integers(
                pairs.map(compute).collect::<Option<_>>()?,
            ))
        }
        (Numbers::Floats(one), Numbers::Floats(other)) => {
            let pairs = one.iter().zip(other);
            if is_comparison(operator) {
                let compute = |(&a, &b)| comparison(operator, a, b).map(i64::from);
                return Some(Numbers::Integers(
                    pairs.map(compute).collect::<Option<_>>()?,
                ));
            }
            let compute = |(&a, &b): (&f64, &f64)| Some(element.rounded(float(operator, a, b)?));
            Some(Numbers::Floats(pairs.map(compute).collect::<Option<_>>()?))
        }
        _ => None,
    }
}

/// Truth values count as integers here.
fn integer(operator: &str, is_fmod: bool, a: i64, b: i64) -> Option<i64> {
    Some(match operator {
        "Add" | "Sum" => a.wrapping_add(b),
        "Sub" => a.wrapping_sub(b),
        "Mul" => a.wrapping_mul(b),
        // Integers are cut, as in C.
        "Div" => a.checked_div(b)?,
        "Mod" if is_fmod => a.checked_rem(b)?,
        // The sign is the divisor's.
        "Mod" => {
            let rest = a.checked_rem(b)?;
            if rest != 0 && (rest < 0) != (b < 0) {
                rest + b
            } else {
                rest
            }
        }
        "Pow" => a.checked_pow(u32::try_from(b).ok()?)?,
        "Max" => a.max(b),
        "Min" => a.min(b),
        "And" => i64::from(a != 0 && b != 0),
        "Or" => i64::from(a != 0 || b != 0),
        "Xor" => i64::from((a != 0) != (b != 0)),
        _ => i64::from(comparison(operator, a, b)?),
    })
}

/// Sums, products and quotients of floats of 32 bits are rounded the same whether they go through 64 bits or not.
fn float(operator: &str, a: f64, b: f64) -> Option<f64> {
    Some(match operator {
        "Add" | "Sum" => a + b,
        "Sub" => a - b,
        "Mul" => a * b,
        "Div" => a / b,
        "Max" => a.max(b),
        "Min" => a.min(b),
        "Pow" if b.to_bits() == 0.5_f64.to_bits() => a.sqrt(),
        "Pow" if b.to_bits() == 2.0_f64.to_bits() => a * a,
        _ => return None,
    })
}

fn comparison<T: PartialOrd + Copy>(operator: &str, a: T, b: T) -> Option<bool> {
    Some(match operator {
        "Equal" => a == b,
        "Greater" => a > b,
        "GreaterOrEqual" => a >= b,
        "Less" => a < b,
        "LessOrEqual" => a <= b,
        _ => return None,
    })
}

/// The same numbers in another type.
pub(super) fn cast(element: ElementType, numbers: &Numbers) -> Option<Numbers> {
    let is_truth = element == ElementType::BOOL;
    Some(match numbers {
        Numbers::Integers(numbers) if element.is_integer() => {
            Numbers::Integers(numbers.iter().map(|&n| element.wrapped(n)).collect())
        }
        Numbers::Integers(numbers) if element.is_float() => {
            Numbers::Floats(numbers.iter().map(|&n| element.rounded(n as f64)).collect())
        }
        Numbers::Floats(numbers) if is_truth => {
            Numbers::Integers(numbers.iter().map(|&n| i64::from(n != 0.0)).collect())
        }
        Numbers::Floats(numbers) if element.is_integer() => {
            // What is beyond the integers, or no number, is left to the runtime.
            let cut =
                |&number: &f64| (number.abs() < 9e18).then_some(element.wrapped(number as i64));
            Numbers::Integers(numbers.iter().map(cut).collect::<Option<_>>()?)
        }
        Numbers::Floats(numbers) if element.is_float() => {
            Numbers::Floats(numbers.iter().map(|&n| element.rounded(n)).collect())
        }
        _ => return None,
    })
}

/// Elements of `one` where the condition holds, else of `other`.
pub(super) fn choose(condition: &[i64], one: &Numbers, other: &Numbers) -> Option<Numbers> {
    fn chosen<T: Copy>(condition: &[i64], one: &[T], other: &[T]) -> Vec<T> {
        let pairs = one.iter().zip(other).zip(condition);
        pairs
            .map(|((&one, &other), &holds)| if holds == 0 { other } else { one })
            .collect()
    }
    match (one, other) {
        (Numbers::Integers(one), Numbers::Integers(other)) => {
            Some(Numbers::Integers(chosen(condition, one, other)))
        }
        (Numbers::Floats(one), Numbers::Floats(other)) => {
            Some(Numbers::Floats(chosen(condition, one, other)))
        }
        _ => None,
    }
}
