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
        let how = match library.how {
            How::Explicit(variable) => format!("named by {variable}"),
            How::Cache => "in the cache already".to_owned(),
            How::System => "of the system".to_owned(),
            How::Fetched => "fetched".to_owned(),
        };
        output::print(&format!("{platform}: {} ({how})\n", library.path.display()))?;
    }
    Ok(())
}
