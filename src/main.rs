//! Parses the command line, runs it, sets the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    match cirrus::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cirrus: {error:#}");
            ExitCode::FAILURE
        }
    }
}
