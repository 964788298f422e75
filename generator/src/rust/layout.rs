//! Line breaks that depend on the length of registry values, placed where rustfmt's default style places them.
//!
//! Templates write the long form of every construct, one element a line. This pass joins what rustfmt would join and
//! splits what it would split. It moves white space and trailing commas only, never tokens, and leaves raw strings alone.

/// Width of a line.
const LINE: usize = 100;
/// rustfmt's `array_width`: a list of several elements no wider than this stands on one line.
const LIST: usize = 60;
/// rustfmt's `short_array_element_width_threshold`: literals no wider than this share lines.
const SHORT_ELEMENT: usize = 10;
/// rustfmt's `struct_lit_width`: fields no wider than this stand on the line of their struct.
const STRUCT: usize = 18;

/// Rust text with its line breaks as rustfmt's default style has them, and no blank line beside another.
#[must_use]
pub fn lay_out(text: &str) -> String {
    let mut laid_out = String::with_capacity(text.len() + 64);
    let mut lines: Vec<String> = Vec::with_capacity(64);
    let mut raw_end: Option<String> = None;
    let mut is_after_blank = true;
    for line in text.lines() {
        if let Some(end) = &raw_end {
            laid_out.push_str(line);
            laid_out.push('\n');
            if line.contains(end.as_str()) {
                raw_end = None;
            }
            continue;
        }
        let line = line.trim_end();
        if line.is_empty() && is_after_blank {
            continue;
        }
        is_after_blank = line.is_empty();
        raw_end = opened_raw_string(line);
        lines.push(line.to_owned());
        if raw_end.is_some() {
            // What is inside of a raw string joins with nothing before it.
            flush(&mut lines, &mut laid_out);
        } else {
            join_group(&mut lines);
        }
    }
    flush(&mut lines, &mut laid_out);
    laid_out
}

/// Moves finished lines to the text.
fn flush(lines: &mut Vec<String>, laid_out: &mut String) {
    for line in lines.drain(..) {
        let split = split_field(&line).or_else(|| split_use(&line));
        laid_out.push_str(split.as_deref().unwrap_or(&line));
        laid_out.push('\n');
    }
}

/// The end of a raw string that a line opens and does not close.
fn opened_raw_string(line: &str) -> Option<String> {
    let start = line.find("r#")?;
    let rest = line.get(start + 1..)?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let content = rest.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    if content.contains(&end) {
        None
    } else {
        Some(end)
    }
}

/// If the last line closes a list or a struct literal whose elements are one line each, joins the lines where rustfmt
/// would.
fn join_group(lines: &mut Vec<String>) {
    let Some(last) = lines.last() else { return };
    let closer = last.trim_start();
    let is_list = closer.starts_with(']');
    if !is_list && !closer.starts_with('}') {
        return;
    }
    let indent = last.len() - closer.len();
    let Some(open) = lines
        .iter()
        .rposition(|line| line.len() > indent && indent_of(line) == indent && !is_closer(line))
    else {
        return;
    };
    let Some((opener, elements)) = lines
        .get(open..lines.len() - 1)
        .and_then(<[String]>::split_first)
    else {
        return;
    };
    let opens = if is_list {
        opener.ends_with('[')
    } else {
        opens_struct(opener)
    };
    if !opens
        || !elements
            .iter()
            .all(|line| is_element(line, indent, is_list))
    {
        return;
    }
    let elements: Vec<&str> = elements
        .iter()
        .map(|line| line.trim_start().trim_end_matches(','))
        .collect();
    let content = elements.join(", ");
    let padding = if is_list || elements.is_empty() {
        ""
    } else {
        " "
    };
    let joined = format!("{opener}{padding}{content}{padding}{closer}");
    let fits = if !is_list {
        content.len() <= STRUCT
    } else if elements.len() > 1 {
        content.len() <= LIST
    } else {
        true
    };
    if fits && joined.chars().count() <= LINE {
        lines.truncate(open);
        lines.push(joined);
    } else if is_list && elements.iter().all(|element| is_short(element)) {
        let filled = fill(&elements, indent + 4);
        let closer = closer.to_owned();
        lines.truncate(open + 1);
        lines.extend(filled);
        lines.push(format!("{}{closer}", " ".repeat(indent)));
    } else if is_list && elements.len() == 1 && opener.starts_with("const ") {
        break_after_equals(lines, open, &content);
    }
}

/// Puts a list of one element on a line of its own below the constant it is the value of, if only that makes it fit.
fn break_after_equals(lines: &mut Vec<String>, open: usize, content: &str) {
    let Some((name, "&[")) = lines.get(open).and_then(|opener| opener.rsplit_once(' ')) else {
        return;
    };
    let value = format!("    &[{content}];");
    if value.chars().count() <= LINE {
        let name = name.to_owned();
        lines.truncate(open);
        lines.extend([name, value]);
    }
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_closer(line: &str) -> bool {
    line.trim_start().starts_with([']', '}', ')'])
}

/// A path or a type's name before a brace: a struct literal, and not a block or an item.
fn opens_struct(line: &str) -> bool {
    let is_name = |name: &str| {
        let last = name
            .rsplit(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next()
            .unwrap_or_default();
        last.starts_with(|c: char| c.is_uppercase())
    };
    let starts_item = ["struct ", "enum ", "impl ", "trait ", "union "]
        .iter()
        .any(|word| line.contains(word));
    !starts_item && !line.contains(" -> ") && line.strip_suffix(" {").is_some_and(is_name)
}

/// A whole element of a list, or a whole field of a struct literal, on a line of its own.
fn is_element(line: &str, indent: usize, is_list: bool) -> bool {
    let text = line.trim_start();
    let is_field = text
        .split_once(": ")
        .is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
    indent_of(line) == indent + 4
        && text.ends_with(',')
        && !is_closer(line)
        && !text.starts_with("//")
        && (is_list || is_field)
}

/// A short literal; rustfmt does not count paths and calls as simple.
fn is_short(element: &str) -> bool {
    element.chars().count() <= SHORT_ELEMENT
        && element.starts_with(|c: char| c == '"' || c.is_ascii_digit())
}

/// As many elements a line as fit.
fn fill(elements: &[&str], indent: usize) -> Vec<String> {
    let start = " ".repeat(indent);
    let mut lines: Vec<String> = Vec::new();
    for element in elements {
        match lines.last_mut() {
            Some(line) if line.chars().count() + element.chars().count() + 2 <= LINE => {
                line.push(' ');
                line.push_str(element);
                line.push(',');
            }
            _ => lines.push(format!("{start}{element},")),
        }
    }
    lines
}

/// The lines of an import of more names than fit on one: as many names a line as fit.
fn split_use(line: &str) -> Option<String> {
    // rustfmt leaves room for a comma and a brace.
    if line.chars().count() <= LINE - 2 {
        return None;
    }
    let (path, names) = line.strip_suffix("};")?.split_once('{')?;
    if !path.starts_with("use ") {
        return None;
    }
    let mut lines = vec![format!("{path}{{")];
    let mut filled = String::new();
    for name in names.split(", ") {
        if !filled.is_empty() && filled.len() + name.len() + " ,".len() > LINE {
            lines.push(std::mem::take(&mut filled));
        }
        let gap = if filled.is_empty() { "    " } else { " " };
        filled.push_str(&format!("{gap}{name},"));
    }
    lines.extend([filled, "};".to_owned()]);
    Some(lines.join("\n"))
}

/// The lines of a field that is too long for one: the value below its name, or the argument below its call.
fn split_field(line: &str) -> Option<String> {
    if line.chars().count() <= LINE {
        return None;
    }
    let indent = indent_of(line);
    let (name, value) = line.trim_start().split_once(": ")?;
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let (outer, inner) = (" ".repeat(indent), " ".repeat(indent + 4));
    if let Some((call, argument)) = value
        .strip_suffix("),")
        .and_then(|value| value.split_once("(\""))
    {
        return Some(format!(
            "{outer}{name}: {call}(\n{inner}\"{argument},\n{outer}),"
        ));
    }
    // A string that is too long moves nowhere: rustfmt leaves it, and what surrounds it, as they are.
    let is_path = value.ends_with(',') && !value.contains(['"', '(', '[', '{']);
    let below = format!("{inner}{value}");
    // There, rustfmt does not count the comma.
    (is_path && below.chars().count() <= LINE + 1).then(|| format!("{outer}{name}:\n{below}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constructs_get_the_breaks_of_rustfmt() {
        let wide = "w".repeat(90);
        let cases: &[(&str, &str)] = &[
            ("a: &[\n    1,\n    2,\n],", "a: &[1, 2],"),
            ("a: &[\n],", "a: &[],"),
            (
                "a: S {\n    reason: \"12345678\",\n},",
                "a: S { reason: \"12345678\" },",
            ),
            (
                "a: S {\n    reason: \"123456789\",\n},",
                "a: S {\n    reason: \"123456789\",\n},",
            ),
            (
                "a: S {\n    b: &[\n        1,\n    ],\n},",
                "a: S { b: &[1] },",
            ),
            ("fn a() {\n    b: c,\n}", "fn a() {\n    b: c,\n}"),
            ("struct A {\n    b: c,\n}", "struct A {\n    b: c,\n}"),
            (
                "a: &[\n    // why\n    1,\n],",
                "a: &[\n    // why\n    1,\n],",
            ),
            ("a\n\n\n\nb", "a\n\nb"),
            ("\n\na", "a"),
            (
                "a = r#\"[\n    1,\n\n\n]  \"#;\n\n\nb",
                "a = r#\"[\n    1,\n\n\n]  \"#;\n\nb",
            ),
            ("a = r#\"[\"#;\nb: &[\n    1,\n]", "a = r#\"[\"#;\nb: &[1]"),
        ];
        for (text, expected) in cases {
            assert_eq!(lay_out(text), format!("{expected}\n"), "{text}");
        }
        let long = format!("    a: Some(\"{wide}\"),");
        assert_eq!(
            lay_out(&long),
            format!("    a: Some(\n        \"{wide}\",\n    ),\n")
        );
        let long = format!("    family: &{wide},");
        assert_eq!(lay_out(&long), format!("    family:\n        &{wide},\n"));
        let long = format!("    a: \"{wide}{wide}\",");
        assert_eq!(lay_out(&long), format!("{long}\n"));
    }

    #[test]
    fn laying_out_twice_changes_nothing() {
        let text = "a: &[\n    \"b\",\n    \"c\",\n],\n\n\nd: S {\n    e: 1,\n},\n";
        let once = lay_out(text);
        assert_eq!(lay_out(&once), once);
    }
}
