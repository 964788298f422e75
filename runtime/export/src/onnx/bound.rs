//! Reads back what the exporter keeps in a file's metadata: the names of axes that were bound to numbers.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use prost::Message;

use super::message::AXES;
use super::proto;

/// The names that the axes of inputs and outputs had before they were bound to numbers, by the input's or output's name;
/// an axis that never had a name has an empty one. Files of other exporters have none.
///
/// # Errors
/// A file that cannot be read, or that is no ONNX model.
pub fn bound_axes(model: &Path) -> io::Result<BTreeMap<String, Vec<String>>> {
    // The graph is skipped over, for the message has no field for it.
    let model = proto::Model::decode(fs::read(model)?.as_slice())?;
    let named = model.metadata_props.into_iter().filter_map(|pair| {
        let outlet = pair.key.strip_prefix(AXES)?.to_owned();
        Some((outlet, pair.value.split(',').map(str::to_owned).collect()))
    });
    Ok(named.collect())
}
