// SPDX-License-Identifier: GPL-3.0-or-later
//! `oriel`: the window. Virtual machines of libvirt, seen and managed on the desktop.
//!
//! Owns the start and the end of the process: the command line, the engine's runtime, the
//! application. What is shown is the `window` folder's; what is done is the engine's.

mod activity;
mod engine;
mod errors;
mod guest_page;
mod i18n;
mod questions;
mod resources;
mod sidebar;
mod util;
mod window;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use oriel::connection::askpass;
use relm4::{RelmApp, adw};

use crate::engine::Engine;
use crate::window::{Window, WindowInit};

/// The application's id on the session bus and in desktop files.
const APP_ID: &str = "org.oriel.Oriel";

/// The hidden argument under which ssh runs us to ask something.
const ASKPASS: &str = "--askpass-helper";

/// See and manage virtual machines.
#[derive(Debug, Parser)]
#[command(name = "oriel", version)]
struct Arguments {
    /// A libvirt connection to show; may be given several times
    #[arg(short, long, value_name = "URI", default_value = "qemu:///session")]
    connect: Vec<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == ASKPASS) {
        return if askpass::help(&words[1..]) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    let arguments = Arguments::parse();
    start_log();
    i18n::start();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("engine")
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the engine's threads could not be started");
            return ExitCode::FAILURE;
        }
    };
    let (engine, questions) = Engine::start(runtime.handle(), &arguments.connect);
    let engine = Arc::new(engine);
    // Each start has a window and connections of its own.
    let application = adw::Application::builder()
        .application_id(APP_ID)
        .flags(relm4::gtk::gio::ApplicationFlags::NON_UNIQUE)
        .build();
    let app = RelmApp::from_app(application).with_args(Vec::new());
    app.run::<Window>(WindowInit {
        engine: Arc::clone(&engine),
        questions,
    });
    // A start that is under way must give its passphrase back first.
    runtime.block_on(engine.close());
    libvirt_ext::exit_now(0)
}

fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ORIEL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .try_init();
}
