//! `assay setup`: fetch libraries ahead of time.

use clap::Args;

use super::output::{self, Failure};
use crate::Error;
use crate::cache::Terminal;
use crate::catalog::Platform;
use crate::distribution::{self, Fetch, How, Policy};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Platforms to fetch the library of.
    #[arg(value_delimiter = ',', default_value = "cpu")]
    platforms: Vec<Platform>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let policy = Policy {
        fetch: Fetch::Any,
        ..Policy::from_env().map_err(Error::from)?
    };
    let progress = Terminal::new();
    for platform in &arguments.platforms {
        let library = distribution::resolve(*platform, &policy, &progress).map_err(Error::from)?;
        output::print(&format!(
            "{platform}: {} ({})\n",
            library.path.display(),
            how(library.how)
        ))?;
    }
    Ok(())
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
