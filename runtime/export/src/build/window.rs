//! Which token of a grid goes where: into windows, shifted or not, and back; into groups that are merged.
//!
//! Padding, rolling and cutting into windows are one selection of tokens each way, so that no shape is computed at run
//! time.

/// How a grid of tokens is cut into windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Windows {
    /// Rows and columns of the grid.
    pub(super) grid: (u64, u64),
    /// Rows and columns of a window.
    pub(super) window: (u64, u64),
    /// How many rows and columns the grid is rolled up and left before it is cut.
    pub(super) shift: u64,
}

impl Windows {
    /// Rows and columns of the grid after padding at the bottom and at the right.
    fn padded(&self) -> (u64, u64) {
        (
            self.grid.0.next_multiple_of(self.window.0),
            self.grid.1.next_multiple_of(self.window.1),
        )
    }

    /// Number of windows.
    pub(super) fn count(&self) -> u64 {
        let (rows, columns) = self.padded();
        (rows / self.window.0) * (columns / self.window.1)
    }

    /// Number of tokens in a window.
    pub(super) const fn tokens(&self) -> u64 {
        self.window.0 * self.window.1
    }

    /// Whether some places of the windows hold padding.
    pub(super) fn is_padded(&self) -> bool {
        self.padded() != self.grid
    }

    /// The place in the padded and rolled grid of every token of every window.
    fn places(&self) -> impl Iterator<Item = (u64, u64)> {
        let (rows, columns) = self.padded();
        let Self { window, .. } = *self;
        let across = columns / window.1;
        let place = move |index: u64| {
            let (number, token) = (index / (window.0 * window.1), index % (window.0 * window.1));
            let row = (number / across) * window.0 + token / window.1;
            let column = (number % across) * window.1 + token % window.1;
            (row, column)
        };
        (0..rows * columns).map(place)
    }

    /// For every token of every window its number in the grid; padding has the number after the last.
    pub(super) fn sources(&self) -> Vec<i64> {
        let (rows, columns) = self.padded();
        let source = |(row, column): (u64, u64)| {
            let (row, column) = ((row + self.shift) % rows, (column + self.shift) % columns);
            if row < self.grid.0 && column < self.grid.1 {
                (row * self.grid.1 + column) as i64
            } else {
                (self.grid.0 * self.grid.1) as i64
            }
        };
        self.places().map(source).collect()
    }

    /// For every token of the grid its number among the windows' tokens.
    pub(super) fn returns(&self) -> Vec<i64> {
        let tokens = (self.grid.0 * self.grid.1) as usize;
        let mut returns = vec![0; tokens];
        for (place, source) in self.sources().into_iter().enumerate() {
            if let Some(back) = returns.get_mut(source as usize) {
                *back = place as i64;
            }
        }
        returns
    }

    /// For every window and pair of its tokens whether both come from the same part of the rolled grid: `(windows,
    /// tokens, tokens)`.
    pub(super) fn together(&self) -> Vec<bool> {
        let (rows, columns) = self.padded();
        let part = |place: u64, side: u64, window: u64| {
            u64::from(place + window >= side) + u64::from(place + self.shift >= side)
        };
        let parts: Vec<_> = self
            .places()
            .map(|(row, column)| {
                (
                    part(row, rows, self.window.0),
                    part(column, columns, self.window.1),
                )
            })
            .collect();
        let windows = parts.chunks(self.tokens() as usize);
        windows
            .flat_map(|tokens| {
                let row = move |one| tokens.iter().map(move |other| *other == one);
                tokens.iter().copied().flat_map(row)
            })
            .collect()
    }

    /// For every pair of tokens of a square window the row of its relative position: `(query row - key row)` and
    /// columns, counted from the smallest.
    pub(super) fn relative_rows(side: u64) -> Vec<usize> {
        let tokens = side * side;
        let row = |pair: u64| {
            let (query, key) = (pair / tokens, pair % tokens);
            let rows = query / side + side - 1 - key / side;
            let columns = query % side + side - 1 - key % side;
            (rows * (2 * side - 1) + columns) as usize
        };
        (0..tokens * tokens).map(row).collect()
    }
}

/// The tokens of a grid by fours, each square's as `(0, 0), (1, 0), (0, 1), (1, 1)`; what lies beyond an odd side has the
/// number after the last.
pub(super) fn squares((rows, columns): (u64, u64)) -> Vec<i64> {
    let (down, across) = (rows.div_ceil(2), columns.div_ceil(2));
    let token = |index: u64| {
        let (square, corner) = (index / 4, index % 4);
        let row = 2 * (square / across) + corner % 2;
        let column = 2 * (square % across) + corner / 2;
        if row < rows && column < columns {
            (row * columns + column) as i64
        } else {
            (rows * columns) as i64
        }
    };
    (0..4 * down * across).map(token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_cut_row_by_row_and_put_back() {
        let windows = Windows {
            grid: (2, 4),
            window: (2, 2),
            shift: 0,
        };
        assert_eq!(windows.sources(), [0, 1, 4, 5, 2, 3, 6, 7]);
        assert_eq!(windows.returns(), [0, 1, 4, 5, 2, 3, 6, 7]);
        let rolled = Windows {
            grid: (3, 3),
            window: (2, 2),
            shift: 1,
        };
        // A padded row and column, then rolled: token 9 stands for padding.
        assert_eq!(
            rolled.sources(),
            [4, 5, 7, 8, 9, 3, 9, 6, 9, 9, 1, 2, 9, 9, 9, 0]
        );
        assert!(rolled.is_padded());
        let back = rolled.returns();
        let sources = rolled.sources();
        assert!((0..9).all(|token| sources[back[token] as usize] == token as i64));
    }

    #[test]
    fn tokens_that_were_rolled_around_are_apart() {
        let windows = Windows {
            grid: (4, 4),
            window: (2, 2),
            shift: 1,
        };
        let together = windows.together();
        assert_eq!(together.len(), 4 * 4 * 4);
        assert!(together[..16].iter().all(|together| *together));
        assert_eq!(
            &together[48..52],
            [true, false, false, false],
            "the last window's first token"
        );
    }

    #[test]
    fn relative_rows_count_from_the_smallest() {
        assert_eq!(
            Windows::relative_rows(2),
            [4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4]
        );
    }

    #[test]
    fn squares_go_down_first() {
        assert_eq!(squares((2, 4)), [0, 4, 1, 5, 2, 6, 3, 7]);
        assert_eq!(squares((1, 3)), [0, 3, 1, 3, 2, 3, 3, 3]);
    }
}
