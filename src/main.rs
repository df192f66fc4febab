//! The `segno` program: the command line, and the daemon that it starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    segno_cli::main(segno::daemon::run)
}
