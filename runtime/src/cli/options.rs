//! `--option`: what users say of execution providers.

use clap::Args;

use crate::catalog::Platform;
use crate::engine::ProviderOptions;
use crate::engine::options;
use crate::error::Error;

#[derive(Debug, Default, Args)]
pub(super) struct OptionArguments {
    /// Option of the platform's execution provider, listed below; `PLATFORM.KEY=VALUE` addresses one of several platforms.
    /// May be given several times.
    #[arg(long = "option", value_name = "KEY=VALUE")]
    options: Vec<String>,
}

impl OptionArguments {
    /// The options as they were given.
    pub(super) fn texts(&self) -> &[String] {
        &self.options
    }

    /// The options for these platforms.
    pub(super) fn of(&self, platforms: &[Platform]) -> Result<ProviderOptions, Error> {
        Ok(ProviderOptions::parse(&self.options, platforms)?)
    }
}

/// All options, by platform, for the end of a command's help.
pub(super) fn help() -> String {
    let mut text = "Options of execution providers (--option KEY=VALUE):\n".to_owned();
    for platform in Platform::ALL {
        text.push_str(&format!("  {platform}\n"));
        let keys = options::keys(*platform);
        let width = keys.iter().map(|key| key.name.len()).max().unwrap_or(0);
        for options::Key {
            name,
            values,
            about,
        } in keys
        {
            text.push_str(&format!("    {name:<width$}  {about}: {values}\n"));
        }
    }
    text.pop();
    text
}
