//! Multiplications of products of matrices and of convolutions.

use std::collections::BTreeMap;

use super::{Operation, beyond, count, times};

/// What an equation of `Einsum` says.
pub(super) enum Contraction {
    /// A sum of products: this many multiplications with an addition each.
    Product(u64),
    /// Products without a sum, or sums without a product: this many operations.
    Elements(u64),
    /// Another order of axes.
    Movement,
}

/// Multiplications of `MatMul`, `Gemm`, `Conv` and `ConvTranspose`.
pub(super) fn macs(operation: &Operation<'_>) -> Result<u64, String> {
    let (one, other) = (operation.input(0)?, operation.input(1)?);
    let given = count(operation.output(0)?)?;
    match operation.operator {
        "MatMul" => times(given, *one.last().ok_or("it multiplies a number")?),
        // The rows are those of the output, whichever way the operand stands.
        "Gemm" => match operation.output(0)? {
            [0, _] => Ok(0),
            [rows, _] => times(given, count(one)? / rows),
            _ => Err("its output is no matrix".to_owned()),
        },
        // Each output element takes one kernel.
        "Conv" => match other {
            [_, kernel @ ..] => times(given, count(kernel)?),
            [] => Err("it has no kernels".to_owned()),
        },
        // Each input element is spread by one kernel, what falls beyond the edge among it.
        _ => match other {
            [_, kernel @ ..] => times(count(one)?, count(kernel)?),
            [] => Err("it has no kernels".to_owned()),
        },
    }
}

/// What `Einsum` does, by its letters: every combination of their sizes is one product.
pub(super) fn einsum(operation: &Operation<'_>) -> Result<Contraction, String> {
    let equation = operation.equation.ok_or("it has no equation")?;
    let equation: String = equation.split_whitespace().collect();
    let (terms, result) = equation
        .split_once("->")
        .ok_or("its equation has no arrow")?;
    let terms: Vec<&str> = terms.split(',').collect();
    if terms.len() > 2 {
        return Err(format!(
            "`{equation}` leaves open in which order it multiplies"
        ));
    }
    let mut sizes = BTreeMap::new();
    for (place, term) in terms.iter().enumerate() {
        let shape = operation.input(place)?;
        if term.chars().count() != shape.len() {
            return Err(format!("`{term}` is no name for {shape:?}"));
        }
        for (letter, &size) in term.chars().zip(shape) {
            let known = sizes.entry(letter).or_insert(size);
            *known = size.max(*known);
        }
    }
    let all = sizes
        .values()
        .try_fold(1_u64, |all, &size| all.checked_mul(size));
    let all = all.ok_or_else(beyond)?;
    let sums = sizes.keys().any(|letter| !result.contains(*letter));
    Ok(match (terms.len(), sums) {
        (2, true) => Contraction::Product(all),
        (2, false) | (_, true) => Contraction::Elements(all),
        (_, false) => Contraction::Movement,
    })
}
