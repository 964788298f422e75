//! The tower that sees pictures.

use super::net::{Linear, Net};
use super::resize::resize_positions;
use super::tower::Layers;
use super::vision_transformer::grid;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Element, Value};
use crate::recipe::VisionTower;

/// A tower of pictures with its sizes.
pub(super) struct Viewer<'a> {
    pub(super) recipe: &'a VisionTower,
    pub(super) layers: Layers<'a>,
    channels: u64,
    patch: u64,
    /// Frames that a patch spans, where it spans any.
    frames: Option<u64>,
    /// Height and width of the pictures the table of positions was trained for, in pixels.
    trained: (u64, u64),
    /// Height and width of the pictures, in pixels.
    image: (u64, u64),
}

impl<'a> Viewer<'a> {
    /// Reads the sizes from the tower's section of the configuration.
    pub(super) fn new(
        recipe: &'a VisionTower,
        section: &Config,
        image_size: Option<(u64, u64)>,
    ) -> Result<Self, ExportError> {
        let (patch, frames) = match recipe.patch_kernel {
            None => (section.size("patch_size")?, None),
            Some(key) => {
                let (frames, patch) = kernel(section, key)?;
                (patch, Some(frames))
            }
        };
        let trained = section.pair("image_size")?;
        let image = image_size.unwrap_or(trained);
        grid(trained, patch)?;
        grid(image, patch)?;
        Ok(Self {
            recipe,
            layers: Layers::new(&recipe.layers, section)?,
            channels: section.size("num_channels")?,
            patch,
            frames,
            trained,
            image,
        })
    }

    /// Channels, height and width of a picture.
    pub(super) fn picture(&self) -> [Dim; 3] {
        [self.channels, self.image.0, self.image.1].map(Dim::Fixed)
    }

    /// Number of tokens: the patches and the class token.
    pub(super) fn tokens(&self) -> Result<u64, ExportError> {
        let (rows, columns) = grid(self.image, self.patch)?;
        Ok(u64::from(self.recipe.class_token.is_some()) + rows * columns)
    }

    /// Declares the pictures, `(pictures, channels, height, width)`.
    pub(super) fn pictures(&self, net: &mut Net<'_, '_>, name: &'static str) -> Value {
        let [channels, height, width] = self.picture();
        let shape = vec![Dim::Symbol(name), channels, height, width];
        let pixels = net.graph.input("pixel_values", Element::Float32, shape);
        net.graph.cast(pixels, net.graph.float())
    }

    /// The embedded pictures, `(pictures, tokens, hidden)`: patches through a convolution, room for
    /// the class token in front, one table with positions and token added.
    pub(super) fn embed(&self, net: &mut Net<'_, '_>, pixels: Value) -> Result<Value, ExportError> {
        let hidden = self.layers.hidden;
        let name = self.recipe.patch_projection;
        let weight = self.kernel(net, &format!("{name}.weight"));
        let bias = self
            .recipe
            .has_patch_bias
            .then(|| net.tensor(&format!("{name}.bias"), &[hidden]));
        let table = self.position_table(net)?;
        let (rows, columns) = grid(self.image, self.patch)?;
        let graph = &mut net.graph;
        let patches = graph.patches(pixels, weight, bias)?;
        let line = [Axis::Keep, Axis::Keep, Axis::Size(rows * columns)];
        let patches = graph.reshape(patches, &line)?;
        let patches = graph.transpose(patches, &[0, 2, 1])?;
        let patches = match self.recipe.class_token {
            Some(_) => graph.pad_before(patches, 1, 1)?,
            None => patches,
        };
        let embedded = graph.add(patches, table)?;
        match self.recipe.norm_before {
            Some(norm) => net.norm(embedded, norm, hidden, self.layers.epsilon),
            None => Ok(embedded),
        }
    }

    /// The kernel that embeds patches of a picture, `(hidden, channels, side, side)`. Where patches span frames, the
    /// picture stands for every one, so that the sum of the frames' kernels does what they do.
    fn kernel(&self, net: &mut Net<'_, '_>, name: &str) -> Value {
        let shape = vec![self.layers.hidden, self.channels, self.patch, self.patch];
        let Some(frames) = self.frames else {
            return net.tensor(name, &shape);
        };
        let mut stored = shape.clone();
        stored.insert(2, frames);
        let area = (self.patch * self.patch) as usize;
        let frames = frames as usize;
        net.computed(
            &format!("{name}.summed"),
            shape,
            vec![(name.to_owned(), stored)],
            Box::new(move |tensors: &[Vec<f32>]| {
                let channels = tensors[0].chunks(frames * area);
                let sum = |channel: &[f32], place| channel.iter().skip(place).step_by(area).sum();
                channels
                    .flat_map(|channel| (0..area).map(move |place| sum(channel, place)))
                    .collect()
            }),
        )
    }

    /// Positions for the picture's grid, with the class token added to its own: `(1, tokens,
    /// hidden)`.
    fn position_table(&self, net: &mut Net<'_, '_>) -> Result<Value, ExportError> {
        let hidden = self.layers.hidden;
        let trained = grid(self.trained, self.patch)?;
        let wanted = grid(self.image, self.patch)?;
        let leading = u64::from(self.recipe.class_token.is_some());
        let name = self.recipe.position_embeddings;
        let shape = vec![leading + trained.0 * trained.1, hidden];
        let batched = |shape: Vec<u64>, batch: &[u64]| {
            let batch = if self.recipe.is_batched { batch } else { &[] };
            [batch, &shape].concat()
        };
        let mut from = vec![(name.to_owned(), batched(shape, &[1]))];
        let token = self.recipe.class_token;
        from.extend(token.map(|token| (token.to_owned(), batched(vec![hidden], &[1, 1]))));
        let compute = move |tensors: &[Vec<f32>]| {
            let (positions, token) = (&tensors[0], tensors[1..].concat());
            let (of_token, of_patches) = positions.split_at(token.len());
            let mut table: Vec<f32> = of_token.iter().zip(&token).map(|(a, b)| a + b).collect();
            let width = hidden as usize;
            table.extend(resize_positions(of_patches, trained, wanted, width));
            table
        };
        let label = format!("{name}.with_token");
        let shape = vec![1, leading + wanted.0 * wanted.1, hidden];
        Ok(net.computed(&label, shape, from, Box::new(compute)))
    }

    /// The vectors in the common space, `(pictures, width)`.
    pub(super) fn project(
        &self,
        net: &mut Net<'_, '_>,
        pooled: Value,
        width: u64,
    ) -> Result<Value, ExportError> {
        let Some(name) = self.recipe.projection else {
            return Ok(pooled);
        };
        let projection = Linear {
            name,
            from: self.layers.hidden,
            to: width,
            has_bias: false,
        };
        net.scope("projection", |net| net.linear(pooled, projection))
    }
}

/// Frames and side of patches that span every frame of a video of the configuration's length.
fn kernel(section: &Config, key: &str) -> Result<(u64, u64), ExportError> {
    let sizes = section.sizes(key, Some(3))?;
    let (frames, side) = (sizes[0], sizes[1]);
    if sizes[1] != sizes[2] {
        let allowed = "square patches: frames, side and side".to_owned();
        return Err(section.unexpected(key, &sizes.into(), allowed));
    }
    section.only("video_frames", &frames.into())?;
    Ok((frames, side))
}
