//! Attentional fusion of a whole sound with clips of it (Dai et al., 2021, arXiv:2009.14082; Wu et al., 2023,
//! arXiv:2211.06687).

use super::batch_norm;
use super::net::Net;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Element, Reduction, Stride, Value};
use crate::recipe::{SpectrogramTowerWeights, Weighing};

/// Clips beside the whole sound.
pub(super) const CLIPS: u64 = 3;

/// The sizes of the fusion.
pub(super) struct Fusion<'a> {
    pub(super) prefix: &'static str,
    pub(super) names: &'a SpectrogramTowerWeights,
    /// Height and width of a patch.
    pub(super) patch: (u64, u64),
    /// Steps between patches.
    pub(super) step: (u64, u64),
    /// Width of an embedded patch.
    pub(super) width: u64,
    /// Width between the two convolutions of the weighing.
    pub(super) inner: u64,
}

impl Fusion<'_> {
    /// The patches of the whole sound, `(batch, width, rows, columns)`, fused with those of the clips where `is_longer`,
    /// `(batch, 1)`, holds. `picture` is `(batch, 1 + CLIPS, height, width)`.
    pub(super) fn apply(
        &self,
        net: &mut Net<'_, '_>,
        whole: Value,
        picture: Value,
        is_longer: Value,
    ) -> Result<Value, ExportError> {
        let clips = net.graph.section(picture, 1, 1..1 + CLIPS)?;
        let clips = net.scope("clips", |net| self.embed(net, clips, whole))?;
        let sum = net.graph.add(whole, clips)?;
        let local = net.scope("local", |net| {
            self.weigh(net, sum, &self.names.local_weighing)
        })?;
        let global = net.scope("global", |net| {
            let mean = net.graph.reduce(Reduction::Mean, sum, 3, true)?;
            let mean = net.graph.reduce(Reduction::Mean, mean, 2, true)?;
            self.weigh(net, mean, &self.names.global_weighing)
        })?;
        let graph = &mut net.graph;
        let weight = graph.add(local, global)?;
        let weight = graph.sigmoid(weight)?;
        let (one, two) = (graph.scalar(1.0), graph.scalar(2.0));
        let of_whole = graph.mul(whole, weight)?;
        let rest = graph.sub(one, weight)?;
        let of_clips = graph.mul(clips, rest)?;
        let fused = graph.add(of_whole, of_clips)?;
        let fused = graph.mul(fused, two)?;
        // Truth values are not reshaped on WebGPU.
        let flag = graph.cast(is_longer, Element::Int32);
        let flag = graph.unsqueeze(flag, &[2, 3])?;
        let flag = graph.cast(flag, Element::Bool);
        graph.select(flag, fused, whole)
    }

    /// Patches of the clips side by side, `(batch, width, rows, columns)`: one convolution in a group a clip, so that the
    /// batch keeps its place.
    fn embed(
        &self,
        net: &mut Net<'_, '_>,
        clips: Value,
        whole: Value,
    ) -> Result<Value, ExportError> {
        let name = format!("{}{}", self.prefix, self.names.clip_projection);
        let kernel = vec![self.width, 1, self.patch.0, 3 * self.patch.1];
        let thrice = |tensors: &[Vec<f32>]| tensors[0].repeat(CLIPS as usize);
        let mut repeated = |part: &str, shape: Vec<u64>| {
            let mut wide = shape.clone();
            wide[0] *= CLIPS;
            let name = format!("{name}.{part}");
            net.computed(
                &format!("{name}.repeated"),
                wide,
                vec![(name, shape)],
                Box::new(thrice),
            )
        };
        let weight = repeated("weight", kernel);
        let bias = repeated("bias", vec![self.width]);
        let padding = [
            (self.patch.0 - self.step.0) / 2,
            (self.patch.1 - self.step.1) / 2,
        ];
        let stride = Stride {
            groups: CLIPS,
            ..Stride::padded(&[self.step.0, 3 * self.step.1], &padding)
        };
        let graph = &mut net.graph;
        let length = graph.shape(clips)[0];
        let patches = graph.convolution(clips, weight, Some(bias), &stride, length)?;
        let (&[_, _, Dim::Fixed(rows), Dim::Fixed(columns)], &[_, _, _, Dim::Fixed(room)]) =
            (graph.shape(patches), graph.shape(whole))
        else {
            return Ok(patches);
        };
        let size = Axis::Size;
        let apart = [
            Axis::Keep,
            size(CLIPS),
            size(self.width),
            size(rows),
            size(columns),
        ];
        let patches = graph.reshape(patches, &apart)?;
        let patches = graph.transpose(patches, &[0, 2, 3, 1, 4])?;
        let together = [
            Axis::Keep,
            size(self.width),
            size(rows),
            size(CLIPS * columns),
        ];
        let patches = graph.reshape(patches, &together)?;
        match room.saturating_sub(CLIPS * columns) {
            0 => Ok(patches),
            missing => graph.pad_after(patches, 3, missing),
        }
    }

    /// Two convolutions of single patches with their normalisations, and a rectified unit between them.
    fn weigh(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        names: &Weighing,
    ) -> Result<Value, ExportError> {
        let named = |name| format!("{}{name}", self.prefix);
        let stride = Stride::bare(&[1, 1]);
        let shape = [self.inner, self.width, 1, 1];
        let (weight, bias) =
            batch_norm::folded(net, &named(names.narrow), &named(names.narrow_norm), &shape);
        let batch = net.graph.shape(x)[0];
        let inner = net
            .graph
            .convolution(x, weight, Some(bias), &stride, batch)?;
        let inner = net.graph.relu(inner)?;
        let shape = [self.width, self.inner, 1, 1];
        let (weight, bias) =
            batch_norm::folded(net, &named(names.widen), &named(names.widen_norm), &shape);
        net.graph
            .convolution(inner, weight, Some(bias), &stride, batch)
    }
}
