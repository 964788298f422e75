//! `assay devices`: what each platform finds on this machine.

use clap::Args;
use metrics::Quantity;

use super::fleet::Fleet;
use super::output::{self, Failure, Format};
use super::setup::how;
use crate::Error;
use crate::catalog::Platform;
use crate::distribution::{self, Finding, Policy};
use crate::engine::ProviderOptions;
use crate::peaks::DevicePeaks;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Platforms to look at; all of them by default.
    #[arg(value_delimiter = ',')]
    platforms: Vec<Platform>,
    /// Measure what each device reaches at most, each in a process of its own: seconds a platform, up to a minute for an adapter
    /// in software.
    #[arg(long)]
    peaks: bool,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let platforms = if arguments.platforms.is_empty() {
        Platform::ALL
    } else {
        &arguments.platforms
    };
    let policy = Policy::from_env().map_err(Error::from)?;
    let findings: Vec<_> = platforms
        .iter()
        .map(|platform| distribution::probe(*platform, &policy))
        .collect();
    let mut fleet = Fleet::new(ProviderOptions::default());
    let mut shown = Vec::new();
    for finding in &findings {
        let is_here = finding.library.is_ok() && finding.devices.is_ok();
        let peaks = (arguments.peaks && is_here).then(|| {
            output::remark(&format!("{}: measuring its peaks", finding.platform));
            let found = fleet.peaks(finding.platform);
            // The next is measured on a machine that nothing else is done on.
            fleet.end(finding.platform);
            found.map_err(|error| error.chain())
        });
        shown.push((finding, peaks));
    }
    match arguments.format {
        Format::Text => output::print(&shown.iter().map(text).collect::<String>()),
        Format::Json => output::print_json(&shown.iter().map(json).collect()),
    }
}

/// What a platform's device reaches, or why that could not be measured; `None` where nobody asked, or there is none.
type Measured = Option<Result<DevicePeaks, String>>;

fn text((finding, measured): &(&Finding, Measured)) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        text.push_str(&format!("{label:<9}  {value}\n"));
    };
    let platform = finding.platform.name();
    match &finding.library {
        Ok(library) => line(
            platform,
            &format!("{} ({})", library.path.display(), how(library.how)),
        ),
        Err(error) => line(platform, &format!("no library: {error}")),
    }
    match &finding.devices {
        Ok(devices) => devices
            .iter()
            .for_each(|device| line("", &format!("{} ({})", device.name, device.detail))),
        Err(absent) => line("", &format!("no device: {absent}")),
    }
    match measured {
        None => {}
        Some(Err(error)) => line("", &format!("no peaks: {error}")),
        Some(Ok(peaks)) => {
            line("", &format!("peaks of {}, {}", peaks.device, peaks.library));
            for (dtype, gflops) in &peaks.gflops {
                let name = format!("{dtype:?}").to_lowercase();
                line("", &row(&name, "GFLOP/s", gflops));
            }
            line("", &row("memory", "GB/s", &peaks.gbps));
            line("", &row("in theory", "GB/s", &peaks.theoretical_gbps));
        }
    }
    text
}

/// A peak with where it comes from, or why there is none.
fn row(name: &str, unit: &str, peak: &Quantity) -> String {
    let (Quantity::Measured { source: told, .. }
    | Quantity::Sampled { source: told, .. }
    | Quantity::Modelled { method: told, .. }
    | Quantity::Unavailable { reason: told }) = peak;
    match peak.value() {
        Some(value) => format!("  {name:<9} {value:>10.1} {unit:<7}  {told}"),
        None => format!("  {name:<9} {:>10} {:<7}  {told}", "-", ""),
    }
}

fn json((finding, measured): &(&Finding, Measured)) -> serde_json::Value {
    let library = finding.library.as_ref();
    let devices = finding.devices.as_ref();
    serde_json::json!({
        "platform": finding.platform.name(),
        "library": library.ok().map(|library| library.path.display().to_string()),
        "library_unavailable": library.err().map(ToString::to_string),
        "devices": devices.ok().map(|devices| {
            let device = |device: &distribution::Device| serde_json::json!({ "name": device.name, "detail": device.detail });
            devices.iter().map(device).collect::<Vec<_>>()
        }),
        "devices_unavailable": devices.err().map(ToString::to_string),
        "peaks": measured.as_ref().and_then(|measured| measured.as_ref().ok()),
        "peaks_unavailable": measured.as_ref().and_then(|measured| measured.as_ref().err()),
    })
}
