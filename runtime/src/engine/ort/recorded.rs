//! Runs that a device records once and plays back: with the same memory for inputs and outputs each time, for a recorded run
//! reads and writes the addresses that it was recorded with (ONNX Runtime's documentation of its CUDA provider).

use std::borrow::Cow;

use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, Session, SessionInputValue};
use ort::value::{DynTensor, DynTensorValueType, DynValue, Outlet, ValueType};

use super::binding::Given;

/// Memory on the device for a graph's inputs and outputs, bound once.
pub(super) struct Recorded {
    binding: IoBinding,
    inputs: Vec<(String, DynTensor)>,
    outputs: Vec<String>,
    device: AllocationDevice<'static>,
    number: i32,
}

impl Recorded {
    /// The input or output of a graph that keeps its runs from being recorded: its axes are not all numbers.
    pub(super) fn obstacle(session: &Session) -> Option<&str> {
        let mut outlets = session.inputs().iter().chain(session.outputs());
        let is_free = |outlet: &&Outlet| match outlet.dtype() {
            ValueType::Tensor { shape, .. } => shape.iter().any(|axis| *axis < 0),
            _ => true,
        };
        outlets.find(is_free).map(Outlet::name)
    }

    /// Takes memory for a graph whose axes are all numbers.
    pub(super) fn of(
        session: &Session,
        device: AllocationDevice<'static>,
        number: i32,
    ) -> ort::Result<Self> {
        let memory = MemoryInfo::new(
            device.clone(),
            number,
            AllocatorType::Device,
            MemoryType::Default,
        )?;
        let allocator = Allocator::new(session, memory)?;
        let mut binding = session.create_binding()?;
        let mut inputs = Vec::new();
        for outlet in session.inputs() {
            let tensor = room(&allocator, outlet)?;
            binding.bind_input(outlet.name(), &tensor)?;
            inputs.push((outlet.name().to_owned(), tensor));
        }
        let mut outputs = Vec::new();
        for outlet in session.outputs() {
            binding.bind_output(outlet.name(), room(&allocator, outlet)?)?;
            outputs.push(outlet.name().to_owned());
        }
        Ok(Self {
            binding,
            inputs,
            outputs,
            device,
            number,
        })
    }

    /// Runs the session once. Outputs whose name `keep` holds for are copied on the device: the next run overwrites its own.
    pub(super) fn run(
        &mut self,
        session: &mut Session,
        given: &[(Cow<'_, str>, SessionInputValue<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> ort::Result<Given> {
        for (name, place) in &mut self.inputs {
            let value = given.iter().find(|(given, _)| given == name);
            let (_, value) =
                value.ok_or_else(|| ort::Error::new(format!("no value for `{name}`")))?;
            let value = value.view().downcast::<DynTensorValueType>()?;
            if value.shape() != place.shape() {
                return Err(ort::Error::new(format!(
                    "`{name}` is of shape {:?}, and the run was recorded with {:?}",
                    value.shape(),
                    place.shape()
                )));
            }
            value.copy_into(place)?;
        }
        let mut made = session.run_binding(&self.binding)?;
        let mut outputs = Given::new();
        for name in &self.outputs {
            let Some(value) = made.remove(name) else {
                continue;
            };
            let value = value.downcast::<DynTensorValueType>()?;
            let copy = if keep(name) {
                value.to(self.device.clone(), self.number)?
            } else {
                value.to(AllocationDevice::CPU, 0)?
            };
            outputs.push((name.clone(), DynValue::from(copy)));
        }
        Ok(outputs)
    }
}

/// Memory for an input or output.
fn room(allocator: &Allocator, outlet: &Outlet) -> ort::Result<DynTensor> {
    match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => DynTensor::new(allocator, *ty, shape.clone()),
        _ => Err(ort::Error::new(format!("`{}` is no tensor", outlet.name()))),
    }
}

#[cfg(test)]
#[path = "../../../tests/graphs/mod.rs"]
mod graphs;

#[cfg(test)]
mod tests {
    use super::graphs::{FLOAT, Graph};
    use super::*;
    use crate::cache::Silent;
    use crate::catalog::Platform;
    use crate::engine::ort::{OrtEngine, value};
    use crate::engine::{Feed, Held};
    use crate::tensor::Tensor;

    fn session(graph: Graph) -> Session {
        let engine = OrtEngine::load(Platform::Cpu, &Silent).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut builder = Session::builder(engine.environment()).unwrap();
        builder
            .commit_from_file(graph.write(folder.path()))
            .unwrap()
    }

    /// The host's memory stands for a device's: what goes in and out goes through the same places.
    #[test]
    fn every_run_reads_and_writes_the_same_places() {
        let graph = Graph::default()
            .input("past", FLOAT, &[2])
            .input("x", FLOAT, &[2])
            .output("present", FLOAT, &[2])
            .node("Add", &["past", "x"], "present");
        let mut session = session(graph);
        assert_eq!(Recorded::obstacle(&session), None);
        let mut recorded = Recorded::of(&session, AllocationDevice::CPU, 0).unwrap();
        let x: Tensor = ndarray::arr1(&[1.0_f32, -2.0]).into();
        let mut kept: Vec<Held> = Vec::new();
        for step in 1..=5 {
            let past = kept.last().map_or(Feed::Tensor(&x), Feed::Held);
            let given = [("past", past), ("x", Feed::Tensor(&x))]
                .map(|(name, feed)| (Cow::Borrowed(name), value::feed_bound(feed).unwrap()));
            let mut made = recorded.run(&mut session, &given, &|_| true).unwrap();
            let (_, present) = made.remove(0);
            let sum = step as f32 + 1.0;
            let expected: Tensor = ndarray::arr1(&[sum, -2.0 * sum]).into();
            assert_eq!(value::copy("present", &present).unwrap(), expected);
            kept.push(value::hold(present, false));
        }
        // Those before are as they were: each is a copy of its own.
        let given = [("past", Feed::Held(&kept[0])), ("x", Feed::Tensor(&x))]
            .map(|(name, feed)| (Cow::Borrowed(name), value::feed_bound(feed).unwrap()));
        let made = recorded.run(&mut session, &given, &|_| false).unwrap();
        let expected: Tensor = ndarray::arr1(&[3.0_f32, -6.0]).into();
        assert_eq!(value::copy("present", &made[0].1).unwrap(), expected);
        // Another length is none that was recorded.
        let long: Tensor = ndarray::arr1(&[1.0_f32, 2.0, 3.0]).into();
        let given = [("past", Feed::Tensor(&long)), ("x", Feed::Tensor(&x))]
            .map(|(name, feed)| (Cow::Borrowed(name), value::feed_bound(feed).unwrap()));
        assert!(recorded.run(&mut session, &given, &|_| true).is_err());
    }

    #[test]
    fn free_axes_are_an_obstacle() {
        let graph = Graph::default()
            .input("x", FLOAT, &[2, 0])
            .output("z", FLOAT, &[2, 0])
            .node("Relu", &["x"], "z");
        assert_eq!(Recorded::obstacle(&session(graph)), Some("x"));
    }
}
