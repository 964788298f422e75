//! Tries every platform in a process of its own, for a process can load one ONNX Runtime library only: the test's own program
//! is started again for each.

use std::env;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use runtime::catalog::Platform;
use runtime::distribution::{self, Policy};
use runtime::engine::browser;

/// Names the platform to the process that tries it.
const PLATFORM: &str = "TRIED_PLATFORM";

/// The `main` of a test: in the first process it starts the others, in those it tries the platform.
pub(crate) fn main(what: &str, attempt: fn(Platform)) -> ExitCode {
    if let Ok(platform) = env::var(PLATFORM) {
        attempt(platform.parse().unwrap());
        browser::shut_down();
        return ExitCode::SUCCESS;
    }
    let trials = Platform::ALL.iter().map(|platform| {
        Trial::ignorable_test(format!("{platform}_{what}"), || try_apart(*platform))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// Tries a platform in a process of its own, where its library and a device are there.
fn try_apart(platform: Platform) -> Result<Completion, Failed> {
    let policy = Policy::from_env().unwrap();
    let found = distribution::probe(platform, &policy);
    if platform != Platform::Cpu {
        if let Err(absent) = found.devices {
            return Ok(Completion::ignored_with(absent.to_string()));
        }
        if let Err(absent) = found.library {
            return Ok(Completion::ignored_with(absent.to_string()));
        }
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.env(PLATFORM, platform.name());
    if platform == Platform::WebGpu && cfg!(target_os = "linux") {
        let drivers = distribution::vulkan_drivers(&policy);
        command.envs(distribution::vulkan_environment(&drivers, &policy.machine));
    }
    let output = command.output().unwrap();
    if output.status.success() {
        return Ok(Completion::Completed);
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failed::from(told))
}
