//! Charts as data: what stands where, and how it looks. How it is drawn is the drawing's own affair. Nothing else names plotters.

mod draw;
mod look;
mod marker;
mod scale;

pub use look::{Colour, PALETTE};

pub(super) use draw::{svg, swatch};
pub(super) use look::{Dash, Look};
pub(super) use marker::Marker;
pub(super) use scale::Scale;

/// A chart: series over two scales.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
    /// What goes to the right.
    pub(super) x: Scale,
    /// What goes up.
    pub(super) y: Scale,
    /// What is drawn, later things above earlier ones.
    pub(super) series: Vec<Series>,
}

/// Shapes of one look; those with a name stand in the legend.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// Name in the legend; empty for what needs none.
    pub(super) name: String,
    /// Colour, marker and dashes.
    pub(super) look: Look,
    /// What is drawn.
    pub(super) shapes: Vec<Shape>,
}

/// A shape at places of the two scales.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// A marker.
    Point((f64, f64)),
    /// A faint dot: one sample of many.
    Dot((f64, f64)),
    /// A line through points.
    Line(Vec<(f64, f64)>),
    /// A line from one point to another with a stop at either end.
    Interval((f64, f64), (f64, f64)),
    /// A filled rectangle between two corners.
    Bar((f64, f64), (f64, f64)),
    /// Words beside a point.
    Label((f64, f64), String),
}

/// Width of a chart that stands beside another, in pixels.
const WIDTH: u32 = 560;
/// Width of a chart that takes the whole page, in pixels.
const WHOLE: u32 = 1120;
/// Height of a name's line in charts that list names, in pixels.
const LINE: usize = 30;
/// Height of what stands above and below the lines, in pixels.
const AROUND: usize = 84;

impl Chart {
    /// A chart with a line for each name.
    pub(super) fn listing(names: &[String], x: Scale) -> Self {
        Self {
            width: WIDTH,
            height: (names.len() * LINE + AROUND) as u32,
            x,
            y: Scale::names(names),
            series: Vec::new(),
        }
    }

    /// A chart of one figure over another.
    pub(super) const fn plotting(x: Scale, y: Scale) -> Self {
        Self {
            width: WIDTH,
            height: 330,
            x,
            y,
            series: Vec::new(),
        }
    }

    /// The same over the whole width of the page.
    pub(super) fn whole(mut self) -> Self {
        (self.width, self.height) = (WHOLE, 480);
        self
    }

    /// Whether it takes the whole width of the page.
    pub(super) const fn is_whole(&self) -> bool {
        self.width == WHOLE
    }

    /// Adds a shape to the series of that name and look, which is begun where there is none.
    pub(super) fn add(&mut self, name: &str, look: Look, shape: Shape) {
        let known = self
            .series
            .iter_mut()
            .find(|series| series.name == name && series.look == look);
        match known {
            Some(series) => series.shapes.push(shape),
            None => self.series.push(Series {
                name: name.to_owned(),
                look,
                shapes: vec![shape],
            }),
        }
    }
}
