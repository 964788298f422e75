//! `assay devices`: what each platform finds on this machine.

use clap::Args;

use super::output::{self, Failure, Format};
use super::setup::how;
use crate::Error;
use crate::catalog::Platform;
use crate::distribution::{self, Finding, Policy};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Platforms to look at; all of them by default.
    #[arg(value_delimiter = ',')]
    platforms: Vec<Platform>,
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
    match arguments.format {
        Format::Text => output::print(&findings.iter().map(text).collect::<String>()),
        Format::Json => output::print_json(&findings.iter().map(json).collect()),
    }
}

fn text(finding: &Finding) -> String {
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
    text
}

fn json(finding: &Finding) -> serde_json::Value {
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
    })
}
