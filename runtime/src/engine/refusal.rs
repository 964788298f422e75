//! Why ONNX Runtime refuses a graph or fails in it, where its words say what can be done about it.

use std::error::Error as StdError;

use crate::error::Error;

/// What allocators of processors, of CUDA and its libraries, of HIP and of Dawn say when memory is out.
const OUT_OF_MEMORY: [&str; 9] = [
    "Failed to allocate memory",
    "std::bad_alloc",
    "out of memory",
    "Out of memory",
    "OutOfMemory",
    "CUDA_ERROR_OUT_OF_MEMORY",
    "ALLOC_FAILED",
    "hipErrorOutOfMemory",
    "Out of device memory",
];

/// The error for what a library said while something was attempted; `None` where its words say nothing more.
///
/// Formats: `Graph::Resolve` and `Model` (`graph.cc`, `model_load_utils.h`) and `BFCArena` (`bfc_arena.cc`) of ONNX Runtime.
pub(in crate::engine) fn read(action: &str, said: &str) -> Option<Error> {
    if let Some((operator, domain)) = unknown_operator(said) {
        return Some(Error::UnknownOperator {
            action: action.to_owned(),
            operator: operator.to_owned(),
            domain: if domain.is_empty() { "ai.onnx" } else { domain }.to_owned(),
        });
    }
    if let Some((_, rest)) = said.split_once(" Opset ")
        && let Some((opset, rest)) = rest.split_once(" is under development")
    {
        let newest = rest.rsplit_once("till opset ").map(|(_, newest)| newest);
        let newest = newest.map(|newest| newest.trim().trim_end_matches('.'));
        return Some(Error::UnknownOpset {
            action: action.to_owned(),
            opset: opset.to_owned(),
            newest: newest.unwrap_or("an older one").to_owned(),
        });
    }
    let is_memory = OUT_OF_MEMORY.iter().any(|words| said.contains(words));
    is_memory.then(|| Error::OutOfMemory {
        action: action.to_owned(),
        wanted: wanted(said),
        source: said.to_owned().into(),
    })
}

/// The same for an error, which stays the source where its words say nothing more.
pub(in crate::engine) fn of<E>(action: impl Into<String>) -> impl FnOnce(E) -> Error
where
    E: StdError + Send + Sync + 'static,
{
    let action = action.into();
    move |error| read(&action, &error.to_string()).unwrap_or_else(|| Error::engine(action)(error))
}

/// An operator that the library does not have, with its domain.
fn unknown_operator(said: &str) -> Option<(&str, &str)> {
    if let Some((name, _)) = said.split_once(" is not a registered function/op") {
        // `Fatal error: com.example:Frobnicate(-1)`
        let name = name.rsplit(' ').next()?;
        let (domain, operator) = name.rsplit_once(':').unwrap_or(("", name));
        return Some((operator.split('(').next()?, domain));
    }
    let is_unknown = ["No opset import for domain", "No Op registered for"];
    if !is_unknown.iter().any(|words| said.contains(words)) {
        return None;
    }
    // `In Node, ("name", Frobnicate, "com.example", -1) : …`
    let mut parts = said.split_once("In Node, (")?.1.splitn(4, ", ");
    let (operator, domain) = (parts.nth(1)?, parts.next()?);
    Some((operator, domain.trim_matches('"')))
}

/// The memory that was asked for, in words.
fn wanted(said: &str) -> String {
    let bytes = said.rsplit_once("buffer of size ").and_then(|(_, rest)| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<u64>().ok()
    });
    bytes.map_or_else(String::new, |bytes| {
        format!(" ({} MiB in one piece)", bytes >> 20)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(said: &str) -> String {
        read("open m.onnx", said).map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn operators_and_versions_are_named() {
        insta::assert_snapshot!(told("Fatal error: com.example:Frobnicate(-1) is not a registered function/op"), @"cannot open m.onnx: this ONNX Runtime has no operator `Frobnicate` of domain `com.example`; export the graph without it, or set the platform's library to a build that has it");
        insta::assert_snapshot!(told("This is an invalid model. In Node, (\"\", Frobnicate, \"com.example\", -1) : (\"x\": tensor(float),) -> (\"z\": tensor(float),) , Error No opset import for domain 'com.example'"), @"cannot open m.onnx: this ONNX Runtime has no operator `Frobnicate` of domain `com.example`; export the graph without it, or set the platform's library to a build that has it");
        insta::assert_snapshot!(told("This is an invalid model. In Node, (\"n\", Frobnicate, \"\", -1) : () , Error No Op registered for Frobnicate with domain_version of 17"), @"cannot open m.onnx: this ONNX Runtime has no operator `Frobnicate` of domain `ai.onnx`; export the graph without it, or set the platform's library to a build that has it");
        insta::assert_snapshot!(told("ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Opset 99 is under development and support for this is limited. Current official support for domain ai.onnx is till opset 25."), @"cannot open m.onnx: it wants operators of opset 99, and this ONNX Runtime knows them up to 25; export it for an older opset, or set the platform's library to a newer build");
    }

    #[test]
    fn memory_that_is_out_is_told_with_the_way_out() {
        insta::assert_snapshot!(told("Failed to allocate memory for requested buffer of size 4398046511104\n"), @"cannot open m.onnx: memory of the device is out (4194304 MiB in one piece); take shorter inputs, fewer at once, a lower precision or a smaller model");
        assert!(told("CUDA failure 2: out of memory ; GPU=0").contains("memory of the device"));
    }

    #[test]
    fn other_words_are_left_as_they_are() {
        for said in [
            "",
            "Could not find an implementation for Relu(14)",
            "In Node, (",
        ] {
            assert_eq!(told(said), "", "{said}");
        }
    }
}
