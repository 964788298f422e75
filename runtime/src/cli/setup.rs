//! `assay setup`: fetch libraries and the browser ahead of time.

use std::fmt;
use std::str::FromStr;

use clap::Args;

use super::output::{self, Failure};
use crate::Error;
use crate::cache::{Progress, Terminal};
use crate::catalog::{Platform, UnknownName};
use crate::distribution::{self, DistributionError, Fetch, How, Policy};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Platforms to fetch for, or `browser`.
    #[arg(value_delimiter = ',', default_value = "cpu")]
    targets: Vec<Target>,
}

/// What can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// What a platform runs on.
    Platform(Platform),
    /// The browser alone.
    Browser,
}

const BROWSER: &str = "browser";

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform(platform) => platform.fmt(f),
            Self::Browser => f.write_str(BROWSER),
        }
    }
}

impl FromStr for Target {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        if text == BROWSER {
            return Ok(Self::Browser);
        }
        text.parse()
            .map(Self::Platform)
            .map_err(|mut unknown: UnknownName| {
                unknown.allowed.push_str(", browser");
                unknown
            })
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let policy = Policy {
        fetch: Fetch::Any,
        ..Policy::from_env().map_err(Error::from)?
    };
    let progress = Terminal::new();
    for target in &arguments.targets {
        let fetched = fetch(*target, &policy, &progress).map_err(Error::from)?;
        for (path, how_found) in fetched {
            output::print(&format!("{target}: {path} ({})\n", how(how_found)))?;
        }
    }
    Ok(())
}

/// Fetches all that a target needs; each file with how it was found.
fn fetch(
    target: Target,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<Vec<(String, How)>, DistributionError> {
    let mut fetched = Vec::new();
    if let Target::Platform(platform) = target {
        let library = distribution::resolve(platform, policy, progress)?;
        fetched.push((library.path.display().to_string(), library.how));
    }
    let needs_browser = match target {
        Target::Browser | Target::Platform(Platform::WebNn) => true,
        // The browser's package has a Vulkan driver for machines that have none.
        Target::Platform(Platform::WebGpu) => {
            policy.machine.os == "linux" && distribution::vulkan_drivers(policy).is_empty()
        }
        Target::Platform(_) => false,
    };
    if needs_browser {
        let browser = distribution::browser(policy, progress)?;
        fetched.push((browser.program.display().to_string(), browser.how));
    }
    Ok(fetched)
}

/// How a library was found, in words.
pub(super) fn how(how: How) -> String {
    match how {
        How::Explicit(variable) => format!("named by {variable}"),
        How::Cache => "in the cache".to_owned(),
        How::System => "of the system".to_owned(),
        How::Fetched => "fetched just now".to_owned(),
    }
}
