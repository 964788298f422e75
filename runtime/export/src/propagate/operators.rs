//! Which rule gives the shapes of which operator.

use super::call::{Call, Inferred};
use super::{elementwise, layout, made, parts, pick, products, reduce, resize, windows};

/// The outputs of a node.
pub(super) fn infer(call: &Call<'_>) -> Inferred {
    let operator = call.node.operator.as_str();
    if !call.node.domain.is_empty() {
        return Err(format!("`{}.{operator}` is no standard operator", call.node.domain).into());
    }
    match operator {
        operator if keeps_its_shape(operator) => elementwise::unary(call),
        "IsNaN" | "IsInf" => elementwise::test(call),
        "BatchNormalization" => elementwise::batch_norm(call),
        "Cast" => elementwise::cast(call),
        "LayerNormalization" => elementwise::layer_norm(call),
        "Add" | "And" | "BitShift" | "BitwiseAnd" | "BitwiseOr" | "BitwiseXor" | "Div"
        | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Max" | "Mean"
        | "Min" | "Mod" | "Mul" | "Or" | "PRelu" | "Pow" | "Sub" | "Sum" | "Xor" => {
            elementwise::broadcast(call)
        }
        "Where" => elementwise::choose(call),
        "ArgMax" | "ArgMin" => reduce::arg(call),
        "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceMax"
        | "ReduceMean" | "ReduceMin" | "ReduceProd" | "ReduceSum" | "ReduceSumSquare" => {
            reduce::reduce(call)
        }
        "Constant" => made::constant(call),
        "ConstantOfShape" => made::constant_of_shape(call),
        "Range" => made::range(call),
        "Shape" => made::shape(call),
        "Size" => made::size(call),
        "Expand" => layout::expand(call),
        "Flatten" => layout::flatten(call),
        "Pad" => layout::pad(call),
        "Reshape" => layout::reshape(call),
        "Squeeze" => layout::squeeze(call),
        "Tile" => layout::tile(call),
        "Transpose" => layout::transpose(call),
        "Unsqueeze" => layout::unsqueeze(call),
        "Concat" => parts::concat(call),
        "Slice" => parts::slice(call),
        "Split" => parts::split(call),
        "Gather" => pick::gather(call),
        "GatherElements" => pick::gather_elements(call),
        "GatherND" => pick::gather_nd(call),
        "NonZero" => pick::non_zero(call),
        "ScatterElements" | "ScatterND" => pick::scatter(call),
        "Einsum" => products::einsum(call),
        "Gemm" => products::gemm(call),
        "MatMul" => products::mat_mul(call),
        "AveragePool" | "LpPool" | "MaxPool" => windows::pool(call),
        "Conv" => windows::conv(call),
        "ConvTranspose" => windows::conv_transpose(call),
        "GlobalAveragePool" | "GlobalMaxPool" => windows::global_pool(call),
        "Resize" => resize::resize(call),
        _ => Err("the rule of its shape is not known here".into()),
    }
}

/// Whether an operator gives a tensor like its first operand.
fn keeps_its_shape(operator: &str) -> bool {
    matches!(
        operator,
        "Abs"
            | "Acos"
            | "Acosh"
            | "Asin"
            | "Asinh"
            | "Atan"
            | "Atanh"
            | "BitwiseNot"
            | "Ceil"
            | "Celu"
            | "Clip"
            | "Cos"
            | "Cosh"
            | "CumSum"
            | "Elu"
            | "Erf"
            | "Exp"
            | "Floor"
            | "Gelu"
            | "GroupNormalization"
            | "HardSigmoid"
            | "HardSwish"
            | "Hardmax"
            | "Identity"
            | "InstanceNormalization"
            | "LRN"
            | "LeakyRelu"
            | "Log"
            | "LogSoftmax"
            | "LpNormalization"
            | "MeanVarianceNormalization"
            | "Mish"
            | "Neg"
            | "Not"
            | "RMSNormalization"
            | "Reciprocal"
            | "Relu"
            | "Round"
            | "Selu"
            | "Shrink"
            | "Sigmoid"
            | "Sign"
            | "Sin"
            | "Sinh"
            | "Softmax"
            | "Softplus"
            | "Softsign"
            | "Sqrt"
            | "Tan"
            | "Tanh"
            | "ThresholdedRelu"
            | "Trilu"
    )
}
