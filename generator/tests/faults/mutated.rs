//! Sound files with something random done to them: never a panic, and never a value that the check lets through and
//! the types refuse.

use generator::registry::{FaultKind, Platform};

use crate::fixture::{FAMILY, MODEL, load, platform};

/// What is put in place of words or between them.
const SNIPPETS: &[&str] = &[
    "null",
    "~",
    "-1",
    "0",
    "1e400",
    "1.5",
    ".nan",
    "true",
    "[]",
    "{}",
    "[a, b]",
    "{a: b}",
    "&a x",
    "*a",
    "\t",
    ":",
    ": ",
    "#",
    "'",
    "\"",
    "\u{0}",
    "é",
    "\u{202e}",
    "!!int 3",
    "? ",
    "- ",
    "|",
    ">",
    "%",
    "@",
    "`",
    "---",
    "...",
    "<<: x",
    "\r",
    "\u{feff}",
    "0x10",
    "1_000",
    "18446744073709551616",
];

/// What a vision transformer reads of a configuration besides.
const IMAGE_KEYS: &str =
    "      hidden_act: gelu\n      image_size: 32\n      patch_size: 8\n      num_channels: 3\n";

/// Numbers by Marsaglia's xorshift (2003), so that a failure repeats.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

fn mutated(text: &str, numbers: &mut Numbers) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=numbers.below(3) {
        let line = numbers.below(lines.len());
        let snippet = SNIPPETS[numbers.below(SNIPPETS.len())];
        match numbers.below(6) {
            0 => drop(lines.remove(line)),
            1 => lines.insert(line, lines[line].clone()),
            2 => lines[line] = format!("  {}", lines[line]),
            3 => lines[line].retain(|c| c != ' '),
            4 => {
                let key = lines[line]
                    .split(": ")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                lines[line] = format!("{key}: {snippet}");
            }
            _ => {
                let at = lines[line].char_indices().map(|(at, _)| at);
                let at = at.collect::<Vec<_>>();
                let at = if at.is_empty() {
                    0
                } else {
                    at[numbers.below(at.len())]
                };
                lines[line].insert_str(at, snippet);
            }
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
    }
    lines.join("\n")
}

#[test]
fn the_check_is_as_strict_as_the_types() {
    let family = format!("{FAMILY}{MODEL}");
    let vision = family
        .replace("text-encoder: {", "vision-transformer: {")
        .replace(
            "  synthetic:
",
            "  synthetic:
    preprocessor: {do_resize: true}
",
        )
        .replace(
            "      hidden_act: gelu
",
            IMAGE_KEYS,
        );
    assert!(load(&[("families/alpha.yaml", &vision)]).is_ok());
    let webnn = platform(Platform::WebNn);
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut faulty = 0;
    for round in 0..900 {
        let (path, sound) = match round % 3 {
            0 => ("families/alpha.yaml", &family),
            1 => ("families/alpha.yaml", &vision),
            _ => ("platforms/webnn.yaml", &webnn),
        };
        let text = mutated(sound, &mut numbers);
        let Err(faults) = load(&[(path, &text)]) else {
            continue;
        };
        faulty += 1;
        let lines = text.lines().count() + 1;
        for fault in faults.all() {
            assert!(
                !matches!(fault.kind, FaultKind::Untyped { .. }),
                "{fault}\n{text}"
            );
            assert!(
                (1..=lines).contains(&fault.mark.line) && fault.mark.column > 0,
                "{fault}\n{text}"
            );
        }
    }
    assert!(faulty > 300, "most mutations are noticed: {faulty} of 900");
}
