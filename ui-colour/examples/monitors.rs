// SPDX-License-Identifier: GPL-3.0-or-later
//! The page of monitors as a program of its own, without libvirt.
//!
//! `cargo run --package oriel-ui-colour --example monitors`

use std::process::ExitCode;

use oriel_ui_colour::{Colours, monitors};
use oriel_ui_kit::{i18n, icons};
use relm4::adw;
use relm4::gtk::prelude::*;

fn main() -> ExitCode {
    i18n::start();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no threads");
            return ExitCode::FAILURE;
        }
    };
    icons::register();
    let application = adw::Application::builder()
        .application_id("org.oriel.Monitors")
        .resource_base_path("/org/oriel/Oriel")
        .build();
    let handle = runtime.handle().clone();
    application.connect_activate(move |application| {
        let window = monitors::open(None, &Colours::start(&handle));
        window.set_application(Some(application));
    });
    if application.run() == relm4::gtk::glib::ExitCode::SUCCESS {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
