//! Forms of points, around their middle in pixels.

/// Form of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Marker {
    /// A disc.
    Circle,
    /// A square on its side.
    Square,
    /// A square on its corner.
    Diamond,
    /// A triangle that points up.
    Up,
    /// A triangle that points down.
    Down,
    /// A plus sign.
    Plus,
    /// A cross.
    Cross,
}

impl Marker {
    /// Corners around the middle; a disc has none.
    pub(super) fn corners(self) -> Vec<(i32, i32)> {
        match self {
            Self::Circle => Vec::new(),
            Self::Square => vec![(-5, -5), (5, -5), (5, 5), (-5, 5)],
            Self::Diamond => vec![(0, -7), (7, 0), (0, 7), (-7, 0)],
            Self::Up => vec![(0, -7), (6, 5), (-6, 5)],
            Self::Down => vec![(0, 7), (6, -5), (-6, -5)],
            Self::Plus => {
                let (arm, half) = (6, 2);
                vec![
                    (-half, -arm),
                    (half, -arm),
                    (half, -half),
                    (arm, -half),
                    (arm, half),
                    (half, half),
                    (half, arm),
                    (-half, arm),
                    (-half, half),
                    (-arm, half),
                    (-arm, -half),
                    (-half, -half),
                ]
            }
            Self::Cross => {
                let (far, near) = (6, 4);
                let half = 2;
                vec![
                    (-near, -far),
                    (0, -half),
                    (near, -far),
                    (far, -near),
                    (half, 0),
                    (far, near),
                    (near, far),
                    (0, half),
                    (-near, far),
                    (-far, near),
                    (-half, 0),
                    (-far, -near),
                ]
            }
        }
    }
}
