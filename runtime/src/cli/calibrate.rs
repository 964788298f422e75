//! `assay calibrate`: measures the device of a platform here, and prints a profile for the registry.

use clap::Args;
use serde_json::json;

use super::fleet::Fleet;
use super::options::OptionArguments;
use super::output::{self, Failure, Format};
use crate::catalog::{Catalog, Entry, Platform};
use crate::predict::{self, Fit, Pace};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The platform.
    platform: Platform,
    /// Models to measure, at the size of their tests; one of each family by default.
    models: Vec<String>,
    /// Form of the output: a piece of YAML for `model_registry/platforms/<platform>.yaml`, or JSON with every measurement.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    provider: OptionArguments,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let platform = arguments.platform;
    let models = chosen(catalog, arguments)?;
    let mut fleet = Fleet::new(arguments.provider.of(&[platform])?);
    output::remark(&format!("{platform}: kernels of one operator"));
    let mut found = fleet.pace(None, platform)?;
    for (index, model) in models.iter().enumerate() {
        output::remark(&format!(
            "{platform}: {model} ({} of {})",
            index + 1,
            models.len()
        ));
        match fleet.pace(Some(model), platform) {
            Ok(paces) => found.extend(paces),
            // What does not run for real there has no time to learn from.
            Err(error) => output::remark(&format!("  left out: {}", error.chain())),
        }
    }
    let measured: Vec<_> = found.iter().map(|pace| pace.measured.clone()).collect();
    let fit = predict::fit(&measured).map_err(|error| Failure::failed(error.to_string()))?;
    let Some(first) = found.first() else {
        return Err(Failure::failed("nothing was measured"));
    };
    match arguments.format {
        Format::Text => {
            output::remark(&beside(&fit));
            output::print(&yaml(first, &fit))
        }
        Format::Json => output::print_json(&json!({
            "profile": profile(first, &fit),
            "families": fit.families.iter().map(|one| json!({
                "family": one.family,
                "measured_us": one.measured_us,
                "predicted_us": one.predicted_us,
            })).collect::<Vec<_>>(),
            "measured": found,
        })),
    }
}

fn chosen(catalog: &Catalog, arguments: &Arguments) -> Result<Vec<&'static str>, Failure> {
    let runs = |entry: &&Entry| entry.skill(arguments.platform).is_ok();
    if arguments.models.is_empty() {
        let mut models = Vec::new();
        for family in catalog.families {
            let of_family = |entry: &&&'static Entry| entry.model.family.id == family.id;
            let mut members = catalog.models.iter().filter(of_family).copied();
            models.extend(members.find(runs).map(|entry| entry.model.id));
        }
        return Ok(models);
    }
    let found = arguments.models.iter().map(|name| {
        let found = catalog.find(name);
        found
            .map(|entry| entry.model.id)
            .map_err(|error| Failure::bad_input(error.to_string()))
    });
    found.collect()
}

/// Every family as the others predict it, beside what was measured.
fn beside(fit: &Fit) -> String {
    let mut text = format!(
        "\n{:<24}{:>12}{:>24}{:>9}\n",
        "family", "measured ms", "predicted by others ms", "error"
    );
    for one in &fit.families {
        text += &format!(
            "{:<24}{:>12.2}{:>24.2}{:>8.0}%\n",
            one.family,
            one.measured_us / 1e3,
            one.predicted_us / 1e3,
            (one.predicted_us / one.measured_us - 1.0) * 100.0
        );
    }
    text
}

/// Three digits, which is more than a measurement deserves.
fn rounded(number: f64) -> f64 {
    if number == 0.0 {
        return 0.0;
    }
    let scale = 10_f64.powf(2.0 - number.abs().log10().floor());
    (number * scale).round() / scale
}

fn profile(first: &Pace, fit: &Fit) -> serde_json::Value {
    json!({
        "device": first.device,
        "library": first.library,
        "run_us": rounded(fit.run_us),
        "node_us": rounded(fit.node_us),
        "gflops": rounded(fit.gflops),
        "gbps": rounded(fit.gbps),
        "transfer_gbps": rounded(fit.transfer_gbps),
        "held_out": {
            "families": fit.held_out.families,
            "error_percent": rounded(fit.held_out.error_percent),
            "low": rounded(fit.held_out.low),
            "high": rounded(fit.held_out.high),
        },
    })
}

fn yaml(first: &Pace, fit: &Fit) -> String {
    let Fit { held_out, .. } = fit;
    format!(
        "profiles:\n  - device: {:?}\n    library: {:?}\n    run_us: {:?}\n    node_us: {:?}\n    gflops: {:?}\n    gbps: {:?}\n    transfer_gbps: {:?}\n    held_out: {{families: {}, error_percent: {:?}, low: {:?}, high: {:?}}}\n",
        first.device,
        first.library,
        rounded(fit.run_us),
        rounded(fit.node_us),
        rounded(fit.gflops),
        rounded(fit.gbps),
        rounded(fit.transfer_gbps),
        held_out.families,
        rounded(held_out.error_percent),
        rounded(held_out.low),
        rounded(held_out.high),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_three_digits() {
        let numbers = [1234.5, 0.012_345, 99.96, 1e9, 0.0];
        let numbers = numbers.map(|number| rounded(number).to_string());
        assert_eq!(numbers, ["1230", "0.0123", "100", "1000000000", "0"]);
    }
}
