//! Shapes of all values of a graph from the shapes of its inputs, by the rules of the standard operators
//! (<https://onnx.ai/onnx/operators/>). What cannot be known is unknown, with the first node to blame; nothing is guessed.

mod arithmetic;
mod broadcast;
mod call;
mod elementwise;
mod inputs;
mod layout;
mod made;
mod operators;
mod parts;
mod pick;
mod products;
mod reduce;
mod resize;
mod windows;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use inputs::{Given, Givens};

use self::call::{Call, Stop};
use crate::error::ExportError;
use crate::outline::{ElementType, Graph, Node, Numbers, Outline, Stored, countable};

/// The most axes of a tensor that are followed; real ones have up to eight.
const MOST_AXES: usize = 64;

/// The most elements of all values together that are computed, so that a file's nodes alone decide about memory.
const MOST_NUMBERS_IN_ALL: usize = 1 << 24;

/// Elements that data decides about and a caller knows, such as a number of frames, by the value's name.
pub type Decided = BTreeMap<String, Numbers>;

/// What is known of a value, or why nothing is.
pub type Fact = Result<Arc<Known>, Arc<Unknown>>;

/// A value whose shape is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// What its elements are.
    pub element: ElementType,
    /// Size of each axis.
    pub shape: Vec<u64>,
    /// Its elements, where they are few and follow from shapes and constants.
    pub numbers: Option<Numbers>,
    /// Whether the model's file holds it: a weight or a constant.
    pub is_stored: bool,
}

/// Why a shape is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The first node to blame.
    pub culprit: String,
    /// That node's operator.
    pub operator: String,
    /// What stands in the way.
    pub reason: String,
}

/// A value as a node reads or gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand<'o> {
    /// Its name.
    pub name: &'o str,
    /// What is known of it.
    pub fact: Fact,
}

/// One node with what is known of its operands.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<'o> {
    /// The node.
    pub node: &'o Node,
    /// What it reads; `None` for operands that are left out.
    pub inputs: Vec<Option<Operand<'o>>>,
    /// What it gives; `None` for values that nobody wants.
    pub outputs: Vec<Option<Operand<'o>>>,
    /// The branch that an `If` takes, or both where that is not known.
    pub branches: Vec<Branch<'o>>,
}

/// A branch of an `If`.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch<'o> {
    /// `then_branch` or `else_branch`.
    pub name: &'static str,
    /// Whether it is known to be taken.
    pub is_taken: bool,
    /// Its nodes in the order of execution.
    pub steps: Vec<Step<'o>>,
}

/// A graph with what is known of its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Propagation<'o> {
    /// The graph's inputs.
    pub inputs: Vec<Operand<'o>>,
    /// The graph's outputs.
    pub outputs: Vec<Operand<'o>>,
    /// Its nodes in the order of execution.
    pub steps: Vec<Step<'o>>,
}

impl Known {
    fn new(element: ElementType, shape: Vec<u64>) -> Self {
        Self {
            element,
            shape,
            numbers: None,
            is_stored: false,
        }
    }

    fn with(mut self, numbers: Option<Numbers>) -> Self {
        self.numbers = numbers;
        self
    }

    /// The same with elements that a caller says it has.
    fn decided(&self, numbers: &Numbers) -> Result<Self, String> {
        let is_typed = match numbers {
            Numbers::Integers(_) => self.element.is_integer(),
            Numbers::Floats(_) => self.element.is_float(),
        };
        if numbers.len() as u64 == self.count() && is_typed {
            return Ok(self.clone().with(Some(numbers.clone())));
        }
        let count = numbers.len();
        Err(format!(
            "{count} elements are given for {:?} of {}",
            self.shape, self.element
        ))
    }

    /// Number of elements.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Size in bytes; 0 for texts, whose size varies.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (self.count() * self.element.bits()).div_ceil(8)
    }

    /// Whether it is a tensor that can be: not too many axes, and bits that 64 bits can count.
    fn is_countable(&self) -> bool {
        self.shape.len() <= MOST_AXES && countable(&self.shape, self.element).is_some()
    }
}

impl From<&Stored> for Known {
    fn from(stored: &Stored) -> Self {
        Self {
            element: stored.element,
            shape: stored.shape.clone(),
            numbers: stored.numbers.clone(),
            is_stored: true,
        }
    }
}

impl Outline {
    /// The shapes of all values, given those of the inputs. What an `If` does is known where its condition follows from
    /// shapes, or from numbers given for an input.
    ///
    /// # Errors
    /// An input that is not given, is unknown, or has a shape that the graph does not take.
    pub fn propagate(&self, given: &Givens) -> Result<Propagation<'_>, ExportError> {
        self.propagate_deciding(given, &Decided::new())
    }

    /// The same where data decides about shapes, and the caller knows how: the elements of such values, by their names.
    ///
    /// # Errors
    /// Those of [`Self::propagate`], or elements of a value that no node gives.
    pub fn propagate_deciding(
        &self,
        given: &Givens,
        decided: &Decided,
    ) -> Result<Propagation<'_>, ExportError> {
        let given_by_nodes = |name: &&String| {
            let mut nodes = self.graph.nodes.iter();
            nodes.any(|node| node.outputs.contains(name))
        };
        if let Some(unknown) = decided.keys().find(|name| !given_by_nodes(name)) {
            return Err(ExportError::InputShape {
                input: unknown.clone(),
                reason: "no node gives it, so nothing can be decided of it".to_owned(),
            });
        }
        let inputs = inputs::checked(&self.graph, given)?;
        let mut walk = Walk {
            opset: self.opset,
            scopes: vec![HashMap::new()],
            numbers_left: MOST_NUMBERS_IN_ALL,
            decided,
        };
        for input in &inputs {
            walk.learn(input.name, input.fact.clone());
        }
        let (steps, outputs) = walk.graph(&self.graph);
        Ok(Propagation {
            inputs,
            outputs,
            steps,
        })
    }
}

/// A walk through a graph: what is known of its values so far.
struct Walk<'o, 'd> {
    opset: i64,
    /// Elements that data decides about and the caller knows.
    decided: &'d Decided,
    /// The graph's values, and those of the branches that the walk is in.
    scopes: Vec<HashMap<&'o str, Fact>>,
    /// How many elements may still be computed.
    numbers_left: usize,
}

impl<'o> Walk<'o, '_> {
    fn learn(&mut self, name: &'o str, fact: Fact) {
        if let Some(innermost) = self.scopes.last_mut() {
            innermost.insert(name, fact);
        }
    }

    fn find(&self, name: &'o str, reader: &str, operator: &str) -> Operand<'o> {
        let found = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        let fact = found.cloned().unwrap_or_else(|| {
            let reason = format!("nothing before it gives `{name}`");
            Err(unknown(reader, operator, reason))
        });
        Operand { name, fact }
    }

    fn graph(&mut self, graph: &'o Graph) -> (Vec<Step<'o>>, Vec<Operand<'o>>) {
        for (name, stored) in &graph.stored {
            self.learn(name, checked(stored.into(), name, "tensor"));
        }
        let steps = graph.nodes.iter().map(|node| self.step(node)).collect();
        let outputs = graph.outputs.iter();
        let outputs = outputs.map(|output| self.find(&output.name, &output.name, "output"));
        (steps, outputs.collect())
    }

    fn step(&mut self, node: &'o Node) -> Step<'o> {
        let operand = |name: &'o String| {
            (!name.is_empty()).then(|| self.find(name, node.label(), &node.operator))
        };
        let inputs: Vec<_> = node.inputs.iter().map(operand).collect();
        let (facts, branches) = if node.operator == "If" && node.domain.is_empty() {
            self.branch(node, &inputs)
        } else {
            (self.facts(node, &inputs), Vec::new())
        };
        let mut outputs = Vec::with_capacity(node.outputs.len());
        for (place, name) in node.outputs.iter().enumerate() {
            if name.is_empty() {
                outputs.push(None);
                continue;
            }
            let none = || {
                let reason = format!("it gives no output {place}");
                Err(unknown(node.label(), &node.operator, reason))
            };
            let mut fact = match &facts {
                Ok(facts) => facts.get(place).cloned().unwrap_or_else(none),
                Err(unknown) => Err(Arc::clone(unknown)),
            };
            if let (Ok(known), Some(numbers)) = (&fact, self.decided.get(name)) {
                fact = match known.decided(numbers) {
                    Ok(known) => Ok(Arc::new(known)),
                    Err(reason) => Err(unknown(node.label(), &node.operator, reason)),
                };
            }
            self.learn(name, fact.clone());
            outputs.push(Some(Operand { name, fact }));
        }
        Step {
            node,
            inputs,
            outputs,
            branches,
        }
    }

    /// The branch of an `If` that is taken, or both where that is not known: then its outputs are known as far as both
    /// give the same.
    fn branch(
        &mut self,
        node: &'o Node,
        inputs: &[Option<Operand<'o>>],
    ) -> (Result<Vec<Fact>, Arc<Unknown>>, Vec<Branch<'o>>) {
        let condition = inputs.first().and_then(Option::as_ref);
        let numbers = condition.and_then(|operand| operand.fact.as_ref().ok()?.numbers.as_ref());
        let holds = match numbers.and_then(Numbers::integers) {
            Some([number]) => Some(*number != 0),
            _ => None,
        };
        let taken: &[&'static str] = match holds {
            Some(true) => &["then_branch"],
            Some(false) => &["else_branch"],
            None => &["then_branch", "else_branch"],
        };
        let (mut branches, mut given) = (Vec::new(), Vec::new());
        for &name in taken {
            let Some(graph) = node.graph(name) else {
                let reason = format!("it has no `{name}`");
                return (Err(unknown(node.label(), "If", reason)), branches);
            };
            self.scopes.push(HashMap::new());
            let (steps, outputs) = self.graph(graph);
            self.scopes.pop();
            let is_taken = holds.is_some();
            branches.push(Branch {
                name,
                is_taken,
                steps,
            });
            given.push(outputs);
        }
        let differs = || {
            let of = condition.map_or("", |operand| operand.name);
            let reason = format!("its branches differ, and `{of}` is not known");
            Err(unknown(node.label(), "If", reason))
        };
        let facts = match &given[..] {
            [taken] => taken.iter().map(|output| output.fact.clone()).collect(),
            [one, other] => {
                let pairs = one.iter().zip(other);
                let common = pairs.map(|(one, other)| match (&one.fact, &other.fact) {
                    (Ok(one), Ok(other)) if one.shape == other.shape => {
                        Ok(Arc::new(Known::new(one.element, one.shape.clone())))
                    }
                    _ => differs(),
                });
                common.collect()
            }
            _ => Vec::new(),
        };
        (Ok(facts), branches)
    }

    /// What is known of a node's outputs.
    fn facts(
        &mut self,
        node: &Node,
        inputs: &[Option<Operand<'_>>],
    ) -> Result<Vec<Fact>, Arc<Unknown>> {
        let call = Call {
            node,
            opset: self.opset,
            operands: inputs,
        };
        let blame = |stop| match stop {
            Stop::Inherited(unknown) => unknown,
            Stop::Because(reason) => unknown(node.label(), &node.operator, reason),
        };
        let known = operators::infer(&call).map_err(blame)?;
        let fact = |mut known: Known| {
            let computed = known.numbers.as_ref().map_or(0, Numbers::len);
            match self.numbers_left.checked_sub(computed) {
                Some(left) => self.numbers_left = left,
                None => known.numbers = None,
            }
            checked(known, node.label(), &node.operator)
        };
        Ok(known.into_iter().map(fact).collect())
    }
}

/// What is known of a value, unless no tensor can be so.
fn checked(known: Known, culprit: &str, operator: &str) -> Fact {
    if known.is_countable() {
        return Ok(Arc::new(known));
    }
    let reason = format!("no tensor can have the shape {:?}", known.shape);
    Err(unknown(culprit, operator, reason))
}

fn unknown(culprit: &str, operator: &str, reason: String) -> Arc<Unknown> {
    Arc::new(Unknown {
        culprit: culprit.to_owned(),
        operator: operator.to_owned(),
        reason,
    })
}

#[cfg(test)]
mod tests;
