//! Streams a graph into `model.onnx`: weights go from the mapped checkpoint to the file one tensor
//! at a time.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};
use tempfile::NamedTempFile;

use super::{message, proto};
use crate::checkpoint::Checkpoint;
use crate::error::ExportError;
use crate::graph::{Graph, Initializer};

/// A protobuf message ends at 2 GiB; this leaves room for everything that is not weights.
const LARGEST_INLINE: u64 = (2 << 30) - (64 << 20);
/// Initializers smaller than this stay in the model file, so that shape inference sees its
/// constants.
const SMALLEST_EXTERNAL: u64 = 1 << 10;
/// External tensors from this size on begin at a multiple of [`PAGE`], so that a runtime can map
/// them.
const SMALLEST_ALIGNED: u64 = 1 << 20;
/// Windows maps in steps of 64 KiB, everything else in smaller ones.
const PAGE: u64 = 64 << 10;

/// Where an initializer's bytes go.
enum Place {
    Inline { bytes: u64 },
    External { offset: u64 },
}

/// Writes the model at `output`, with the weights in `<output>_data` beside it where they have more
/// than `external_above` bytes. Each file appears whole or not at all. Returns the files, the model
/// first.
pub(crate) fn write(
    graph: &Graph,
    checkpoint: &Checkpoint,
    output: &Path,
    external_above: u64,
) -> Result<Vec<PathBuf>, ExportError> {
    let sizes = sizes(graph)?;
    let total: u64 = sizes.iter().sum();
    let mut files = vec![output.to_owned()];
    let tensors = if total > external_above.min(LARGEST_INLINE) {
        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push("_data");
        let data = output.with_file_name(&name);
        let tensors = external(graph, &sizes, &name.to_string_lossy());
        write_data(graph, checkpoint, &tensors, &data)?;
        files.push(data);
        tensors
    } else {
        let inline = |(initializer, &bytes)| {
            let tensor = message::tensor(graph, initializer);
            (tensor, Place::Inline { bytes })
        };
        graph.initializers.iter().zip(&sizes).map(inline).collect()
    };
    write_model(graph, checkpoint, &tensors, output)?;
    Ok(files)
}

/// The size of every initializer in bytes.
fn sizes(graph: &Graph) -> Result<Vec<u64>, ExportError> {
    let size = |initializer: &Initializer| {
        let element = graph.element(initializer.value);
        let bytes = initializer.data.bytes(element, &initializer.shape);
        bytes.ok_or_else(|| ExportError::Graph {
            node: graph.name(initializer.value).to_owned(),
            op: "initializer",
            operands: graph.describe(initializer.value),
            reason: "its size is beyond 64 bits".to_owned(),
        })
    };
    graph.initializers.iter().map(size).collect()
}

/// Gives every large initializer its place in the data file.
fn external(graph: &Graph, sizes: &[u64], location: &str) -> Vec<(proto::Tensor, Place)> {
    let mut end = 0_u64;
    let place = |(initializer, &bytes): (&Initializer, &u64)| {
        let mut tensor = message::tensor(graph, initializer);
        if bytes < SMALLEST_EXTERNAL {
            return (tensor, Place::Inline { bytes });
        }
        let step = if bytes < SMALLEST_ALIGNED { 64 } else { PAGE };
        let offset = end.next_multiple_of(step);
        end = offset + bytes;
        message::move_out(&mut tensor, location, offset, bytes);
        (tensor, Place::External { offset })
    };
    graph.initializers.iter().zip(sizes).map(place).collect()
}

fn write_data(
    graph: &Graph,
    checkpoint: &Checkpoint,
    tensors: &[(proto::Tensor, Place)],
    path: &Path,
) -> Result<(), ExportError> {
    replace(path, |file| {
        let mut end = 0;
        for (initializer, (_, place)) in graph.initializers.iter().zip(tensors) {
            if let Place::External { offset } = *place {
                let gap = vec![0; (offset - end) as usize];
                file.write_all(&gap)
                    .map_err(ExportError::io("write", path))?;
                end = offset + write_elements(graph, checkpoint, initializer, file, path)?;
            }
        }
        Ok(())
    })
}

fn write_model(
    graph: &Graph,
    checkpoint: &Checkpoint,
    tensors: &[(proto::Tensor, Place)],
    path: &Path,
) -> Result<(), ExportError> {
    let model = message::model(graph).encode_to_vec();
    let body = message::graph(graph).encode_to_vec();
    let heads: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(tensor, place)| head(tensor, place))
        .collect();
    let length = |(head, (_, place)): (&Vec<u8>, &(proto::Tensor, Place))| {
        let bytes = head.len() as u64 + inline_bytes(place);
        1 + encoded_len_varint(bytes) as u64 + bytes
    };
    let initializers: u64 = heads.iter().zip(tensors).map(length).sum();
    replace(path, |file| {
        let failed = || ExportError::io("write", path);
        file.write_all(&model).map_err(failed())?;
        let opening = opening(proto::MODEL_GRAPH, body.len() as u64 + initializers);
        file.write_all(&opening).map_err(failed())?;
        file.write_all(&body).map_err(failed())?;
        for ((initializer, (_, place)), head) in graph.initializers.iter().zip(tensors).zip(&heads)
        {
            let inline = inline_bytes(place);
            let opening = self::opening(proto::GRAPH_INITIALIZER, head.len() as u64 + inline);
            file.write_all(&opening).map_err(failed())?;
            file.write_all(head).map_err(failed())?;
            if inline > 0 {
                write_elements(graph, checkpoint, initializer, file, path)?;
            }
        }
        Ok(())
    })
}

/// Everything of a `TensorProto` up to its inline bytes.
fn head(tensor: &proto::Tensor, place: &Place) -> Vec<u8> {
    let mut head = tensor.encode_to_vec();
    if let Place::Inline { bytes } = *place {
        head.extend(opening(proto::TENSOR_RAW_DATA, bytes));
    }
    head
}

/// Key and length before a field's bytes.
fn opening(field: u32, length: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(field, WireType::LengthDelimited, &mut bytes);
    encode_varint(length, &mut bytes);
    bytes
}

fn inline_bytes(place: &Place) -> u64 {
    match *place {
        Place::Inline { bytes } => bytes,
        Place::External { .. } => 0,
    }
}

/// Writes an initializer's elements and returns how many bytes they were.
fn write_elements(
    graph: &Graph,
    checkpoint: &Checkpoint,
    initializer: &Initializer,
    file: &mut BufWriter<&File>,
    path: &Path,
) -> Result<u64, ExportError> {
    let mut written = 0;
    let element = graph.element(initializer.value);
    initializer.data.write(checkpoint, element, &mut |bytes| {
        written += bytes.len() as u64;
        file.write_all(bytes)
            .map_err(ExportError::io("write", path))
    })?;
    Ok(written)
}

/// Writes a file beside its place and renames it there.
fn replace(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let failed = || ExportError::io("write", path);
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let temporary = temporary(dir.unwrap_or(Path::new("."))).map_err(failed())?;
    let mut file = BufWriter::with_capacity(1 << 20, temporary.as_file());
    fill(&mut file)?;
    file.flush().map_err(failed())?;
    drop(file);
    temporary
        .persist(path)
        .map_err(|error| failed()(error.error))?;
    Ok(())
}

/// A temporary file with the permissions of an ordinary new one.
fn temporary(dir: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".onnx-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(dir)
}
