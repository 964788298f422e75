//! Runs whose kept outputs stay in the memory of the provider's device, bound there before the run.

use std::borrow::Cow;

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{Session, SessionInputValue};
use ort::value::DynValue;

use crate::engine::Outlet;

/// Outputs by name, in the graph's order.
pub(super) type Given = Vec<(String, DynValue)>;

/// The memory that kept outputs stay in.
pub(super) struct Residence {
    device: MemoryInfo<'static>,
    host: MemoryInfo<'static>,
}

impl Residence {
    /// The memory of a device, by ONNX Runtime's name of the kind and its number.
    pub(super) fn of(device: AllocationDevice<'static>, number: i32) -> ort::Result<Self> {
        let memory =
            |device, number, kind| MemoryInfo::new(device, number, AllocatorType::Device, kind);
        Ok(Self {
            device: memory(device, number, MemoryType::Default)?,
            host: memory(AllocationDevice::CPU, 0, MemoryType::CPUOutput)?,
        })
    }

    /// The device's memory.
    pub(super) const fn device(&self) -> &MemoryInfo<'static> {
        &self.device
    }

    /// Runs the session once: outputs whose name `keep` holds for stay on the device, the others come to the host.
    pub(super) fn run(
        &self,
        session: &mut Session,
        inputs: &[(Cow<'_, str>, SessionInputValue<'_>)],
        outputs: &[Outlet],
        keep: &dyn Fn(&str) -> bool,
    ) -> ort::Result<Given> {
        let mut binding = session.create_binding()?;
        for (name, value) in inputs {
            binding.bind_input(name.as_ref(), value)?;
        }
        for Outlet { name, .. } in outputs {
            let memory = if keep(name) { &self.device } else { &self.host };
            binding.bind_output_to_device(name.as_str(), memory)?;
        }
        // Inputs on their way to the device are there before the run, and its outputs before they are read.
        binding.synchronize_inputs()?;
        let mut given = session.run_binding(&binding)?;
        binding.synchronize_outputs()?;
        let names = outputs.iter().map(|outlet| &outlet.name);
        Ok(names
            .filter_map(|name| Some((name.clone(), given.remove(name)?)))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ndarray::{Array1, ArrayD, IxDyn};

    use super::*;
    use crate::cache::Silent;
    use crate::catalog::Platform;
    use crate::engine::ort::OrtEngine;
    use crate::engine::ort::graph::OrtGraph;
    use crate::engine::{Executable, Feed, Held, OpenOptions};
    use crate::tensor::Tensor;

    /// Tokens that are generated after the first.
    const TOKENS: usize = 24;

    /// The likeliest tokens after a prompt, with the cache held by the engine.
    fn decode(graph: &mut OrtGraph) -> Vec<i64> {
        let past: Vec<_> = graph
            .inputs()
            .iter()
            .filter(|input| input.name.starts_with("past"))
            .cloned()
            .collect();
        let empty: Vec<Tensor> = past
            .iter()
            .map(|input| {
                let shape: Vec<_> = [1, input.shape[1].unwrap(), 0, input.shape[3].unwrap()].into();
                ArrayD::<f32>::zeros(IxDyn(&shape)).into()
            })
            .collect();
        let mut held: Vec<Held> = Vec::new();
        let (mut ids, mut tokens, mut length) = (vec![1_i64, 2, 3], Vec::new(), 0);
        for _ in 0..=TOKENS {
            length += ids.len();
            let row = |values: Vec<i64>| -> Tensor {
                Array1::from(values).insert_axis(ndarray::Axis(0)).into()
            };
            let (input, mask) = (row(ids.clone()), row(vec![1; length]));
            let positions = row((length - ids.len()..length).map(|at| at as i64).collect());
            let mut feeds = vec![
                ("input_ids", Feed::Tensor(&input)),
                ("attention_mask", Feed::Tensor(&mask)),
                ("position_ids", Feed::Tensor(&positions)),
            ];
            for (place, input) in past.iter().enumerate() {
                let value = held
                    .get(place)
                    .map_or(Feed::Tensor(&empty[place]), Feed::Held);
                feeds.push((&input.name, value));
            }
            let outputs = graph
                .run(&feeds, &|name| name.starts_with("present"))
                .unwrap();
            let Some(Tensor::F32(logits)) = outputs.tensors.find("logits") else {
                panic!("no logits");
            };
            let last = logits.index_axis(ndarray::Axis(1), ids.len() - 1);
            let best = last.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            ids = vec![best.unwrap().0 as i64];
            tokens.extend(&ids);
            held = outputs.held.into_iter().map(|(_, held)| held).collect();
        }
        tokens
    }

    #[test]
    fn a_cache_that_is_bound_gives_the_same_tokens() {
        let engine = OrtEngine::load(Platform::Cpu, &Silent).unwrap();
        let model =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference/gpt2/onnx/model.onnx");
        let open = || OrtGraph::open(&engine, &model, &OpenOptions::default()).unwrap();
        let (mut plain, mut bound) = (open(), open());
        bound.reside(Residence::of(AllocationDevice::CPU, 0).unwrap());
        let (expected, found) = (decode(&mut plain), decode(&mut bound));
        assert_eq!(expected.len(), TOKENS + 1);
        assert_eq!(expected, found);
    }
}
