//! Products of matrices.

use std::collections::BTreeMap;

use super::Known;
use super::broadcast::together;
use super::call::{Call, Inferred};

/// `MatMul`, as NumPy multiplies.
pub(super) fn mat_mul(call: &Call<'_>) -> Inferred {
    let (one, other) = (call.known(0)?, call.known(1)?);
    let differ = || format!("{:?} and {:?} cannot be multiplied", one.shape, other.shape);
    let (mut left, mut right) = (one.shape.clone(), other.shape.clone());
    if left.is_empty() || right.is_empty() {
        return Err(differ().into());
    }
    // A list is a row on the left and a column on the right.
    let (is_row, is_column) = (left.len() == 1, right.len() == 1);
    if is_row {
        left.insert(0, 1);
    }
    if is_column {
        right.push(1);
    }
    let (stacks, [rows, inner]) = left.split_last_chunk().ok_or_else(differ)?;
    let (others, [depth, columns]) = right.split_last_chunk().ok_or_else(differ)?;
    if inner != depth {
        return Err(differ().into());
    }
    let mut shape = together([stacks, others])?;
    if !is_row {
        shape.push(*rows);
    }
    if !is_column {
        shape.push(*columns);
    }
    Ok(vec![Known::new(one.element, shape)])
}

/// `Gemm`: a product of two matrices, either of them transposed.
pub(super) fn gemm(call: &Call<'_>) -> Inferred {
    let (one, other) = (call.known(0)?, call.known(1)?);
    let differ = || format!("{:?} and {:?} cannot be multiplied", one.shape, other.shape);
    let matrix = |known: &Known, is_turned: bool| match known.shape[..] {
        [rows, columns] if is_turned => Some((columns, rows)),
        [rows, columns] => Some((rows, columns)),
        _ => None,
    };
    let left = matrix(one, call.integer("transA", 0) != 0).ok_or_else(differ)?;
    let right = matrix(other, call.integer("transB", 0) != 0).ok_or_else(differ)?;
    if left.1 != right.0 {
        return Err(differ().into());
    }
    Ok(vec![Known::new(one.element, vec![left.0, right.1])])
}

/// `Einsum`: the sizes of the letters behind the arrow.
pub(super) fn einsum(call: &Call<'_>) -> Inferred {
    let equation = call.node.text("equation").ok_or("it has no equation")?;
    let equation: String = equation.split_whitespace().collect();
    let (terms, result) = equation
        .split_once("->")
        .ok_or("its equation has no arrow")?;
    let operands = call.all()?;
    let terms: Vec<&str> = terms.split(',').collect();
    if terms.len() != operands.len() {
        return Err("its equation has another number of operands".into());
    }
    let mut sizes = BTreeMap::new();
    for (term, operand) in terms.iter().zip(&operands) {
        if !term.chars().all(|letter| letter.is_ascii_alphabetic()) {
            return Err(format!("`{equation}` has axes without a letter").into());
        }
        if term.len() != operand.shape.len() {
            return Err(format!("`{term}` is no name for {:?}", operand.shape).into());
        }
        for (letter, &size) in term.chars().zip(&operand.shape) {
            let known = sizes.entry(letter).or_insert(size);
            if *known == 1 {
                *known = size;
            }
            if *known != size && size != 1 {
                return Err(format!("`{letter}` has the sizes {known} and {size}").into());
            }
        }
    }
    let shape = result.chars().map(|letter| sizes.get(&letter).copied());
    let shape = shape.collect::<Option<Vec<_>>>();
    let shape = shape.ok_or_else(|| format!("`{result}` has letters of no operand"))?;
    Ok(vec![Known::new(operands[0].element, shape)])
}
