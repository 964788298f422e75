//! Charts as SVG.
//!
//! Colours are those of light ground; style sheets replace them by name, so that the same picture is read on dark ground too.

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::coord::types::RangedCoordi32;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::look::{FAINT, GRID, INK};
use super::{Chart, Colour, Dash, Look, Marker, Scale, Series, Shape};

/// Size of texts; the picture shows it as 12 pixels.
const TEXT: i32 = 15;
/// Pixels between neighbouring things.
const GAP: u32 = 12;
/// Width and height of a legend's swatch in pixels.
const SWATCH: (u32, u32) = (34, 16);

type Area<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<Scale, Scale>>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// The chart as an SVG element with a name and a description for those who do not see it; `None` where it cannot be drawn.
pub(in crate::report) fn svg(chart: &Chart, id: &str, title: &str) -> Option<String> {
    let mut text = String::new();
    {
        let root =
            SVGBackend::with_string(&mut text, (chart.width, chart.height)).into_drawing_area();
        draw(chart, &root).ok()?;
        root.present().ok()?;
    }
    let (_, rest) = text.split_once('>')?;
    Some(format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}\">\n\
         <title id=\"{id}\">{title}</title>{rest}",
        width = chart.width,
        height = chart.height,
        title = super::super::format::escaped(title),
    ))
}

/// The sign of a series in a legend.
pub(in crate::report) fn swatch(series: &Series) -> Option<String> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, SWATCH).into_drawing_area();
        let (right, middle) = (SWATCH.0 as i32, SWATCH.1 as i32 / 2);
        let area = root.apply_coord_spec(Cartesian2d::<RangedCoordi32, RangedCoordi32>::new(
            0..right,
            0..SWATCH.1 as i32,
            (0..right, 0..SWATCH.1 as i32),
        ));
        let look = series.look;
        let has = |is_wanted: fn(&Shape) -> bool| series.shapes.iter().any(is_wanted);
        if has(|shape| matches!(shape, Shape::Bar(..))) {
            let bar = Rectangle::new([(4, 2), (30, 14)], paint(look.colour).filled());
            area.draw(&bar).ok()?;
        }
        if has(|shape| matches!(shape, Shape::Line(_) | Shape::Interval(..))) {
            for (from, to) in pieces(look.dash, 0, right) {
                let line = [(from, middle), (to, middle)];
                area.draw(&PathElement::new(line, paint(look.colour).stroke_width(2)))
                    .ok()?;
            }
        }
        if has(|shape| matches!(shape, Shape::Point(_))) {
            let at = EmptyElement::at((right / 2, middle));
            match look.marker {
                Marker::Circle => area.draw(&(at + disc(look, 5))).ok()?,
                marker => area.draw(&(at + form(marker, look))).ok()?,
            }
        }
        root.present().ok()?;
    }
    let (_, rest) = text.split_once('>')?;
    Some(format!(
        "<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" aria-hidden=\"true\">{rest}",
        SWATCH.0, SWATCH.1, SWATCH.0, SWATCH.1
    ))
}

fn draw<'a>(chart: &Chart, root: &DrawingArea<SVGBackend<'a>, Shift>) -> Drawn<'a> {
    let left = chart.y.widest() + GAP;
    let above = if chart.y.label.is_empty() { GAP } else { 30 };
    let mut context = ChartBuilder::on(root)
        .margin_top(above)
        .margin_right(2 * GAP)
        .margin_left(GAP / 2)
        .margin_bottom(GAP / 2)
        .x_label_area_size(44)
        .y_label_area_size(left)
        .build_cartesian_2d(chart.x.clone(), chart.y.clone())?;
    let ink = words(INK);
    let (right, up) = (
        |value: &f64| chart.x.format_ext(value),
        |value: &f64| chart.y.format_ext(value),
    );
    let mut mesh = context.configure_mesh();
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(paint(GRID).stroke_width(1))
        .axis_style(paint(FAINT).stroke_width(1))
        .label_style(ink.clone())
        .x_labels(chart.x.tick_count())
        .y_labels(chart.y.tick_count())
        .x_label_formatter(&right)
        .y_label_formatter(&up)
        .x_desc(chart.x.label.clone())
        .axis_desc_style(ink.clone());
    if chart.y.is_names() {
        mesh.disable_y_mesh();
    }
    mesh.draw()?;
    if !chart.y.label.is_empty() {
        // Words beside the axis would have to be read with the head turned.
        let place = (GAP as i32, 6);
        root.draw(&Text::new(chart.y.label.clone(), place, ink))?;
    }
    let area = context.plotting_area();
    let mut taken = places(chart, area);
    for series in &chart.series {
        for shape in &series.shapes {
            match shape {
                Shape::Label(at, text) => {
                    let at = area.map_coordinate(at);
                    let place = free(at, text, &mut taken);
                    let style = words(series.look.colour).pos(Pos::new(HPos::Left, VPos::Center));
                    root.draw(&Text::new(text.clone(), place, style))?;
                }
                _ => draw_shape(shape, series.look, area, chart)?,
            }
        }
    }
    Ok(())
}

fn draw_shape<'a>(shape: &Shape, look: Look, area: &Area<'a>, chart: &Chart) -> Drawn<'a> {
    let stroke = paint(look.colour).stroke_width(2);
    match shape {
        Shape::Point(at) => {
            let at = EmptyElement::at(*at);
            match look.marker {
                Marker::Circle => area.draw(&(at + disc(look, 5))),
                marker => area.draw(&(at + form(marker, look))),
            }
        }
        Shape::Dot(at) => {
            let faint = paint(look.colour).mix(0.35);
            area.draw(&Circle::new(*at, 2, faint.filled()))
        }
        Shape::Line(through) => match look.dash {
            Dash::Solid => area.draw(&PathElement::new(through.clone(), stroke)),
            Dash::Broken(drawn, left_out) => area.draw(&DashedPathElement::new(
                through.clone(),
                drawn,
                left_out,
                stroke,
            )),
        },
        Shape::Interval(from, to) => {
            area.draw(&PathElement::new(vec![*from, *to], stroke))?;
            // A level line stops with upright ends, any other with level ones.
            let is_level = (from.1 - to.1).abs() < f64::EPSILON;
            let end = if is_level { (0, 5) } else { (5, 0) };
            for at in [from, to] {
                let stop = PathElement::new(vec![(-end.0, -end.1), end], stroke);
                area.draw(&(EmptyElement::at(*at) + stop))?;
            }
            Ok(())
        }
        Shape::Bar(from, to) => {
            let (from, to) = (inside(*from, chart), inside(*to, chart));
            area.draw(&Rectangle::new([from, to], paint(look.colour).filled()))
        }
        // Where words go depends on what else is there.
        Shape::Label(..) => Ok(()),
    }
}

/// A rectangle of pixels: left, top, right and bottom.
type Box = (i32, i32, i32, i32);

/// What markers and lines take.
fn places(chart: &Chart, area: &Area<'_>) -> Vec<Box> {
    let mut taken = Vec::new();
    for shape in chart.series.iter().flat_map(|series| &series.shapes) {
        match shape {
            Shape::Point(at) => {
                let (x, y) = area.map_coordinate(at);
                taken.push((x - 6, y - 6, x + 6, y + 6));
            }
            Shape::Interval(from, to) => {
                let (from, to) = (area.map_coordinate(from), area.map_coordinate(to));
                taken.push((
                    from.0.min(to.0),
                    from.1.min(to.1) - 3,
                    from.0.max(to.0),
                    from.1.max(to.1) + 3,
                ));
            }
            Shape::Line(through) => {
                let through: Vec<_> = through.iter().map(|at| area.map_coordinate(at)).collect();
                // Level pieces take room; others words may cross.
                let level = through.windows(2).filter(|ends| ends[0].1 == ends[1].1);
                taken
                    .extend(level.map(|ends| (ends[0].0, ends[0].1 - 2, ends[1].0, ends[1].1 + 2)));
            }
            _ => {}
        }
    }
    taken
}

/// Where words can stand near a point: the nearest place that nothing else takes, which they take then.
fn free(at: (i32, i32), text: &str, taken: &mut Vec<Box>) -> (i32, i32) {
    let (width, half) = (super::scale::pixels(text) as i32, TEXT / 2);
    let mut best = None;
    for distance in [8, 14, 22, 30, 40, 52] {
        let (left, right) = (-distance - width, distance);
        let around = [
            (right, -distance),
            (right, distance),
            (left, -distance),
            (left, distance),
            (-width / 2, -distance - half),
            (-width / 2, distance + half),
        ];
        for (right, down) in around {
            let (x, y) = (at.0 + right, at.1 + down);
            let place = (x, y - half, x + width, y + half);
            let is_free = taken.iter().all(|other| {
                place.2 <= other.0 || other.2 <= place.0 || place.3 <= other.1 || other.3 <= place.1
            });
            if is_free {
                taken.push(place);
                return (x, y);
            }
            best.get_or_insert((x, y));
        }
    }
    best.unwrap_or(at)
}

fn inside(at: (f64, f64), chart: &Chart) -> (f64, f64) {
    (chart.x.within(at.0), chart.y.within(at.1))
}

fn disc(look: Look, radius: i32) -> Circle<(i32, i32), i32> {
    Circle::new((0, 0), radius, paint(look.colour).filled())
}

fn form(marker: Marker, look: Look) -> Polygon<(i32, i32)> {
    Polygon::new(marker.corners(), paint(look.colour).filled())
}

/// The pieces of a line that are drawn, along one axis.
fn pieces(dash: Dash, from: i32, to: i32) -> Vec<(i32, i32)> {
    match dash {
        Dash::Solid => vec![(from, to)],
        Dash::Broken(drawn, left_out) => {
            let starts = (from..to).step_by((drawn + left_out).max(1) as usize);
            starts
                .map(|start| (start, (start + drawn).min(to)))
                .collect()
        }
    }
}

fn paint(colour: Colour) -> RGBColor {
    let (red, green, blue) = colour.light;
    RGBColor(red, green, blue)
}

fn words(colour: Colour) -> TextStyle<'static> {
    ("sans-serif", TEXT).into_font().color(&paint(colour))
}
