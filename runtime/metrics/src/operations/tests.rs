//! Counts of single nodes against numbers worked out by hand.

use super::*;

fn operands<'a>(shapes: &[&'a [u64]]) -> Vec<Option<Operand<'a>>> {
    let operand = |&shape: &&'a [u64]| {
        Some(Operand {
            shape: Some(shape),
            bits: 32,
            is_stored: false,
        })
    };
    shapes.iter().map(operand).collect()
}

fn work(operator: &str, inputs: &[&[u64]], output: &[u64], more: Operation<'_>) -> Work {
    let (inputs, outputs) = (operands(inputs), operands(&[output]));
    let operation = Operation {
        operator,
        inputs: &inputs,
        outputs: &outputs,
        ..more
    };
    operation.work()
}

#[test]
fn products_and_convolutions_count_multiplications() {
    let check = |operator, inputs: &[&[u64]], output: &[u64], macs, other_operations| {
        let found = work(operator, inputs, output, Operation::default());
        let expected = Work::Counted {
            macs,
            other_operations,
        };
        assert_eq!(found, expected, "{operator} {inputs:?}");
    };
    check(
        "MatMul",
        &[&[2, 3, 4, 5], &[5, 6]],
        &[2, 3, 4, 6],
        2 * 3 * 4 * 5 * 6,
        0,
    );
    check("MatMul", &[&[5], &[5, 6]], &[6], 30, 0);
    // The left matrix is transposed: 7 x 3 read as 3 x 7.
    check("Gemm", &[&[7, 3], &[7, 5], &[5]], &[3, 5], 3 * 7 * 5, 15);
    check("Gemm", &[&[0, 7], &[7, 5]], &[0, 5], 0, 0);
    // 8 channels in two groups, a kernel of 3 x 3 over 4 of them.
    check(
        "Conv",
        &[&[1, 8, 10, 10], &[6, 4, 3, 3], &[6]],
        &[1, 6, 8, 8],
        6 * 64 * 4 * 9,
        6 * 64,
    );
    check(
        "ConvTranspose",
        &[&[1, 4, 5, 5], &[4, 3, 2, 2]],
        &[1, 3, 10, 10],
        100 * 3 * 4,
        0,
    );
}

#[test]
fn equations_are_products_sums_or_movements() {
    let einsum = |equation, inputs: &[&[u64]], output: &[u64]| {
        let more = Operation {
            equation: Some(equation),
            ..Operation::default()
        };
        work("Einsum", inputs, output, more)
    };
    let counted = |macs, other_operations| Work::Counted {
        macs,
        other_operations,
    };
    let product = einsum(
        "bhwc, hkc -> bhwk",
        &[&[2, 3, 4, 5], &[3, 6, 5]],
        &[2, 3, 4, 6],
    );
    assert_eq!(product, counted(2 * 3 * 4 * 5 * 6, 0));
    assert_eq!(einsum("i,j->ij", &[&[3], &[4]], &[3, 4]), counted(0, 12));
    assert_eq!(einsum("ij->i", &[&[3, 4]], &[3]), counted(0, 12));
    assert_eq!(einsum("ij->ji", &[&[3, 4]], &[4, 3]), Work::Movement);
    let many = einsum("i,i,i->i", &[&[3], &[3], &[3]], &[3]);
    assert!(matches!(many, Work::Unknown(_)), "{many:?}");
}

#[test]
fn other_operations_follow_the_table() {
    let check = |operator, inputs: &[&[u64]], output: &[u64], expected| {
        let more = Operation {
            window: Some(&[3, 3]),
            mode: Some("linear"),
            ..Operation::default()
        };
        let found = work(operator, inputs, output, more);
        let expected = Work::Counted {
            macs: 0,
            other_operations: expected,
        };
        assert_eq!(found, expected, "{operator} {inputs:?}");
    };
    let list: &[u64] = &[2, 10];
    check("Add", &[list, &[10]], list, 20);
    check("Softmax", &[list], list, 100);
    check("LayerNormalization", &[list, &[10]], list, 120);
    check("LayerNormalization", &[list, &[10], &[10]], list, 140);
    check("ReduceMean", &[list], &[2, 1], 22);
    check("ReduceSum", &[list], &[2, 1], 20);
    check("Max", &[list, list, list], list, 40);
    check("MaxPool", &[&[1, 2, 8, 8]], &[1, 2, 6, 6], 72 * 9);
    check("AveragePool", &[&[1, 2, 8, 8]], &[1, 2, 6, 6], 72 * 10);
    check("Resize", &[&[1, 2, 4, 4]], &[1, 2, 8, 8], 128 * 8);
    check("Resize", &[&[1, 2, 4, 4]], &[1, 2, 4, 8], 64 * 4);
}

#[test]
fn what_moves_is_nothing_and_what_is_not_known_is_told() {
    let none = Operation::default();
    for operator in ["Reshape", "Transpose", "Gather", "Cast", "NonZero"] {
        assert_eq!(work(operator, &[], &[3], none), Work::Movement);
    }
    assert!(matches!(work("Loop", &[], &[3], none), Work::Unknown(_)));
    let unknown = Operand {
        shape: None,
        bits: 32,
        is_stored: false,
    };
    let add = Operation {
        operator: "Add",
        inputs: &[Some(unknown), Some(unknown)],
        outputs: &[Some(unknown)],
        ..none
    };
    assert!(matches!(add.work(), Work::Unknown(_)));
    assert!(add.traffic().is_err());
    let vast: &[u64] = &[1 << 40, 1 << 40];
    assert!(matches!(
        work("Relu", &[vast], vast, none),
        Work::Unknown(_)
    ));
}

#[test]
fn bytes_are_every_operand_once_but_for_views_and_picks() {
    let weight = |shape| {
        Some(Operand {
            shape: Some(shape),
            bits: 16,
            is_stored: true,
        })
    };
    let traffic = |operator, inputs: &[Option<Operand<'_>>], output: &[u64]| {
        let outputs = operands(&[output]);
        let operation = Operation {
            operator,
            inputs,
            outputs: &outputs,
            ..Operation::default()
        };
        let Traffic {
            read_bytes,
            written_bytes,
            weight_bytes,
        } = operation.traffic().unwrap();
        [read_bytes, written_bytes, weight_bytes]
    };
    let ids = operands(&[&[3]])[0];
    let product = [operands(&[&[2, 5]])[0], weight(&[5, 7])];
    assert_eq!(traffic("MatMul", &product, &[2, 7]), [40 + 70, 56, 70]);
    assert_eq!(traffic("Reshape", &product, &[10]), [0, 0, 0]);
    // Of a table of 1000 rows, three are read.
    let lookup = [weight(&[1000, 4]), ids];
    assert_eq!(traffic("Gather", &lookup, &[3, 4]), [24 + 12, 48, 24]);
}
