//! What can be wrong with an option of an execution provider.

use crate::catalog::Platform;

/// What can be wrong with an option of an execution provider.
#[derive(Debug, thiserror::Error)]
pub enum OptionError {
    /// It is no pair.
    #[error(
        "`{found}` is no option; expected KEY=VALUE, or PLATFORM.KEY=VALUE to address one of several platforms"
    )]
    Form {
        /// What was found.
        found: String,
    },
    /// The platform has no option of that name.
    #[error("{platform} has no option `{key}`; {}it has: {known}", suggestion(*nearest))]
    Unknown {
        /// The platform.
        platform: Platform,
        /// The name.
        key: String,
        /// The name most like it.
        nearest: Option<&'static str>,
        /// The names there are.
        known: String,
    },
    /// The option does not take the value.
    #[error("the option `{key}` of {platform} does not take `{value}`; it takes {expected}")]
    Value {
        /// The platform.
        platform: Platform,
        /// The option.
        key: &'static str,
        /// What was given.
        value: String,
        /// What it takes, in words.
        expected: &'static str,
    },
    /// Two values for one option.
    #[error("the option `{key}` of {platform} is given twice; give it once")]
    Twice {
        /// The platform.
        platform: Platform,
        /// The option.
        key: String,
    },
    /// It is addressed to a platform that nothing runs on.
    #[error(
        "`{option}` is for {addressed}, and nothing runs on it here; name it with the other platforms, or leave the option out"
    )]
    Elsewhere {
        /// The option as it was given.
        option: String,
        /// The platform it is addressed to.
        addressed: Platform,
    },
    /// It does not go together with another option, the graph or the machine.
    #[error("the option `{key}` of {platform} cannot be `{value}` here: {reason}")]
    Conflict {
        /// The platform.
        platform: Platform,
        /// The option.
        key: &'static str,
        /// Its value.
        value: String,
        /// Why not, and what would change it.
        reason: String,
    },
    /// All sessions of a process share one device, which was made with other options.
    #[error(
        "{platform} cannot be opened with {given}: its one device in this process was made with {made}; use another process"
    )]
    Shared {
        /// The platform.
        platform: Platform,
        /// The options that were given.
        given: String,
        /// The options that the device was made with.
        made: String,
    },
    /// The library reads it from a variable, when the process starts.
    #[error(
        "the library of {platform} takes the option `{key}` from the environment alone; start the process with {variable}={value}"
    )]
    Environment {
        /// The platform.
        platform: Platform,
        /// The option.
        key: &'static str,
        /// The variable.
        variable: &'static str,
        /// The value that it should have.
        value: String,
    },
    /// The library refuses the provider with these options.
    #[error("the provider of {platform} refuses its options ({given}); correct or leave them out")]
    Refused {
        /// The platform.
        platform: Platform,
        /// The options that differ from their defaults.
        given: String,
        /// What the library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("did you mean `{name}`? "))
}
