//! alembic-doctor's binary: arguments in, exit code out.

use std::process::ExitCode;
use std::thread;

fn main() -> ExitCode {
    // Python is parsed here too (env.py), and the main thread's stack is small on some systems.
    let run = thread::Builder::new()
        .stack_size(alembic_doctor::python::STACK)
        .spawn(|| alembic_doctor::cli::run(std::env::args_os()));
    match run.map(thread::JoinHandle::join) {
        Ok(Ok(code)) => ExitCode::from(code),
        // The panic's own message is on stderr already; a failed start has no better place to go.
        Ok(Err(_)) | Err(_) => ExitCode::from(alembic_doctor::cli::USAGE),
    }
}
