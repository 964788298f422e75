//! The `gen` program.

fn main() -> std::process::ExitCode {
    generator::cli::main()
}
