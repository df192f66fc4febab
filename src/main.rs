//! The `segno` program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    segno::cli::main()
}
