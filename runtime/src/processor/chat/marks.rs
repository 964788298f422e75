//! The statement `generation`, with which transformers extends Jinja: it marks what the model says and changes no text.

/// The statement and its end, with conditions that always hold and change no text either.
const MARKS: [(&str, &str); 2] = [("generation", "if true"), ("endgeneration", "endif")];

/// A template whose marks are plain Jinja; the signs about white space around them stay.
pub(super) fn plain(template: &str) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{%") {
        text.push_str(before);
        text.push_str("{%");
        let Some((statement, after)) = after.split_once("%}") else {
            rest = after;
            continue;
        };
        let word = statement.trim_matches(|c: char| c.is_whitespace() || c == '-' || c == '+');
        match MARKS.iter().find(|(mark, _)| *mark == word) {
            Some((mark, condition)) => text.push_str(&statement.replacen(mark, condition, 1)),
            None => text.push_str(statement),
        }
        text.push_str("%}");
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_conditions_and_nothing_else_changes() {
        let check = |template: &str, expected: &str| assert_eq!(plain(template), expected);
        check(
            "{% generation %}{{ text }}{% endgeneration %}",
            "{% if true %}{{ text }}{% endif %}",
        );
        check(
            "{%- generation -%}x{%+ endgeneration %}",
            "{%- if true -%}x{%+ endif %}",
        );
        let others =
            "{% if generation %}generation{% endif %} {{ 'a' }} {% set generation = 1 %}{% open";
        check(others, others);
    }
}
