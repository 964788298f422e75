//! Rules of operators against shapes worked out by hand from their definitions.

use super::Fed::{Absent, Floats, Integers, Shape};
use super::{computed, first, ints, reason, shape};
use crate::outline::Attribute;

#[test]
fn layouts() {
    let of = |sizes: &[u64]| Shape(sizes.to_vec());
    let list = |numbers: &[i64]| Integers(numbers.to_vec());
    assert_eq!(
        shape("Reshape", &[of(&[2, 3, 4]), list(&[0, -1])], &[]),
        [2, 12]
    );
    assert_eq!(shape("Reshape", &[of(&[0, 3]), list(&[0, 4])], &[]), [0, 4]);
    assert_eq!(
        reason("Reshape", &[of(&[2, 3]), list(&[4, -1])], &[]),
        "[2, 3] cannot be laid out as [4, -1]"
    );
    let unknown = reason("Reshape", &[of(&[2, 3]), of(&[2])], &[]);
    assert!(
        unknown.contains("`operand1`, which are not known"),
        "{unknown}"
    );
    assert_eq!(
        shape(
            "Transpose",
            &[of(&[2, 3, 4])],
            &[("perm", ints(&[2, 0, 1]))]
        ),
        [4, 2, 3]
    );
    assert_eq!(shape("Squeeze", &[of(&[1, 3, 1])], &[]), [3]);
    assert_eq!(
        shape("Squeeze", &[of(&[1, 3, 1]), list(&[-1])], &[]),
        [1, 3]
    );
    assert_eq!(
        shape("Unsqueeze", &[of(&[3]), list(&[0, -1])], &[]),
        [1, 3, 1]
    );
    assert_eq!(
        shape(
            "Flatten",
            &[of(&[2, 3, 4])],
            &[("axis", Attribute::Integer(2))]
        ),
        [6, 4]
    );
    assert_eq!(
        shape("Expand", &[of(&[3, 1]), list(&[2, 1, 4])], &[]),
        [2, 3, 4]
    );
    assert_eq!(
        computed("Tile", &[list(&[1, 2]), list(&[2])], &[]),
        [1, 2, 1, 2]
    );
    assert_eq!(
        shape("Pad", &[of(&[2, 3]), list(&[0, 1, 2, -2])], &[]),
        [4, 2]
    );
    assert_eq!(
        shape(
            "Pad",
            &[of(&[2, 3]), list(&[1, 1]), Absent, list(&[1])],
            &[]
        ),
        [2, 5]
    );
    assert_eq!(
        computed("Pad", &[list(&[7]), list(&[1, 2])], &[]),
        [0, 7, 0, 0]
    );
}

#[test]
fn parts_and_picks() {
    let of = |sizes: &[u64]| Shape(sizes.to_vec());
    let list = |numbers: &[i64]| Integers(numbers.to_vec());
    let axis = |at| [("axis", Attribute::Integer(at))];
    assert_eq!(
        shape("Concat", &[of(&[2, 3]), of(&[2, 4])], &axis(-1)),
        [2, 7]
    );
    assert_eq!(
        computed("Concat", &[list(&[1, 2]), list(&[3])], &axis(0)),
        [1, 2, 3]
    );
    assert_eq!(
        reason("Concat", &[of(&[2, 3]), of(&[3, 3])], &axis(1)),
        "[2, 3] and [3, 3] cannot be joined"
    );
    let slice = |start, end, step| {
        let bounds = [start, end, 0, step].map(|number| list(&[number]));
        let [start, end, axis, step] = bounds;
        computed(
            "Slice",
            &[list(&[10, 11, 12, 13, 14]), start, end, axis, step],
            &[],
        )
    };
    assert_eq!(slice(1, 3, 1), [11, 12]);
    assert_eq!(slice(-2, i64::MAX, 1), [13, 14]);
    assert_eq!(slice(0, 5, 2), [10, 12, 14]);
    assert_eq!(slice(4, i64::MIN, -2), [14, 12, 10]);
    assert_eq!(slice(3, 1, 1), [0; 0]);
    assert_eq!(shape("Split", &[of(&[5, 2])], &axis(0)), [3, 2]);
    assert_eq!(
        shape("Split", &[of(&[5, 2]), list(&[1, 4])], &axis(0)),
        [1, 2]
    );
    assert_eq!(shape("Gather", &[of(&[9, 4]), of(&[2, 3])], &[]), [2, 3, 4]);
    assert_eq!(
        computed("Gather", &[list(&[5, 6, 7]), list(&[-1, 0])], &[]),
        [7, 5]
    );
    assert_eq!(
        shape("GatherND", &[of(&[3, 4, 5]), of(&[7, 2])], &[]),
        [7, 5]
    );
    assert_eq!(
        shape("ScatterND", &[of(&[3, 4]), of(&[7, 2]), of(&[7])], &[]),
        [3, 4]
    );
    assert_eq!(computed("NonZero", &[list(&[0, 4, 0, 1])], &[]), [1, 3]);
    assert!(reason("NonZero", &[of(&[4])], &[]).contains("not known"));
}

#[test]
fn arithmetic_on_shapes() {
    let list = |numbers: &[i64]| Integers(numbers.to_vec());
    let pair =
        |operator: &str, a: i64, b: i64| computed(operator, &[list(&[a]), list(&[b])], &[])[0];
    // Division cuts, the rest of a division has the divisor's sign.
    assert_eq!(
        (pair("Div", -7, 2), pair("Mod", -7, 2), pair("Mod", 7, -2)),
        (-3, 1, -1)
    );
    assert_eq!(
        (
            pair("Max", 3, 5),
            pair("Equal", 3, 3),
            pair("Greater", 3, 5)
        ),
        (5, 1, 0)
    );
    assert!(
        first("Div", &[list(&[1]), list(&[0])], &[])
            .unwrap()
            .numbers
            .is_none()
    );
    assert_eq!(
        computed("Add", &[list(&[1, 2]), list(&[10])], &[]),
        [11, 12]
    );
    let condition = list(&[1, 0]);
    assert_eq!(
        computed("Where", &[condition, list(&[5, 6]), list(&[7])], &[]),
        [5, 7]
    );
    let numbers = Floats(vec![2.9, -2.9]);
    let to = [("to", Attribute::Integer(7))];
    assert_eq!(computed("Cast", &[numbers], &to), [2, -2]);
    assert_eq!(
        computed("CumSum", &[list(&[1, 2, 3]), list(&[0])], &[]),
        [1, 3, 6]
    );
    assert_eq!(computed("ReduceProd", &[list(&[2, 3, 4])], &[]), [24]);
    let part = [("start", Attribute::Integer(-2))];
    assert_eq!(computed("Shape", &[Shape(vec![2, 3, 4])], &part), [3, 4]);
    assert_eq!(
        computed("Range", &[list(&[7]), list(&[1]), list(&[-2])], &[]),
        [7, 5, 3]
    );
    assert_eq!(
        reason("Range", &[list(&[7]), list(&[1]), list(&[0])], &[]),
        "its step is 0"
    );
}

#[test]
fn products_windows_and_folds() {
    let of = |sizes: &[u64]| Shape(sizes.to_vec());
    let text = |text: &str| Attribute::Text(text.to_owned());
    assert_eq!(
        shape("MatMul", &[of(&[2, 1, 4, 5]), of(&[3, 5, 6])], &[]),
        [2, 3, 4, 6]
    );
    assert_eq!(shape("MatMul", &[of(&[5]), of(&[5])], &[]), [0; 0]);
    assert_eq!(
        reason("MatMul", &[of(&[2, 5]), of(&[4, 3])], &[]),
        "[2, 5] and [4, 3] cannot be multiplied"
    );
    let turned = [
        ("transA", Attribute::Integer(1)),
        ("transB", Attribute::Integer(1)),
    ];
    assert_eq!(shape("Gemm", &[of(&[7, 3]), of(&[5, 7])], &turned), [3, 5]);
    assert_eq!(
        shape(
            "Einsum",
            &[of(&[2, 3]), of(&[3, 4])],
            &[("equation", text("ij, jk -> ik"))]
        ),
        [2, 4]
    );
    let image = of(&[1, 4, 10, 11]);
    let (two, one) = (ints(&[2, 2]), ints(&[1, 1, 1, 1]));
    let strided = [("strides", two.clone()), ("pads", one)];
    assert_eq!(
        shape("Conv", &[image.clone(), of(&[6, 4, 3, 3])], &strided),
        [1, 6, 5, 6]
    );
    let dilated = [("dilations", two.clone()), ("group", Attribute::Integer(2))];
    assert_eq!(
        shape("Conv", &[image.clone(), of(&[6, 2, 3, 3])], &dilated),
        [1, 6, 6, 7]
    );
    assert_eq!(
        shape(
            "Conv",
            &[image.clone(), of(&[6, 4, 3, 3])],
            &[("auto_pad", text("SAME_UPPER"))]
        ),
        [1, 6, 10, 11]
    );
    let long = reason("Conv", &[image.clone(), of(&[6, 4, 20, 3])], &[]);
    assert_eq!(long, "a window of 20 is longer than an axis of 10");
    let up = [("strides", two.clone()), ("output_padding", ints(&[1, 0]))];
    assert_eq!(
        shape("ConvTranspose", &[image.clone(), of(&[4, 3, 2, 2])], &up),
        [1, 3, 21, 22]
    );
    let pool = [
        ("kernel_shape", ints(&[3, 3])),
        ("strides", two),
        ("ceil_mode", Attribute::Integer(1)),
    ];
    assert_eq!(
        shape("MaxPool", std::slice::from_ref(&image), &pool),
        [1, 4, 5, 5]
    );
    assert_eq!(
        shape("GlobalAveragePool", std::slice::from_ref(&image), &[]),
        [1, 4, 1, 1]
    );
    let factors = Floats(vec![1.0, 1.0, 1.5, 2.0]);
    assert_eq!(
        shape("Resize", &[image.clone(), Absent, factors], &[]),
        [1, 4, 15, 22]
    );
    let sizes = Integers(vec![1, 4, 7, 8]);
    assert_eq!(
        shape("Resize", &[image.clone(), Absent, Absent, sizes], &[]),
        [1, 4, 7, 8]
    );
    let drop = [("keepdims", Attribute::Integer(0))];
    assert_eq!(
        shape("ReduceMean", &[image.clone(), Integers(vec![-1, 1])], &drop),
        [1, 10]
    );
    assert_eq!(
        shape("ArgMax", &[image], &[("axis", Attribute::Integer(1))]),
        [1, 1, 10, 11]
    );
}

#[test]
fn older_versions_name_axes_and_bounds_by_attributes() {
    let of = |sizes: &[u64]| Shape(sizes.to_vec());
    let axes = |axes: &[i64]| ("axes", ints(axes));
    let check = |operator, sizes: &[u64], attributes: &[(&str, Attribute)], expected: &[u64]| {
        assert_eq!(
            shape(operator, &[of(sizes)], attributes),
            expected,
            "{operator}"
        );
    };
    check("Squeeze", &[1, 3, 1], &[axes(&[2])], &[1, 3]);
    check("Unsqueeze", &[3], &[axes(&[0, 2])], &[1, 3, 1]);
    check("ReduceSum", &[2, 3], &[axes(&[1])], &[2, 1]);
    check("Pad", &[2, 3], &[("pads", ints(&[0, 1, 0, 1]))], &[2, 5]);
    check("Split", &[5, 2], &[("split", ints(&[2, 3]))], &[2, 2]);
    let bounds = [
        axes(&[1]),
        ("starts", ints(&[1])),
        ("ends", ints(&[i64::MAX])),
    ];
    check("Slice", &[2, 3], &bounds, &[2, 2]);
}

#[test]
fn numbers_of_any_size_are_no_trouble() {
    let list = |numbers: &[i64]| Integers(numbers.to_vec());
    for step in [i64::MAX, i64::MIN] {
        let bounds = [1, 9, 0, step].map(|number| list(&[number]));
        let [start, end, axis, step] = bounds;
        let cut = [list(&[1, 2, 3]), start, end, axis, step];
        let found = computed("Slice", &cut, &[]);
        assert!(found.len() <= 1, "{found:?}");
    }
    let most = [i64::MAX, i64::MIN, -1, 0];
    for a in most {
        for b in most {
            for operator in ["Add", "Sub", "Mul", "Div", "Mod", "Pow", "Max", "Less"] {
                first(operator, &[list(&[a]), list(&[b])], &[]).unwrap();
            }
            // Known or not, it is no panic.
            let two = [list(&[a]), list(&[b])];
            let _ = first("Range", &[two[0].clone(), two[1].clone(), list(&[1])], &[]);
            let _ = first("Reshape", &[Shape(vec![2, 3]), list(&[a, b])], &[]);
            let _ = first("Tile", &[Shape(vec![2, 3]), list(&[a, b])], &[]);
            let _ = first("Expand", &[Shape(vec![1, 1]), list(&[a, b])], &[]);
            let _ = first("Pad", &[Shape(vec![3]), list(&[a, b])], &[]);
            let _ = first("ConstantOfShape", &[list(&[a, b])], &[]);
            let _ = first("Unsqueeze", &[Shape(vec![3]), list(&[a, b])], &[]);
            let _ = first(
                "Transpose",
                &[Shape(vec![2, 3])],
                &[("perm", ints(&[a, b]))],
            );
            let _ = first("Split", &[Shape(vec![3]), list(&[a, b])], &[]);
            let window = [("strides", ints(&[a, b])), ("pads", ints(&[a, b, a, b]))];
            let image = [Shape(vec![1, 1, 4, 4]), Shape(vec![1, 1, 2, 2])];
            let _ = first("Conv", &image, &window);
            let _ = first("ConvTranspose", &image, &window);
        }
    }
    for number in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
        let scalar = Floats(vec![number]);
        let range = [Floats(vec![0.0]), Floats(vec![4.0]), scalar.clone()];
        let _ = first("Range", &range, &[]);
        let _ = first("Resize", &[Shape(vec![3]), Absent, scalar], &[]);
    }
    let stuck = [Floats(vec![0.0]), Floats(vec![0.0]), Floats(vec![0.0])];
    assert!(first("Range", &stuck, &[]).is_err());
}
