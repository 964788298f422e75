//! What users say of settings: how fast a model runs, and nothing of what it gives.

use clap::Args;

use crate::engine::settings::{GraphOptimization, Settings};

/// Heading of these flags in a command's help.
const HEADING: &str = "Settings";

#[derive(Debug, Default, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each flag stands on its own")]
pub(super) struct SettingsArguments {
    /// Threads inside an operator; the engine chooses by default.
    #[arg(long, value_name = "N", help_heading = HEADING, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Let idle threads sleep: better beside other work, slower alone.
    #[arg(long, help_heading = HEADING)]
    no_spinning: bool,
    /// Leave weights in pages of the usual size.
    #[arg(long, help_heading = HEADING)]
    no_huge_pages: bool,
    /// How far ONNX Runtime rewrites graphs: `disabled`, `basic`, `extended` or `all`.
    #[arg(long, value_name = "LEVEL", help_heading = HEADING, default_value_t)]
    graph_optimization: GraphOptimization,
    /// Give memory of the host back after each run.
    #[arg(long, help_heading = HEADING)]
    no_arena: bool,
    /// Bind memory for inputs and outputs that every run uses again.
    #[arg(long, help_heading = HEADING)]
    io_binding: bool,
    /// CPUs to pin the process to, such as `0,1`; one thread for each, unless `--threads` says otherwise. Linux only.
    #[arg(long, value_name = "CPU", value_delimiter = ',', help_heading = HEADING)]
    affinity: Vec<usize>,
}

impl SettingsArguments {
    /// The settings that were given; what was not is as for a session that is alone on the machine.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            threads: self.threads.map_or(0, usize::from),
            is_spinning: !self.no_spinning,
            has_huge_pages: !self.no_huge_pages,
            optimization: self.graph_optimization,
            has_arena: !self.no_arena,
            has_io_binding: self.io_binding,
            affinity: self.affinity.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: SettingsArguments,
    }

    fn read(line: &str) -> Result<Settings, clap::Error> {
        let words = line.split_whitespace();
        let line = Line::try_parse_from(std::iter::once("assay").chain(words));
        line.map(|line| line.settings.settings())
    }

    #[test]
    fn every_flag_sets_what_it_says() {
        assert_eq!(read("").unwrap(), Settings::default());
        let all = "--threads 3 --no-spinning --no-huge-pages --graph-optimization basic --no-arena --io-binding --affinity 0,2";
        let expected = Settings {
            threads: 3,
            is_spinning: false,
            has_huge_pages: false,
            optimization: GraphOptimization::Basic,
            has_arena: false,
            has_io_binding: true,
            affinity: vec![0, 2],
        };
        assert_eq!(read(all).unwrap(), expected);
    }

    #[test]
    fn bad_values_are_bad_input() {
        for line in [
            "--threads 0",
            "--threads many",
            "--graph-optimization most",
            "--affinity 0,x",
            "--affinity -1",
        ] {
            let refused = read(line).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{line}");
        }
    }
}
