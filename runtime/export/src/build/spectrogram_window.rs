//! Attention within windows of a grid, shifted in every other block (Liu et al., 2021, arXiv:2103.14030).
//!
//! All sizes are fixed, so that cutting into windows, shifting and padding are one look-up of tokens, and putting them
//! back is another.

use super::net::{Linear, Net};
use super::window::Windows;
use crate::error::ExportError;
use crate::graph::{Axis, Value};

/// What is added to the scores of tokens that the shift has brought together from different regions.
const APART: f32 = -100.0;

/// Name of what is derived from the windows.
fn label(windows: &Windows, part: &str) -> String {
    let Windows {
        grid: (rows, columns),
        window: (side, _),
        shift,
    } = windows;
    format!("constant/windows/{rows}x{columns}_of_{side}_by_{shift}/{part}")
}

/// For every window, and every pair of its tokens, what the shift adds to their score.
fn apart(windows: &Windows) -> Vec<f32> {
    let added = |is_together| if is_together { 0.0 } else { APART };
    windows.together().into_iter().map(added).collect()
}

/// Numbers of tokens.
fn numbers(tokens: Vec<i64>) -> Vec<u64> {
    tokens.into_iter().map(i64::unsigned_abs).collect()
}

/// One attention layer.
#[derive(Debug)]
pub(super) struct WindowAttention {
    /// Names of the projections, full but for `.weight` and `.bias`.
    pub(super) query: String,
    pub(super) key: String,
    pub(super) value: String,
    pub(super) output: String,
    /// Table of the bias by relative position, `((2 side - 1)^2, heads)`.
    pub(super) position_bias: String,
    /// Width of a hidden state.
    pub(super) width: u64,
    /// Number of heads, a divisor of `width`.
    pub(super) heads: u64,
    /// Whether query, key and value have a bias.
    pub(super) has_bias: bool,
    /// The windows, square ones.
    pub(super) windows: Windows,
}

impl WindowAttention {
    /// Lets the tokens `(batch, rows * columns, width)` of each window attend to each other.
    pub(super) fn apply(&self, net: &mut Net<'_, '_>, x: Value) -> Result<Value, ExportError> {
        let Self { windows, width, .. } = *self;
        let tokens = windows.grid.0 * windows.grid.1;
        let order = numbers(windows.sources());
        let is_moved = !order.iter().copied().eq(0..tokens);
        let mut cut = x;
        if order.contains(&tokens) {
            cut = net.graph.pad_after(cut, 1, 1)?;
        }
        if is_moved {
            cut = net.graph.take(cut, 1, &label(&windows, "order"), &order)?;
        }
        let query = self.project(net, cut, "query", &self.query, &[0, 1, 3, 2, 4])?;
        let key = self.project(net, cut, "key", &self.key, &[0, 1, 3, 4, 2])?;
        let value = self.project(net, cut, "value", &self.value, &[0, 1, 3, 2, 4])?;
        let bias = self.bias(net);
        let graph = &mut net.graph;
        let scores = graph.matmul(query, key)?;
        let root = graph.scalar(((width / self.heads) as f64).sqrt());
        let scores = graph.div(scores, root)?;
        let scores = graph.add(scores, bias)?;
        let shares = graph.softmax(scores)?;
        let context = graph.matmul(shares, value)?;
        let context = graph.transpose(context, &[0, 1, 3, 2, 4])?;
        let whole = Axis::Size(order.len() as u64);
        let context = graph.reshape(context, &[Axis::Keep, whole, Axis::Size(width)])?;
        let output = net.scope("output", |net| {
            net.linear(context, Linear::new(&self.output, width, width))
        })?;
        if !is_moved {
            return Ok(output);
        }
        let back = numbers(windows.returns());
        net.graph.take(output, 1, &label(&windows, "back"), &back)
    }

    /// One of the three projections, split into windows and heads.
    fn project(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        part: &str,
        name: &str,
        order: &[usize],
    ) -> Result<Value, ExportError> {
        net.scope(part, |net| {
            let layer = Linear {
                name,
                from: self.width,
                to: self.width,
                has_bias: self.has_bias,
            };
            let projected = net.linear(x, layer)?;
            let split = [
                Axis::Keep,
                Axis::Size(self.windows.count()),
                Axis::Size(self.windows.tokens()),
                Axis::Size(self.heads),
                Axis::Size(self.width / self.heads),
            ];
            let split = net.graph.reshape(projected, &split)?;
            net.graph.transpose(split, order)
        })
    }

    /// What is added to the scores: `(1 or windows, heads, tokens, tokens)`.
    fn bias(&self, net: &mut Net<'_, '_>) -> Value {
        let (windows, heads) = (self.windows, self.heads);
        let side = windows.window.0;
        let span = 2 * side - 1;
        let tokens = windows.tokens();
        let copies = if windows.shift > 0 {
            windows.count()
        } else {
            1
        };
        let compute = move |tensors: &[Vec<f32>]| {
            let rows = Windows::relative_rows(side);
            let apart = if windows.shift > 0 {
                apart(&windows)
            } else {
                vec![0.0; rows.len()]
            };
            let of_window = |apart: &[f32]| -> Vec<f32> {
                let of_head = |head| {
                    let pairs = rows.iter().zip(apart);
                    pairs.map(move |(row, apart)| (row * heads as usize + head, apart))
                };
                let all = (0..heads as usize).flat_map(of_head);
                all.map(|(place, apart)| tensors[0][place] + apart)
                    .collect()
            };
            apart.chunks_exact(rows.len()).flat_map(of_window).collect()
        };
        let from = vec![(self.position_bias.clone(), vec![span * span, heads])];
        let label = format!("{}.{}", self.position_bias, label(&windows, "bias"));
        net.computed(
            &label,
            vec![copies, heads, tokens, tokens],
            from,
            Box::new(compute),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIFTED: Windows = Windows {
        grid: (4, 4),
        window: (2, 2),
        shift: 1,
    };

    #[test]
    fn tokens_come_back_to_where_they_were() {
        for (grid, side, shift) in [
            ((4, 4), 2, 1),
            ((5, 3), 2, 1),
            ((8, 4), 4, 0),
            ((7, 9), 3, 2),
        ] {
            let window = (side, side);
            let windows = Windows {
                grid,
                window,
                shift,
            };
            let order = windows.sources();
            let back = windows.returns();
            for (token, place) in (0..).zip(back) {
                assert_eq!(order[place as usize], token, "{windows:?}");
            }
        }
    }

    #[test]
    fn a_shifted_grid_is_cut_as_a_rolled_one() {
        // Rows and columns rolled by one: 5 6 7 4 / 9 10 11 8 / 13 14 15 12 / 1 2 3 0.
        let expected = [5, 6, 9, 10, 7, 4, 11, 8, 13, 14, 1, 2, 15, 12, 3, 0];
        assert_eq!(SHIFTED.sources(), expected);
    }

    #[test]
    fn only_what_was_together_stays_together() {
        let apart = apart(&SHIFTED);
        let window = |number: usize| &apart[number * 16..][..16];
        assert!(window(0).iter().all(|&added| added == 0.0));
        // Left half and right half of the second window come from opposite sides.
        let halves = [0.0, APART, 0.0, APART, APART, 0.0, APART, 0.0];
        assert_eq!(&window(1)[..8], halves);
        assert_eq!(window(3).iter().filter(|&&added| added == 0.0).count(), 4);
    }

    #[test]
    fn padding_is_the_token_after_the_last() {
        let windows = Windows {
            grid: (1, 3),
            window: (2, 2),
            shift: 0,
        };
        assert_eq!(windows.sources(), [0, 1, 3, 3, 2, 3, 3, 3]);
    }
}
