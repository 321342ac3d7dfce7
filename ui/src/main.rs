// SPDX-License-Identifier: GPL-3.0-or-later
//! `oriel`: the window. Virtual machines of libvirt, seen and managed on the desktop.
//!
//! Owns the start and the end of the process: the command line, the engine's runtime, the
//! application. What is shown is the `window` folder's; what is done is the engine's.
//!
//! There is one process in a session: a second start hands its command line to the first, over
//! D-Bus, and ends. Any program of the session can hand one over, so the window trusts those less
//! than its own (`window/told.rs`).

mod assistant;
mod connections;
mod crash;
mod engine;
mod guest;
mod listing;
mod overview;
mod preferences;
mod questions;
mod settings;
mod shell;
mod shortcuts;
mod sidebar;
mod words;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use oriel::askpass;
use relm4::adw;
use relm4::gtk::prelude::*;
use relm4::gtk::{self, gio};
use relm4::{MessageBroker, RelmApp};

use oriel_ui_kit::{i18n, icons};

use crate::engine::Engine;
use crate::settings::Settings;
use crate::shell::{Told, Window, WindowInit, WindowMsg};

/// The application's id on the session bus and in desktop files.
const APP_ID: &str = "org.oriel.Oriel";

/// The hidden argument under which ssh runs us to ask something.
const ASKPASS: &str = "--askpass-helper";

/// The argument under which D-Bus starts us, to be told later what to do.
const SERVICE: &str = "--gapplication-service";

/// The way from the application to its one window.
static WINDOW: MessageBroker<WindowMsg> = MessageBroker::new();

/// See and manage virtual machines.
#[derive(Debug, Parser)]
#[command(name = "oriel", version)]
struct Arguments {
    /// Show this libvirt connection alone; may be given several times
    #[arg(short, long, value_name = "URI")]
    connect: Vec<String>,

    /// Start this virtual machine and show it
    #[arg(short, long, value_name = "NAME")]
    launch: Option<String>,
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
    libvirt_ext::heap::share_between_threads();
    i18n::start();
    if words.first().is_some_and(|word| word == crash::ARGUMENT) {
        crash::run_page();
        return ExitCode::SUCCESS;
    }
    // What is wrong is said here, not by the process that runs already. D-Bus starts the program
    // with a word of GApplication's own.
    if !words.iter().any(|word| word == SERVICE) {
        Arguments::parse();
    }
    start_log();
    if let Some(code) = hand_over() {
        return code;
    }
    crash::guard();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("engine")
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the engine’s threads could not be started");
            return ExitCode::FAILURE;
        }
    };
    let (engine, questions) = Engine::new(runtime.handle());
    let engine = Arc::new(engine);
    let app = RelmApp::from_app(application())
        .with_broker(&WINDOW)
        .with_args(std::env::args().collect());
    app.run::<Window>(WindowInit {
        engine: Arc::clone(&engine),
        questions,
        settings: Settings::load(),
    });
    // A start that is under way must give its passphrase back first.
    runtime.block_on(engine.close());
    libvirt_ext::exit_now(0)
}

/// Hands the command line to the process that runs already, if there is one. `RelmApp` can't do
/// that: at its end it waits for an event, and a process without a window has none.
fn hand_over() -> Option<ExitCode> {
    let words: Vec<String> = std::env::args().collect();
    if words.iter().any(|word| word == SERVICE) {
        return None;
    }
    let flags = gio::ApplicationFlags::HANDLES_COMMAND_LINE | gio::ApplicationFlags::IS_LAUNCHER;
    let launcher = gio::Application::new(Some(APP_ID), flags);
    // It fails where nobody is there to take it.
    launcher.register(gio::Cancellable::NONE).ok()?;
    if !launcher.is_remote() {
        return None;
    }
    let code = launcher.run_with_args(&words);
    Some(if code == gtk::glib::ExitCode::SUCCESS {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn application() -> adw::Application {
    icons::register();
    let application = adw::Application::builder()
        .application_id(APP_ID)
        .resource_base_path("/org/oriel/Oriel")
        .flags(gio::ApplicationFlags::HANDLES_COMMAND_LINE)
        .build();
    application.connect_command_line(|application, line| {
        let words = line.arguments();
        // A start that came over D-Bus has checked its own words.
        if let Ok(arguments) = Arguments::try_parse_from(words) {
            WINDOW.send(WindowMsg::Told(Told {
                connect: arguments.connect,
                launch: arguments.launch,
                remote: line.is_remote(),
                again: false,
            }));
        }
        application.activate();
        if line.is_remote()
            && let Some(window) = application.active_window()
        {
            window.present();
        }
        0.into()
    });
    // Comes after every command line, and alone where D-Bus started us.
    application.connect_activate(|_| WINDOW.send(WindowMsg::Told(Told::default())));
    application
}

fn start_log() {
    // What the engine still tells once the window is closed is nobody's concern.
    let filter = tracing_subscriber::EnvFilter::try_from_env("ORIEL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,relm4::channel=error"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(|| oriel::shown::Log(std::io::stderr()))
        .without_time()
        .try_init();
}
