//! A table for people: the cosine similarity of every pair of arguments.

/// A line and a column for each of the first `count` arguments; `cosine` gives that of two by their places.
pub(super) fn of(
    arguments: &[String],
    count: usize,
    cosine: impl Fn(usize, usize) -> f32,
) -> String {
    let texts = &arguments[..count.min(arguments.len())];
    let mut table = String::from("cosine similarity\n");
    let width = texts
        .iter()
        .map(|text| text.chars().count())
        .max()
        .unwrap_or(0)
        .min(48);
    table.push_str(&format!("{:>4}  {:width$}", "", ""));
    for column in 1..=texts.len() {
        table.push_str(&format!("  {column:>6}"));
    }
    table.push('\n');
    for (row, text) in texts.iter().enumerate() {
        let label = shorten(text, width);
        table.push_str(&format!("{:>4}  {label:width$}", row + 1));
        for column in 0..texts.len() {
            table.push_str(&format!("  {:>6.3}", cosine(row, column)));
        }
        table.push('\n');
    }
    table
}

/// The text on one line, cut to `width` characters.
fn shorten(text: &str, width: usize) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.chars().count() <= width {
        return line;
    }
    line.chars()
        .take(width.saturating_sub(1))
        .chain(['…'])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn every_pair_has_its_place() {
        let arguments = ["a dog", "bark.wav"].map(str::to_owned);
        let cosines = [[1.0, 0.25], [0.25, 1.0]];
        assert_eq!(
            of(&arguments, 2, |row, column| cosines[row][column]),
            "cosine similarity\n                     1       2\n   1  a dog      1.000   0.250\n   2  bark.wav   0.250   \
             1.000\n"
        );
    }
}
