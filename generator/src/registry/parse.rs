//! The only module that names `saphyr_parser`: YAML text → a tree with marks, with every fault on the way.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::fault::FaultKind;
use super::scalar;
use super::tree::{KeyPath, Mark, Node, Pair, Step, Value};

/// Deepest nesting that is read; a registry file needs five levels, a synthetic configuration a few more.
pub(super) const LEVELS: usize = 32;

/// Most keys of one mapping: a synthetic configuration may name the thousand classes of `ImageNet`.
const KEYS: usize = 4096;

/// A fault at its place and key path, without the file.
pub(super) type Found = (Mark, String, FaultKind);

/// Reads one YAML document; `None` where there is none or the parser gave up.
///
/// Anchors and aliases are refused, so that no file grows in memory beyond a multiple of its size.
pub(super) fn parse(text: &str, faults: &mut Vec<Found>) -> Option<Node> {
    let mut tree = Builder {
        open: Vec::new(),
        root: None,
        faults,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                if !tree.take(event, mark(&span.start)) {
                    return tree.root;
                }
            }
            Err(error) => {
                let cause = error.info().to_owned();
                tree.fault(mark(error.marker()), FaultKind::Syntax { cause });
                return None;
            }
        }
    }
    tree.root
}

fn mark(marker: &Marker) -> Mark {
    Mark {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

/// The tree under construction.
struct Builder<'f> {
    open: Vec<Open>,
    root: Option<Node>,
    faults: &'f mut Vec<Found>,
}

/// A collection that has begun and not ended.
struct Open {
    mark: Mark,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        pairs: Vec<Pair>,
        key: Option<(String, Mark)>,
        is_full: bool,
    },
}

impl Builder<'_> {
    /// Takes the parser's next event; `false` where there is no point in going on.
    fn take(&mut self, event: Event<'_>, mark: Mark) -> bool {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => true,
            Event::DocumentStart(_) => {
                let is_first = self.root.is_none();
                if !is_first {
                    self.fault(mark, FaultKind::SecondDocument);
                }
                is_first
            }
            Event::Alias(_) => {
                self.fault(mark, FaultKind::Anchor);
                self.put(Node {
                    mark,
                    value: Value::Broken,
                });
                true
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(mark, &text, style);
                self.refuse(mark, anchor, tag.as_deref());
                self.put(Node { mark, value });
                true
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(mark, anchor, tag.as_deref(), Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => self.begin(
                mark,
                anchor,
                tag.as_deref(),
                Content::Map {
                    pairs: Vec::new(),
                    key: None,
                    is_full: false,
                },
            ),
            Event::SequenceEnd | Event::MappingEnd => {
                self.end();
                true
            }
        }
    }

    fn scalar(&mut self, mark: Mark, text: &str, style: ScalarStyle) -> Value {
        if style != ScalarStyle::Plain {
            return Value::Text(text.to_owned());
        }
        scalar::resolve(text).unwrap_or_else(|| {
            self.fault(
                mark,
                FaultKind::NotFinite {
                    found: text.to_owned(),
                },
            );
            Value::Broken
        })
    }

    fn refuse(&mut self, mark: Mark, anchor: usize, tag: Option<&Tag>) {
        if anchor != 0 {
            self.fault(mark, FaultKind::Anchor);
        }
        if let Some(tag) = tag {
            self.fault(
                mark,
                FaultKind::Tag {
                    found: tag_text(tag),
                },
            );
        }
    }

    fn begin(&mut self, mark: Mark, anchor: usize, tag: Option<&Tag>, content: Content) -> bool {
        self.refuse(mark, anchor, tag);
        if self.open.len() == LEVELS {
            self.fault(mark, FaultKind::TooDeep { allowed: LEVELS });
            self.root = None;
            return false;
        }
        self.open.push(Open { mark, content });
        true
    }

    fn end(&mut self) {
        let Some(Open { mark, content }) = self.open.pop() else {
            return;
        };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map { pairs, .. } => {
                self.report_duplicates(&pairs);
                Value::Map(pairs)
            }
        };
        self.put(Node { mark, value });
    }

    /// Puts a finished node where it belongs: an element, a key, a value, or the root.
    fn put(&mut self, node: Node) {
        let Some(Open { content, .. }) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match content {
            Content::List(items) => items.push(node),
            Content::Map {
                pairs,
                key,
                is_full,
            } => match key.take() {
                Some((name, mark)) if pairs.len() < KEYS => pairs.push(Pair {
                    key: name,
                    mark,
                    value: node,
                }),
                Some((_, mark)) => {
                    if !std::mem::replace(is_full, true) {
                        let allowed = format!("up to {KEYS}");
                        let found = KEYS + 1;
                        let unit = "keys or more";
                        self.fault(
                            mark,
                            FaultKind::WrongLength {
                                found,
                                unit,
                                allowed,
                            },
                        );
                    }
                }
                None => {
                    let name = scalar::key(&node.value);
                    *key = Some((name.clone().unwrap_or_default(), node.mark));
                    if name.is_none() {
                        let found = scalar::kind(&node.value).to_owned();
                        self.fault(node.mark, FaultKind::KeyNotText { found });
                    }
                }
            },
        }
    }

    fn report_duplicates(&mut self, pairs: &[Pair]) {
        let mut first = BTreeMap::new();
        for pair in pairs {
            match first.get(pair.key.as_str()) {
                None => {
                    first.insert(pair.key.as_str(), pair.mark.line);
                }
                Some(line) => {
                    let kind = FaultKind::DuplicateKey { first: *line };
                    let path = self.path(Some(&pair.key));
                    self.faults.push((pair.mark, path, kind));
                }
            }
        }
    }

    fn fault(&mut self, mark: Mark, kind: FaultKind) {
        let path = self.path(None);
        self.faults.push((mark, path, kind));
    }

    /// The path of keys to the place where the parser stands, or to a key below it.
    fn path(&self, below: Option<&str>) -> String {
        let steps = self.open.iter().filter_map(|open| match &open.content {
            Content::List(items) => Some(Step::Index(items.len())),
            Content::Map { key, .. } => key.as_ref().map(|(name, _)| Step::Key(name)),
        });
        let steps: Vec<Step<'_>> = steps.chain(below.map(Step::Key)).collect();
        KeyPath(&steps).to_string()
    }
}

/// A tag as a file writes it.
fn tag_text(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        tag.to_string()
    }
}
