//! Values of flags: sizes, shares and times as people write them.

/// `640x480`.
pub(in crate::cli) fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once(['x', '×']);
    let sides = sides.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    sides.ok_or_else(|| "expected a width and a height in pixels, such as 640x480".to_owned())
}

/// `2%`, or `2`.
pub(in crate::cli) fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse();
    number.map_err(|_| "expected a number of percent, such as 2%".to_owned())
}

/// `30s`, `2m`, `500ms`, or `30`.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let units = [
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("", 1.0),
    ];
    let found = units.iter().find_map(|(unit, seconds)| {
        let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        Some(number * seconds)
    });
    found.ok_or_else(|| "expected a time, such as 500ms, 30s or 2m".to_owned())
}
