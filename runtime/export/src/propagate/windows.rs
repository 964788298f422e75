//! Operators that slide a window: convolutions and pools.

use super::call::{Call, Inferred, Stop, size};
use super::{ElementType, Known};

/// How a window slides along the axes of space.
struct Sliding {
    kernel: Vec<u64>,
    strides: Vec<u64>,
    dilations: Vec<u64>,
    before: Vec<u64>,
    behind: Vec<u64>,
}

impl Sliding {
    fn new(call: &Call<'_>, kernel: Vec<u64>) -> Result<Self, Stop> {
        let axes = kernel.len();
        let listed = |name: &str, default: u64, count: usize| {
            let sizes: Vec<u64> = match call.node.integers(name) {
                None => vec![default; count],
                Some(listed) => listed.iter().map(|&n| size(n)).collect::<Result<_, _>>()?,
            };
            if sizes.len() == count {
                Ok(sizes)
            } else {
                Err(Stop::Because(format!("`{name}` is not for {axes} axes")))
            }
        };
        let strides = listed("strides", 1, axes)?;
        let dilations = listed("dilations", 1, axes)?;
        let mut before = listed("pads", 0, 2 * axes)?;
        let behind = before.split_off(axes);
        // What is larger than any tensor would overflow below.
        let is_real = |sizes: &[u64]| sizes.iter().all(|&size| size < 1 << 31);
        let lists = [&kernel, &strides, &dilations, &before, &behind];
        if strides.contains(&0) || !lists.into_iter().all(|list| is_real(list)) {
            return Err("its window is no real one".into());
        }
        Ok(Self {
            kernel,
            strides,
            dilations,
            before,
            behind,
        })
    }

    /// Elements of an axis that a window reaches over.
    fn reach(&self, at: usize) -> u64 {
        (self.kernel[at].max(1) - 1) * self.dilations[at] + 1
    }

    /// The number of places of the window along an axis.
    fn places(&self, call: &Call<'_>, at: usize, length: u64) -> Result<u64, Stop> {
        let stride = self.strides[at];
        let auto = call.node.text("auto_pad").unwrap_or("NOTSET");
        if auto.starts_with("SAME") {
            return Ok(length.div_ceil(stride));
        }
        let padded = if auto == "VALID" {
            Some(length)
        } else {
            length.checked_add(self.before[at] + self.behind[at])
        };
        let free = padded.and_then(|padded| padded.checked_sub(self.reach(at)));
        let free = free.ok_or_else(|| {
            let reach = self.reach(at);
            Stop::Because(format!(
                "a window of {reach} is longer than an axis of {length}"
            ))
        })?;
        if call.integer("ceil_mode", 0) == 0 {
            return Ok(free / stride + 1);
        }
        // The last window must begin within the data or the padding before it.
        let places = free.div_ceil(stride) + 1;
        let is_behind = (places - 1) * stride >= length + self.before[at];
        Ok(places - u64::from(is_behind))
    }

    /// The shape of all places, behind the axes of items and channels.
    fn over(&self, call: &Call<'_>, space: &[u64]) -> Result<Vec<u64>, Stop> {
        if space.len() != self.kernel.len() {
            return Err(format!(
                "its window has {} axes, not {}",
                self.kernel.len(),
                space.len()
            )
            .into());
        }
        let lengths = space.iter().enumerate();
        lengths
            .map(|(at, &length)| self.places(call, at, length))
            .collect()
    }
}

/// Items, channels and the axes of space.
fn parts(known: &Known) -> Result<(u64, u64, &[u64]), Stop> {
    match &known.shape[..] {
        [items, channels, space @ ..] => Ok((*items, *channels, space)),
        shape => Err(format!("{shape:?} has no axes of space").into()),
    }
}

/// `Conv`.
pub(super) fn conv(call: &Call<'_>) -> Inferred {
    let (of, kernels) = (call.known(0)?, call.known(1)?);
    let (items, channels, space) = parts(of)?;
    let (given, read, window) = parts(kernels)?;
    let groups = size(call.integer("group", 1))?;
    if read.checked_mul(groups) != Some(channels) {
        return Err(format!("kernels for {read} x {groups} channels, not {channels}").into());
    }
    let sliding = Sliding::new(call, window.to_vec())?;
    let mut shape = vec![items, given];
    shape.extend(sliding.over(call, space)?);
    Ok(vec![Known::new(of.element, shape)])
}

/// `ConvTranspose`.
pub(super) fn conv_transpose(call: &Call<'_>) -> Inferred {
    let (of, kernels) = (call.known(0)?, call.known(1)?);
    let (items, channels, space) = parts(of)?;
    let (read, given, window) = parts(kernels)?;
    let groups = size(call.integer("group", 1))?;
    if read != channels || space.len() != window.len() {
        return Err(format!("kernels {:?} for {:?}", kernels.shape, of.shape).into());
    }
    let sliding = Sliding::new(call, window.to_vec())?;
    let auto = call.node.text("auto_pad").unwrap_or("NOTSET");
    let wanted = call.node.integers("output_shape");
    let added = call.node.integers("output_padding").unwrap_or_default();
    let given = given
        .checked_mul(groups)
        .ok_or("its size is beyond 64 bits")?;
    let mut shape = vec![items, given];
    for (at, &length) in space.iter().enumerate() {
        let stretched = |padding: u64| {
            let added = added.get(at).copied().unwrap_or_default();
            let full = length.checked_sub(1)?.checked_mul(sliding.strides[at])?;
            let full = full
                .checked_add(sliding.reach(at))?
                .checked_add_signed(added)?;
            full.checked_sub(padding)
        };
        let long = match wanted {
            // It may be given with the axes of items and channels.
            Some(wanted) => {
                let skipped = wanted.len().saturating_sub(space.len());
                wanted
                    .get(at + skipped)
                    .and_then(|&n| u64::try_from(n).ok())
            }
            None if auto.starts_with("SAME") => length.checked_mul(sliding.strides[at]),
            None if auto == "VALID" => stretched(0),
            None => stretched(sliding.before[at] + sliding.behind[at]),
        };
        shape.push(long.ok_or_else(|| format!("axis {at} of {length} has no length then"))?);
    }
    Ok(vec![Known::new(of.element, shape)])
}

/// Pools over windows; `MaxPool` may tell the places of its elements too.
pub(super) fn pool(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let (items, channels, space) = parts(of)?;
    let kernel = call
        .node
        .integers("kernel_shape")
        .ok_or("it has no window")?;
    let kernel = kernel.iter().map(|&n| size(n)).collect::<Result<_, _>>()?;
    let mut shape = vec![items, channels];
    shape.extend(Sliding::new(call, kernel)?.over(call, space)?);
    Ok(vec![
        Known::new(of.element, shape.clone()),
        Known::new(ElementType::INT64, shape),
    ])
}

/// Pools over all of space.
pub(super) fn global_pool(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let (items, channels, space) = parts(of)?;
    let mut shape = vec![items, channels];
    shape.resize(2 + space.len(), 1);
    Ok(vec![Known::new(of.element, shape)])
}
