//! What a platform's process must be started with, where variables are read before anybody could set them.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use crate::catalog::Platform;
use crate::distribution::{self, Policy};
use crate::engine::ProviderOptions;

/// Set in a process that has been started anew, so that none is twice.
const MARK: &str = "ASSAY_STARTED_FOR";

/// Starts this program anew, in the same process and with the same arguments, where the platform or its options need
/// variables that it was not started with. Returns where nothing is lacking or nothing can be done; the platform then says
/// what it lacks.
pub fn enter(platform: Platform, options: &ProviderOptions) {
    if env::var_os(MARK).is_some_and(|mark| mark == platform.name()) {
        return;
    }
    let lacking = lacking(platform, options);
    if !lacking.is_empty() {
        start_anew(platform, lacking);
    }
}

/// The variables that this process should have been started with and was not.
fn lacking(platform: Platform, options: &ProviderOptions) -> Vec<(&'static str, OsString)> {
    let mut wanted = match platform {
        Platform::WebGpu => of_vulkan(options),
        _ => of_library(platform, options),
    };
    wanted.retain(|(name, value)| env::var_os(name).as_ref() != Some(value));
    wanted
}

/// What the platform's library takes from the environment alone.
fn of_library(platform: Platform, options: &ProviderOptions) -> Vec<(&'static str, OsString)> {
    let variables = options.environment(platform).into_iter();
    variables
        .map(|(_, variable, value)| (variable, value.into()))
        .collect()
}

/// What makes the Vulkan loader find the adapter that is asked for, or all there are.
fn of_vulkan(options: &ProviderOptions) -> Vec<(&'static str, OsString)> {
    // Elsewhere graphics adapters are found by the operating system's own means.
    if env::consts::OS != "linux" {
        return Vec::new();
    }
    let Ok(policy) = Policy::from_env() else {
        return Vec::new();
    };
    let mut drivers = distribution::vulkan_drivers(&policy);
    if let Some(adapter) = &options.webgpu.adapter
        && drivers.iter().any(|driver| adapter.is_of(&driver.name()))
    {
        drivers.retain(|driver| adapter.is_of(&driver.name()));
    }
    let mut wanted = distribution::vulkan_environment(&drivers, &policy.machine);
    if !drivers.is_empty() && env::var_os("XDG_RUNTIME_DIR").is_none() {
        // Drivers look for it, and complain without.
        wanted.push(("XDG_RUNTIME_DIR", env::temp_dir().into_os_string()));
    }
    wanted
}

#[cfg(unix)]
fn start_anew(platform: Platform, variables: Vec<(&'static str, OsString)>) {
    use std::os::unix::process::CommandExt;
    let Ok(program) = env::current_exe() else {
        return;
    };
    // Returns only where it fails, and then this process goes on as it is.
    let _ = Command::new(program)
        .args(env::args_os().skip(1))
        .envs(variables)
        .env(MARK, platform.name())
        .exec();
}

#[cfg(not(unix))]
fn start_anew(_platform: Platform, _variables: Vec<(&'static str, OsString)>) {
    let _ = Command::new;
}
