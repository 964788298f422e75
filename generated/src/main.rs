//! The `assay` program.

fn main() -> std::process::ExitCode {
    runtime::cli::main(&generated::CATALOG)
}
