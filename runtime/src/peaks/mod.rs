//! What the device of a platform reaches at most, measured here: operations a second by type of number, and bytes a second.

mod chain;
mod growth;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use metrics::roof::{self, Dtype};
use metrics::tree::Rooted;
use metrics::{ModelError, Peaks, Quantity, nvml};
use serde::{Deserialize, Serialize};

use self::chain::Bench;
use crate::cache::Silent;
use crate::catalog::{Platform, Precision};
use crate::engine::{self, Evidence, ProviderOptions};
use crate::error::Error;

/// Precisions that devices are measured in.
const PRECISIONS: [(Precision, export::Precision); 3] = [
    (Precision::Fp32, export::Precision::Fp32),
    (Precision::Fp16, export::Precision::Fp16),
    (Precision::Bf16, export::Precision::Bf16),
];

/// What a device reaches at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DevicePeaks {
    /// The device, as evidence names it.
    pub device: String,
    /// The library with its version.
    pub library: String,
    /// 10⁹ operations a second, by the type that is multiplied.
    pub gflops: BTreeMap<Dtype, Quantity>,
    /// 10⁹ bytes a second, between the device and its memory.
    pub gbps: Quantity,
    /// The same by the device's own description, where it gives one.
    pub theoretical_gbps: Quantity,
    /// How long measuring took, in milliseconds.
    pub took_ms: f64,
}

impl DevicePeaks {
    /// The higher of two measurements of the same device, figure by figure: whatever else ran can only have made it slower.
    #[must_use]
    pub fn or_higher(mut self, again: Self) -> Self {
        fn higher(one: Quantity, other: Quantity) -> Quantity {
            if other.value() > one.value() {
                other
            } else {
                one
            }
        }
        for (dtype, peak) in again.gflops {
            let known = self.gflops.remove(&dtype);
            let best = known.map_or(peak.clone(), |known| higher(known, peak));
            self.gflops.insert(dtype, best);
        }
        self.gbps = higher(self.gbps, again.gbps);
        self
    }

    /// The peaks for a run in this precision.
    #[must_use]
    pub fn of(&self, precision: Precision) -> Peaks {
        let dtype = dtype(precision);
        let nothing = || Quantity::unavailable(format!("no peak for {dtype:?} was measured"));
        Peaks {
            gflops: self.gflops.get(&dtype).cloned().unwrap_or_else(nothing),
            gbps: self.gbps.clone(),
            theoretical_gbps: self.theoretical_gbps.clone(),
        }
    }
}

/// The type of number that a precision computes in.
const fn dtype(precision: Precision) -> Dtype {
    match precision {
        Precision::Fp32 => Dtype::F32,
        Precision::Fp16 => Dtype::F16,
        Precision::Bf16 => Dtype::Bf16,
    }
}

/// Measures the device of a platform: processors by loops of their own instructions ([`metrics::roof`]), every other device
/// by large products and sums that its provider runs.
///
/// # Errors
/// A platform that is absent, or one that runs no kernel at all.
pub fn measure(platform: Platform, provider: &ProviderOptions) -> Result<DevicePeaks, Error> {
    let began = Instant::now();
    let engine = engine::of_platform(platform, &Silent)?;
    let bench = Bench::new(engine.as_ref(), provider)?;
    let evidence = bench.evidence()?;
    let theoretical_gbps = theoretical(platform, provider);
    let (gflops, gbps) = if is_processor(platform, provider) {
        of_processors()
    } else {
        of_device(&bench, theoretical_gbps.value().copied())
    };
    Ok(DevicePeaks {
        device: device(&evidence),
        library: evidence.library().to_owned(),
        gflops,
        gbps,
        theoretical_gbps,
        took_ms: began.elapsed().as_secs_f64() * 1e3,
    })
}

fn device(evidence: &Evidence) -> String {
    evidence.device().unwrap_or_default().to_owned()
}

/// Whether a platform's device are the machine's processors, which loops of their own instructions measure.
fn is_processor(platform: Platform, provider: &ProviderOptions) -> bool {
    match platform {
        Platform::Cpu => true,
        Platform::OpenVino => provider.openvino.device.name() == "CPU",
        _ => false,
    }
}

/// All types that there are instructions for. Processors compute 16-bit floats as 32-bit ones: such is their peak.
fn of_processors() -> (BTreeMap<Dtype, Quantity>, Quantity) {
    let budget = roof::Budget {
        compute: Duration::from_secs(3),
        bandwidth: Duration::from_secs(2),
    };
    let roof = roof::probe(&Rooted::system(), None, budget);
    let measured = [Dtype::F64, Dtype::F32, Dtype::Bf16, Dtype::I8];
    let mut gflops: BTreeMap<_, _> = measured
        .into_iter()
        .map(|dtype| (dtype, roof.peak_gops(dtype)))
        .collect();
    gflops.insert(Dtype::F16, roof.peak_gops(Dtype::F32));
    (gflops, roof.peak_gbps())
}

fn of_device(
    bench: &Bench<'_>,
    theoretical_gbps: Option<f64>,
) -> (BTreeMap<Dtype, Quantity>, Quantity) {
    let gflops = PRECISIONS.map(|(precision, written)| {
        let peak = growth::of_products(|kernel| bench.time(kernel, written));
        (dtype(precision), peak)
    });
    let caches = roof::last_level_bytes(&Rooted::system());
    let gbps = growth::of_sums(
        |kernel| bench.time(kernel, export::Precision::Fp32),
        caches,
        theoretical_gbps,
    );
    (gflops.into_iter().collect(), gbps)
}

/// What the device says of its memory, in 10⁹ bytes a second.
fn theoretical(platform: Platform, provider: &ProviderOptions) -> Quantity {
    if platform != Platform::Cuda {
        return Quantity::unavailable(format!("{platform} does not describe its memory"));
    }
    let number = provider.cuda.device as usize;
    let told = nvml::accelerators().and_then(|all| match all.get(number) {
        Some(device) => device.theoretical_bandwidth_gbps(),
        None => Err(std::io::ErrorKind::NotFound.into()),
    });
    match told {
        Ok(gbps) => Quantity::modelled(
            gbps,
            "NVML: highest clock of the memory × width of its bus × 2",
            ModelError::Unknown,
        ),
        Err(error) => Quantity::unavailable(format!("NVML: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_have_peaks_of_every_precision() {
        let peaks = measure(Platform::Cpu, &ProviderOptions::default()).unwrap();
        assert!(peaks.library.starts_with("onnxruntime"), "{peaks:?}");
        let fp32 = peaks.of(Precision::Fp32);
        let (gflops, gbps) = (fp32.gflops.value().unwrap(), fp32.gbps.value().unwrap());
        assert!((1.0..1e6).contains(gflops), "{peaks:?}");
        assert!((0.5..2e4).contains(gbps), "{peaks:?}");
        assert_eq!(peaks.of(Precision::Fp16).gflops, fp32.gflops);
        assert!(peaks.theoretical_gbps.reason().is_some());
        // It travels between processes.
        let text = serde_json::to_string(&peaks).unwrap();
        let read: DevicePeaks = serde_json::from_str(&text).unwrap();
        assert_eq!(read.gflops.len(), peaks.gflops.len());
        let read = *read.of(Precision::Fp32).gflops.value().unwrap();
        assert!((read / gflops - 1.0).abs() < 1e-12);
    }

    /// How high they are beside what the processors' own loops reach is no test: tests have no processors to themselves.
    #[test]
    fn a_provider_has_peaks_of_what_it_computes() {
        let engine = engine::of_platform(Platform::Cpu, &Silent).unwrap();
        let bench = Bench::new(engine.as_ref(), &ProviderOptions::default()).unwrap();
        let (gflops, gbps) = of_device(&bench, None);
        assert!(*gflops[&Dtype::F32].value().unwrap() > 0.0, "{gflops:?}");
        assert!(gbps.is_measured(), "{gbps:?}");
        // There are no bfloat16 products on the processors: that is told, not guessed.
        assert!(gflops[&Dtype::Bf16].reason().is_some());
    }

    #[test]
    fn a_precision_that_was_not_measured_says_so() {
        let peaks = DevicePeaks {
            device: String::new(),
            library: String::new(),
            gflops: BTreeMap::new(),
            gbps: Quantity::unavailable("none"),
            theoretical_gbps: Quantity::unavailable("none"),
            took_ms: 0.0,
        };
        let fp16 = peaks.of(Precision::Fp16);
        assert_eq!(fp16.gflops.reason(), Some("no peak for F16 was measured"));
    }
}
