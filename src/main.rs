//! Parses the command line, runs it, sets the exit code.

use std::process::ExitCode;

/// Sessions and open streams live long among requests that do not: the system's allocator leaves holes between them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cirrus::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cirrus: {error:#}");
            ExitCode::FAILURE
        }
    }
}
