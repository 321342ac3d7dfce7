// SPDX-License-Identifier: GPL-3.0-or-later
//! `orielctl`: the engine on the command line. What the window can do, this can do.

mod agent;
mod args;
mod commands;
mod controls;
mod failure;
mod interrupt;
mod output;
mod size;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use crate::args::Arguments;

/// How long open connections may take to close at the end.
const CLOSING_TIME: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no failure, and go to standard output.
            let code = if error.use_stderr() {
                failure::USAGE
            } else {
                0
            };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    start_log(arguments.verbose);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            output::error(&format!("Could not start: {error}"));
            return ExitCode::from(failure::FAILED);
        }
    };
    let code = match runtime.block_on(commands::run(arguments)) {
        Ok(()) => 0,
        Err(failure) => {
            failure.print();
            failure.code()
        }
    };
    // Connections close in the background; a libvirt call that hangs must not keep us, though.
    runtime.shutdown_timeout(CLOSING_TIME);
    output::flush();
    libvirt_ext::exit_now(code)
}

fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "oriel=info,orielctl=info",
        _ => "oriel=debug,orielctl=debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("ORIEL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(|| oriel::shown::Log(std::io::stderr()))
        .without_time()
        .try_init();
}
