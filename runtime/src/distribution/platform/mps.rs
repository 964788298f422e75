//! `mps`: Apple silicon, through CoreML.

use super::{Device, Policy, Source, Unavailable};
use crate::distribution::wheels;

pub(super) const SOURCE: Source = Source {
    variable: "ASSAY_ORT_MPS_PATH",
    wheels: wheels::ONNXRUNTIME_COREML,
    no_library: None,
    devices,
};

fn devices(policy: &Policy) -> Result<Vec<Device>, Unavailable> {
    let machine = &policy.machine;
    match (machine.os, machine.arch) {
        ("macos", "aarch64") => {
            let brand = machine.brand.as_deref();
            let chip = brand.and_then(Chip::of);
            Ok(vec![Device {
                name: brand.unwrap_or("Apple silicon").to_owned(),
                detail: chip.map_or_else(
                    || "CoreML".to_owned(),
                    |chip| format!("CoreML, {}", chip.described()),
                ),
            }])
        }
        (os, arch) => Err(Unavailable::because(format!(
            "CoreML exists on macOS with Apple silicon only, and this is {os} on {arch}"
        ))),
    }
}

/// A chip of Apple's M series: `Apple M3 Max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chip {
    /// 1 for M1 and so on.
    generation: u32,
    /// How large it is within its generation.
    size: Size,
}

/// The sizes of a generation, the smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Base,
    Pro,
    Max,
    Ultra,
}

impl Chip {
    /// The chip that `machdep.cpu.brand_string` names. Virtual machines add a word of their own, or name no chip.
    fn of(brand: &str) -> Option<Self> {
        let mut words = brand.split_whitespace();
        if words.next()? != "Apple" {
            return None;
        }
        let generation = words.next()?.strip_prefix('M')?.parse().ok()?;
        let size = match words.next() {
            Some("Pro") => Size::Pro,
            Some("Max") => Size::Max,
            Some("Ultra") => Size::Ultra,
            _ => Size::Base,
        };
        Some(Self { generation, size })
    }

    fn described(self) -> String {
        let size = match self.size {
            Size::Base => "base chip",
            Size::Pro => "Pro chip",
            Size::Max => "Max chip",
            Size::Ultra => "Ultra chip",
        };
        format!("{size} of generation M{}", self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_are_known_by_their_brand() {
        let chip = |generation, size| Some(Chip { generation, size });
        for (brand, expected) in [
            ("Apple M1", chip(1, Size::Base)),
            ("Apple M1 Ultra", chip(1, Size::Ultra)),
            ("Apple M2 Pro", chip(2, Size::Pro)),
            ("Apple M3 Max", chip(3, Size::Max)),
            ("Apple M4", chip(4, Size::Base)),
            ("Apple M5 Pro", chip(5, Size::Pro)),
            ("Apple M1 (Virtual)", chip(1, Size::Base)),
            ("Apple processor", None),
            ("Apple A18 Pro", None),
            ("Intel(R) Core(TM) M3-7Y32 CPU @ 1.10GHz", None),
            ("", None),
        ] {
            assert_eq!(Chip::of(brand), expected, "{brand}");
        }
    }
}
