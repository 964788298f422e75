//! Places in a picture, in its own pixels.

use std::str::FromStr;

/// A rectangle in a picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bounds {
    /// Distance of the left side.
    pub left: f32,
    /// Distance of the upper side.
    pub top: f32,
    /// Distance of the right side.
    pub right: f32,
    /// Distance of the lower side.
    pub bottom: f32,
}

/// A point in a picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PromptPoint {
    /// Distance from the left side.
    pub x: f32,
    /// Distance from the upper side.
    pub y: f32,
    /// Whether it lies on the object that is asked for, or beside it.
    pub is_on_object: bool,
}

impl FromStr for Bounds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match numbers(text)?.as_slice() {
            &[left, top, right, bottom] if left < right && top < bottom => Ok(Self {
                left,
                top,
                right,
                bottom,
            }),
            _ => Err("expected left,top,right,bottom in pixels".to_owned()),
        }
    }
}

impl FromStr for PromptPoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (place, is_on_object) = match text.strip_prefix('!') {
            Some(place) => (place, false),
            None => (text, true),
        };
        match numbers(place)?.as_slice() {
            &[x, y] => Ok(Self { x, y, is_on_object }),
            _ => Err("expected x,y in pixels, with ! before a point beside the object".to_owned()),
        }
    }
}

fn numbers(text: &str) -> Result<Vec<f32>, String> {
    let number = |part: &str| {
        let number = part.trim().parse::<f32>().ok();
        number
            .filter(|number| number.is_finite())
            .ok_or_else(|| format!("`{part}` is no number"))
    };
    text.split(',').map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_the_command_line_spells_them() {
        let point = |x, y, is_on_object| Ok(PromptPoint { x, y, is_on_object });
        assert_eq!("25, 24".parse(), point(25.0, 24.0, true));
        assert_eq!("!3,4.5".parse(), point(3.0, 4.5, false));
        assert!("1".parse::<PromptPoint>().is_err());
        assert!("1,nan".parse::<PromptPoint>().is_err());
        let bounds = "1,2,3,4".parse::<Bounds>().unwrap();
        assert_eq!((bounds.left, bounds.bottom), (1.0, 4.0));
        assert!("3,2,1,4".parse::<Bounds>().is_err());
    }
}
