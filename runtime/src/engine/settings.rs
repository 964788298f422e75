//! Settings: what changes how fast graphs run, and nothing of what they give.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::catalog::{Platform, UnknownName};

/// What changes how fast graphs run, and nothing of what they give. The default is that of a session which is alone on the
/// machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is switched on and off on its own"
)]
pub struct Settings {
    /// Threads inside an operator; 0 leaves the number to the engine, which takes one for each CPU of `affinity` where there
    /// are any. OpenVINO's own threads too, where its option `threads` says nothing else.
    pub threads: usize,
    /// Whether idle threads spin: up to a third faster for a lone session, wasteful beside others. Between runs they spin
    /// only where the session is one graph: the threads of several would keep the processors from each other.
    pub is_spinning: bool,
    /// Whether weights of 64 MiB and more move into huge pages where the system can: a tenth faster for decoders, whose
    /// every token reads all weights, and about twice the time to open.
    pub has_huge_pages: bool,
    /// How far the engine rewrites graphs before it runs them.
    pub optimization: GraphOptimization,
    /// Whether memory of the host is kept between runs and laid out by the pattern of the first one.
    pub has_arena: bool,
    /// Whether runs bind memory for inputs and outputs that is used again, in place of values that are made for each.
    pub has_io_binding: bool,
    /// CPUs that this process is pinned to, as the system numbers them; none: it is not pinned. Linux only.
    pub affinity: Vec<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threads: 0,
            is_spinning: true,
            has_huge_pages: true,
            optimization: GraphOptimization::All,
            has_arena: true,
            has_io_binding: false,
            affinity: Vec::new(),
        }
    }
}

impl Settings {
    /// Those of a graph that runs beside others: idle threads sleep, and pages are of the usual size.
    #[must_use]
    pub fn beside_others() -> Self {
        Self {
            is_spinning: false,
            has_huge_pages: false,
            ..Self::default()
        }
    }

    /// The settings that differ from their defaults: name and value, as the command line spells them.
    #[must_use]
    pub fn differing(&self) -> Vec<(&'static str, String)> {
        let usual = Self::default().told().into_iter();
        let given = self.told().into_iter().zip(usual);
        given
            .filter_map(|(given, usual)| (given != usual).then_some(given))
            .collect()
    }

    fn told(&self) -> [(&'static str, String); 7] {
        let switch = |is_on| if is_on { "on" } else { "off" }.to_owned();
        [
            ("threads", self.threads.to_string()),
            ("spinning", switch(self.is_spinning)),
            ("huge-pages", switch(self.has_huge_pages)),
            ("graph-optimization", self.optimization.to_string()),
            ("arena", switch(self.has_arena)),
            ("io-binding", switch(self.has_io_binding)),
            ("affinity", list(&self.affinity)),
        ]
    }
}

/// How far ONNX Runtime rewrites a graph before it runs it, by its own names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GraphOptimization {
    /// Not at all: the nodes are those of the file.
    Disabled,
    /// What needs no provider's knowledge: constants are folded, redundant nodes go.
    Basic,
    /// Also nodes that are fused for a provider.
    Extended,
    /// Also changes of the layout of tensors.
    #[default]
    All,
}

impl GraphOptimization {
    /// All levels, the least first.
    pub const ALL: [Self; 4] = [Self::Disabled, Self::Basic, Self::Extended, Self::All];

    /// Its name, in ONNX Runtime's words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Basic => "basic",
            Self::Extended => "extended",
            Self::All => "all",
        }
    }
}

impl fmt::Display for GraphOptimization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for GraphOptimization {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = Self::ALL.into_iter().find(|level| level.name() == text);
        known.ok_or_else(|| UnknownName {
            kind: "level of graph optimization",
            found: text.to_owned(),
            allowed: Self::ALL.map(Self::name).join(", "),
        })
    }
}

/// What can be wrong with a setting.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// The platform's engine has nothing of the kind.
    #[error("the setting `{setting}` cannot be `{value}` on {platform}: {reason}")]
    Unsupported {
        /// The platform.
        platform: Platform,
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: String,
        /// Why not, and what would change it.
        reason: &'static str,
    },
    /// CPUs that the machine does not have, or that this process may not use.
    #[error("this process has no CPU {}; it has: {}", list(missing), list(present))]
    NoCpu {
        /// Those that are not there.
        missing: Vec<usize>,
        /// Those that are.
        present: Vec<usize>,
    },
    /// The process is pinned, and another graph of it wants other CPUs.
    #[error(
        "this process is pinned to CPU {} already, and cannot be pinned to {}; use another process",
        list(pinned),
        list(wanted)
    )]
    Pinned {
        /// What it is pinned to.
        pinned: Vec<usize>,
        /// What was asked for.
        wanted: Vec<usize>,
    },
    /// The system does not pin the process.
    #[error("cannot pin this process to CPU {}", list(wanted))]
    Pin {
        /// What was asked for.
        wanted: Vec<usize>,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Numbers with commas between them, as the command line takes them.
fn list(numbers: &[usize]) -> String {
    let numbers: Vec<_> = numbers.iter().map(usize::to_string).collect();
    numbers.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_and_nothing_else() {
        assert_eq!(Settings::default().differing(), []);
        let settings = Settings {
            threads: 2,
            optimization: GraphOptimization::Basic,
            has_arena: false,
            has_io_binding: true,
            affinity: vec![0, 3],
            ..Settings::beside_others()
        };
        let told: Vec<_> = settings
            .differing()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        insta::assert_snapshot!(told.join(" "), @"threads=2 spinning=off huge-pages=off graph-optimization=basic arena=off io-binding=on affinity=0,3");
    }

    #[test]
    fn settings_travel_and_what_is_left_out_is_the_default() {
        let settings = Settings {
            threads: 3,
            affinity: vec![1],
            ..Settings::default()
        };
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
        let few: Settings = serde_json::from_str(r#"{"optimization":"disabled"}"#).unwrap();
        assert_eq!(few.differing().len(), 1);
        assert!(serde_json::from_str::<Settings>(r#"{"treads":1}"#).is_err());
    }

    #[test]
    fn levels_have_the_names_of_onnx_runtime() {
        for level in GraphOptimization::ALL {
            assert_eq!(level.name().parse(), Ok(level));
        }
        assert!("everything".parse::<GraphOptimization>().is_err());
    }
}
