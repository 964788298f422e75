//! How series look: a colour, a marker and dashes for each platform, so that none of the three is needed to tell them apart.

use super::Marker;
use crate::catalog::Platform;

/// A colour by red, green and blue, on light and on dark ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// Name for style sheets.
    pub name: &'static str,
    /// On light ground and paper.
    pub light: (u8, u8, u8),
    /// On dark ground.
    pub dark: (u8, u8, u8),
}

impl Colour {
    /// As style sheets write it on light ground: `#RRGGBB`. Charts are drawn in this colour, and style sheets replace it.
    #[must_use]
    pub fn light_code(&self) -> String {
        code(self.light)
    }

    /// As style sheets write it on dark ground.
    #[must_use]
    pub fn dark_code(&self) -> String {
        code(self.dark)
    }
}

fn code((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

const fn colour(name: &'static str, light: (u8, u8, u8), dark: (u8, u8, u8)) -> Colour {
    Colour { name, light, dark }
}

/// Ground of pages and charts.
pub(super) const GROUND: Colour = colour("ground", (0xff, 0xff, 0xff), (0x14, 0x17, 0x1b));
/// Text.
pub(super) const INK: Colour = colour("ink", (0x1b, 0x1f, 0x24), (0xe8, 0xea, 0xed));
/// Text that matters less.
pub(super) const FAINT: Colour = colour("faint", (0x57, 0x60, 0x6a), (0xa3, 0xab, 0xb4));
/// Lines of grids.
pub(super) const GRID: Colour = colour("grid", (0xdf, 0xe3, 0xe8), (0x2f, 0x35, 0x3c));
/// What was predicted; style sheets hatch it.
const SIMULATED: Colour = colour("simulated", (0x6b, 0x6f, 0x76), (0x9a, 0xa0, 0xa8));

/// Every colour of charts and pages. Those of platforms follow Tol's schemes for all kinds of vision (Tol, Colour Schemes, SRON
/// technical note EPS/TN/09-002), darkened or lightened where the ground asks for it.
pub const PALETTE: [Colour; 12] = [
    GROUND,
    INK,
    FAINT,
    GRID,
    SIMULATED,
    colour("cpu", (0x00, 0x5f, 0xa8), (0x5a, 0xa9, 0xf0)),
    colour("cuda", (0x11, 0x77, 0x33), (0x5f, 0xc4, 0x7a)),
    colour("rocm", (0x88, 0x22, 0x55), (0xe0, 0x7f, 0xae)),
    colour("mps", (0x33, 0x22, 0x88), (0xa9, 0x9d, 0xf2)),
    colour("openvino", (0xc2, 0x4e, 0x00), (0xf0, 0x9a, 0x4b)),
    colour("webnn", (0xa1, 0x3c, 0x93), (0xd9, 0x8a, 0xd0)),
    colour("webgpu", (0x1f, 0x82, 0x78), (0x55, 0xc7, 0xba)),
];

/// How a line is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Dash {
    /// Not at all.
    Solid,
    /// Pixels drawn, and pixels left out.
    Broken(i32, i32),
}

/// How a series looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) struct Look {
    /// Colour of markers, lines and bars.
    pub(in crate::report) colour: Colour,
    /// Form of its points.
    pub(in crate::report) marker: Marker,
    /// Form of its lines.
    pub(in crate::report) dash: Dash,
}

impl Look {
    /// What was measured on a platform.
    pub(in crate::report) const fn of(platform: Platform) -> Self {
        let (place, marker, dash) = match platform {
            Platform::Cpu => (5, Marker::Circle, Dash::Solid),
            Platform::Cuda => (6, Marker::Square, Dash::Broken(8, 3)),
            Platform::Rocm => (7, Marker::Diamond, Dash::Broken(4, 3)),
            Platform::Mps => (8, Marker::Down, Dash::Broken(10, 5)),
            Platform::OpenVino => (9, Marker::Up, Dash::Broken(6, 3)),
            Platform::WebNn => (10, Marker::Plus, Dash::Broken(2, 3)),
            Platform::WebGpu => (11, Marker::Cross, Dash::Broken(3, 5)),
        };
        Self {
            colour: PALETTE[place],
            marker,
            dash,
        }
    }

    /// What was predicted.
    pub(in crate::report) const fn simulated() -> Self {
        Self {
            colour: SIMULATED,
            marker: Marker::Diamond,
            dash: Dash::Broken(3, 3),
        }
    }

    /// Roofs, guides and words.
    pub(in crate::report) const fn guide() -> Self {
        Self {
            colour: FAINT,
            marker: Marker::Circle,
            dash: Dash::Solid,
        }
    }

    /// One of several parts of the same thing, by its place.
    pub(in crate::report) const fn part(place: usize) -> Self {
        let looks = [
            Platform::Cpu,
            Platform::OpenVino,
            Platform::Cuda,
            Platform::WebNn,
            Platform::WebGpu,
            Platform::Rocm,
            Platform::Mps,
        ];
        Self::of(looks[place % looks.len()])
    }

    /// The same with another form of lines.
    pub(in crate::report) const fn dashed(self, dash: Dash) -> Self {
        Self { dash, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rgb = (u8, u8, u8);

    /// Relative luminance, as the Web Content Accessibility Guidelines 2.2 define it.
    fn luminance((red, green, blue): Rgb) -> f64 {
        let [red, green, blue] = linear((red, green, blue));
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn linear((red, green, blue): Rgb) -> [f64; 3] {
        [red, green, blue].map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    fn contrast(one: Rgb, two: Rgb) -> f64 {
        let (one, two) = (luminance(one) + 0.05, luminance(two) + 0.05);
        one.max(two) / one.min(two)
    }

    #[test]
    fn texts_and_marks_stand_out_from_their_ground() {
        for colour in PALETTE {
            // 4.5 for text, 3 for parts of pictures (success criteria 1.4.3 and 1.4.11); grids only guide the eye.
            let least = match colour.name {
                "ground" | "grid" => continue,
                "ink" | "faint" => 4.5,
                _ => 3.0,
            };
            for (ours, ground) in [(colour.light, GROUND.light), (colour.dark, GROUND.dark)] {
                let found = contrast(ours, ground);
                assert!(found >= least, "{}: {found:.2}", colour.name);
            }
        }
        assert!(contrast((255, 255, 255), (0, 0, 0)) > 20.9);
    }

    #[test]
    fn platforms_differ_in_more_than_colour() {
        let looks: Vec<_> = Platform::ALL
            .iter()
            .map(|platform| Look::of(*platform))
            .collect();
        for (place, one) in looks.iter().enumerate() {
            for other in &looks[place + 1..] {
                assert_ne!(one.colour, other.colour);
                assert_ne!(one.marker, other.marker);
                assert_ne!(one.dash, other.dash);
            }
        }
        for (platform, look) in Platform::ALL.iter().zip(looks) {
            assert_eq!(look.colour.name, platform.name());
        }
    }

    #[test]
    fn the_platforms_that_any_machine_has_differ_to_eyes_that_lack_a_cone() {
        // Viénot, Brettel, Mollon: Digital video colourmaps for checking the legibility of displays by dichromats (1999):
        // protanopia and deuteranopia, in linear RGB.
        let lacking = [
            [
                [0.112_38, 0.887_62, 0.0],
                [0.112_38, 0.887_62, 0.0],
                [0.004_01, -0.004_01, 1.0],
            ],
            [
                [0.292_75, 0.707_25, 0.0],
                [0.292_75, 0.707_25, 0.0],
                [-0.022_34, 0.022_34, 1.0],
            ],
        ];
        for matrix in lacking {
            let seen = |colour: Rgb| {
                let rgb = linear(colour);
                matrix.map(|row| {
                    let sum: f64 = row
                        .iter()
                        .zip(rgb)
                        .map(|(weight, part)| weight * part)
                        .sum();
                    sum.max(0.0).cbrt()
                })
            };
            let common = [
                Platform::Cpu,
                Platform::OpenVino,
                Platform::WebNn,
                Platform::Cuda,
            ];
            for (place, one) in common.iter().enumerate() {
                for other in &common[place + 1..] {
                    let shades: [fn(Colour) -> Rgb; 2] =
                        [|colour| colour.light, |colour| colour.dark];
                    for shade in shades {
                        let (a, b) = (
                            seen(shade(Look::of(*one).colour)),
                            seen(shade(Look::of(*other).colour)),
                        );
                        let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
                        let distance = squares.sum::<f64>().sqrt();
                        assert!(distance > 0.07, "{one} and {other}: {distance:.3}");
                    }
                }
            }
        }
    }
}
