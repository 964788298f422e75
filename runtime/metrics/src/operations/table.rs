//! The table of operators: what each counts as.
//!
//! Products of matrices and convolutions are counted in multiplications with an addition each (`macs`), taps that fall
//! on padding among them, as is usual (S. Williams, A. Waterman, D. Patterson, Roofline, CACM 52, 2009, counts what an
//! algorithm states, not what an implementation saves). Everything else is counted in operations on single elements,
//! from the definition of the operator in <https://onnx.ai/onnx/operators/>:
//!
//! | operators | operations |
//! |---|---|
//! | sums, products, quotients, comparisons, logic, `Where` | 1 an output element; n − 1 with n operands |
//! | one function of one element (`Exp`, `Erf`, `Sigmoid`, `Gelu`, `Relu`, …) | 1 an element, whatever computes it |
//! | `Clip` | 2 an element |
//! | `Softmax`, `LogSoftmax` | 5 an element: maximum, difference, exponential, sum, quotient (or logarithm's difference) |
//! | `LayerNormalization`, `InstanceNormalization`, `GroupNormalization` | 6 an element: sum, difference, square, sum, quotient, gain; 7 with a bias |
//! | `RMSNormalization`, `LpNormalization` | 4 and 3 an element: square, sum, quotient, gain |
//! | `BatchNormalization` | 4 an element: difference, quotient, gain, bias |
//! | `ReduceSum`, `ReduceMax`, `ReduceMin`, `ReduceProd`, `ArgMax`, `ArgMin`, `CumSum` | 1 an input element |
//! | `ReduceMean`, `GlobalAveragePool` | 1 an input element, 1 an output element |
//! | `ReduceL1`, `ReduceSumSquare`, `ReduceL2`, `ReduceLogSumExp` | 2 an input element, the latter two 1 an output element too |
//! | `MaxPool`, `AveragePool`, `LpPool` | 1 (`LpPool` 2) a tap of the window; 1 an output element more, but for `MaxPool` |
//! | `Resize` | 2 a tap: 2 taps (linear) or 4 (cubic) along each axis whose size changes; nearest moves |
//! | bias of `Gemm`, `Conv`, `ConvTranspose` | 1 an output element |
//! | `Reshape`, `Transpose`, `Gather`, `Cast`, `Constant`, `Range`, `NonZero`, … | none by definition: they move, view, convert or list |

/// How an operator is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// A product of matrices or a convolution.
    Product,
    /// A product by its equation.
    Einsum,
    /// So many operations an element of the output.
    Elements(u64),
    /// So many an element of the first operand and of the output.
    Fold { per_input: u64, per_output: u64 },
    /// One for each operand after the first, and so many more, an element of the output.
    Joined(u64),
    /// So many an element of the first operand, and one more with a bias as third operand.
    Norm(u64),
    /// So many a tap of the window and an element of the output.
    Pool { per_tap: u64, per_output: u64 },
    /// By mode.
    Resize,
    /// Nothing: elements are moved, converted or made.
    Movement,
    /// Nothing, and no element moves: the same bytes have another shape, or only the shape is read.
    View,
}

/// The rule of an operator; `None` where there is none.
pub(super) fn rule(operator: &str) -> Option<Rule> {
    let fold = |per_input, per_output| Rule::Fold {
        per_input,
        per_output,
    };
    let pool = |per_tap, per_output| Rule::Pool {
        per_tap,
        per_output,
    };
    Some(match operator {
        "Conv" | "ConvTranspose" | "Gemm" | "MatMul" => Rule::Product,
        "Einsum" => Rule::Einsum,
        "Abs" | "Acos" | "Acosh" | "And" | "Asin" | "Asinh" | "Atan" | "Atanh" | "BitShift"
        | "BitwiseAnd" | "BitwiseNot" | "BitwiseOr" | "BitwiseXor" | "Ceil" | "Celu" | "Cos"
        | "Cosh" | "Elu" | "Equal" | "Erf" | "Exp" | "Floor" | "Gelu" | "Greater"
        | "GreaterOrEqual" | "HardSigmoid" | "HardSwish" | "IsInf" | "IsNaN" | "LeakyRelu"
        | "Less" | "LessOrEqual" | "Log" | "Mish" | "Mod" | "Neg" | "Not" | "Or" | "PRelu"
        | "Pow" | "Reciprocal" | "Relu" | "Round" | "Selu" | "Shrink" | "Sigmoid" | "Sign"
        | "Sin" | "Sinh" | "Softplus" | "Softsign" | "Sqrt" | "Tan" | "Tanh"
        | "ThresholdedRelu" | "Where" | "Xor" | "Add" | "Sub" | "Mul" | "Div" => Rule::Elements(1),
        "Clip" => Rule::Elements(2),
        "BatchNormalization" | "RMSNormalization" => Rule::Elements(4),
        "Softmax" | "LogSoftmax" => Rule::Elements(5),
        "Max" | "Min" | "Sum" => Rule::Joined(0),
        "Mean" => Rule::Joined(1),
        "GroupNormalization" | "InstanceNormalization" | "LayerNormalization" => Rule::Norm(6),
        "LpNormalization" => Rule::Elements(3),
        "ArgMax" | "ArgMin" | "CumSum" | "GlobalMaxPool" | "ReduceMax" | "ReduceMin"
        | "ReduceProd" | "ReduceSum" => fold(1, 0),
        "GlobalAveragePool" | "ReduceLogSum" | "ReduceMean" => fold(1, 1),
        "ReduceL1" | "ReduceSumSquare" => fold(2, 0),
        "ReduceL2" | "ReduceLogSumExp" => fold(2, 1),
        "MaxPool" => pool(1, 0),
        "AveragePool" => pool(1, 1),
        "LpPool" => pool(2, 1),
        "Resize" => Rule::Resize,
        "Cast" | "Concat" | "ConstantOfShape" | "Expand" | "Gather" | "GatherElements"
        | "GatherND" | "NonZero" | "Pad" | "Range" | "ScatterElements" | "ScatterND" | "Slice"
        | "Split" | "Tile" | "Transpose" | "Trilu" => Rule::Movement,
        "Constant" | "Flatten" | "Identity" | "Reshape" | "Shape" | "Size" | "Squeeze"
        | "Unsqueeze" => Rule::View,
        _ => return None,
    })
}
