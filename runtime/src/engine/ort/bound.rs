//! Runs with memory for inputs and outputs that is bound once and used again.

use std::collections::BTreeMap;

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, Session};
use ort::value::DynTensor;

use super::binding::{Given, Residence};
use super::log::{self, Explained};
use super::value::{self, Fed};
use crate::engine::Outlet;

/// A session's bound memory. What callers get is never in it: tensors are copied from it, and outputs that are kept are made
/// anew by every run.
pub(super) struct Bound {
    binding: IoBinding,
    host: MemoryInfo<'static>,
    /// Room for the tensors of the host that were fed last, by input.
    inputs: BTreeMap<String, DynTensor>,
    /// The shape that each output has room for; `None` where ONNX Runtime makes it in every run.
    rooms: Vec<Option<Vec<usize>>>,
    /// Whether outputs have the shapes that the graph declares for them, as far as is known.
    is_as_declared: bool,
}

impl Bound {
    /// For a session; nothing is bound yet.
    pub(super) fn of(session: &Session) -> ort::Result<Self> {
        let (kind, use_) = (AllocatorType::Device, MemoryType::CPUOutput);
        Ok(Self {
            binding: session.create_binding()?,
            host: MemoryInfo::new(AllocationDevice::CPU, 0, kind, use_)?,
            inputs: BTreeMap::new(),
            rooms: vec![None; session.outputs().len()],
            is_as_declared: true,
        })
    }

    /// Runs the session once. Outputs whose name `keep` holds for stay in `residence`, or in the host's memory.
    pub(super) fn run(
        &mut self,
        session: &mut Session,
        feeds: &[(&str, Fed<'_>)],
        outlets: (&[Outlet], &[Outlet]),
        residence: Option<&Residence>,
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Given, Explained> {
        let (inputs, outputs) = outlets;
        let mut axes = Axes::default();
        for (name, fed) in feeds {
            self.feed(name, fed, residence.is_some()).map_err(silent)?;
            if let Some(input) = inputs.iter().find(|input| input.name == *name) {
                axes.learn(input, &fed.shape());
            }
        }
        self.place(outputs, &axes, residence, keep)
            .map_err(silent)?;
        let has_rooms = self.rooms.iter().any(Option::is_some);
        match self.once(session, outputs) {
            // Outputs that are not of the shapes that the graph declares do not fit: ONNX Runtime makes room for them itself.
            Err(_) if has_rooms => {
                self.is_as_declared = false;
                self.place(outputs, &axes, residence, keep)
                    .map_err(silent)?;
                self.once(session, outputs)
            }
            ran => ran,
        }
    }

    /// Binds an input. A tensor of the host is copied to room that is bound anew where it is another, or where binding is
    /// what brings its content to the device.
    fn feed(&mut self, name: &str, fed: &Fed<'_>, is_carried: bool) -> ort::Result<()> {
        let tensor = match fed {
            Fed::Host(tensor) => *tensor,
            Fed::Kept(kept) => {
                self.inputs.remove(name);
                return self.binding.bind_input(name, *kept);
            }
        };
        if let Some(room) = self.inputs.get_mut(name)
            && value::fits(room, tensor)
        {
            value::fill(room, tensor)?;
            return if is_carried {
                self.binding.bind_input(name, room)
            } else {
                Ok(())
            };
        }
        let mut room = value::room(tensor.dtype(), tensor.shape())?;
        value::fill(&mut room, tensor)?;
        self.binding.bind_input(name, &room)?;
        self.inputs.insert(name.to_owned(), room);
        Ok(())
    }

    /// Says where each output goes.
    fn place(
        &mut self,
        outputs: &[Outlet],
        axes: &Axes,
        residence: Option<&Residence>,
        keep: &dyn Fn(&str) -> bool,
    ) -> ort::Result<()> {
        for (output, room) in outputs.iter().zip(&mut self.rooms) {
            let name = output.name.as_str();
            let is_kept = keep(name);
            let shape = axes
                .shape(output)
                .filter(|_| !is_kept && self.is_as_declared && value::is_known(&output.dtype));
            if let Some(shape) = shape {
                if room.as_ref() != Some(&shape) {
                    let tensor = value::room(&output.dtype, &shape)?;
                    self.binding.bind_output(name, tensor)?;
                    *room = Some(shape);
                }
                continue;
            }
            // What the last run made is let go here: it may belong to a caller.
            let device = residence.filter(|_| is_kept).map(Residence::device);
            let memory = device.unwrap_or(&self.host);
            self.binding.bind_output_to_device(name, memory)?;
            *room = None;
        }
        Ok(())
    }

    fn once(&mut self, session: &mut Session, outputs: &[Outlet]) -> Result<Given, Explained> {
        let attempt = || {
            self.binding.synchronize_inputs()?;
            let mut given = session.run_binding(&self.binding)?;
            self.binding.synchronize_outputs()?;
            let names = outputs.iter().map(|outlet| &outlet.name);
            Ok(names
                .filter_map(|name| Some((name.clone(), given.remove(name)?)))
                .collect())
        };
        log::listen(attempt).map_err(Explained::new::<ort::Error>)
    }
}

/// An error of the crate itself, before ONNX Runtime could log anything.
fn silent(error: ort::Error) -> Explained {
    Explained::new((error, Vec::new()))
}

/// The lengths of axes that are named in several places.
#[derive(Default)]
struct Axes(BTreeMap<String, Option<usize>>);

impl Axes {
    /// Notes the lengths of an input's axes. One name with two lengths means nothing.
    fn learn(&mut self, input: &Outlet, shape: &[usize]) {
        for (axis, length) in input.axes.iter().zip(shape) {
            let known = self.0.entry(axis.clone()).or_insert(Some(*length));
            *known = known.filter(|known| known == length);
        }
    }

    /// The shape of an output, where all its axes are numbers or have names that inputs have too.
    fn shape(&self, output: &Outlet) -> Option<Vec<usize>> {
        let sizes = output.shape.iter().enumerate();
        let length = |(place, size): (usize, &Option<usize>)| {
            let name = output.axes.get(place).filter(|name| !name.is_empty());
            size.or_else(|| *self.0.get(name?)?)
        };
        sizes.map(length).collect()
    }
}
