// SPDX-License-Identifier: GPL-3.0-or-later
//! `oriel-colors`: monitors, their profiles, and photos on them, for people without virtual
//! machines. It needs no libvirt.
//!
//! Owns the start of the process, its menu and its preferences. There is one process in a session:
//! a second start hands its files to the first.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser;
use oriel_ui_colour::monitors::{self, Opening};
use oriel_ui_colour::{Colours, STYLE, photo};
use oriel_ui_kit::i18n::{self, gettext};
use oriel_ui_kit::{icons, style};
use relm4::adw;
use relm4::gtk::prelude::*;
use relm4::gtk::{self, gio, glib};

/// The application's id on the session bus and in desktop files.
const APP_ID: &str = "org.oriel.Colors";

/// The actions of the menu, and their keys.
const KEYS: [(&str, &str); 3] = [
    ("app.photo", "<Control>o"),
    ("app.preferences", "<Control>comma"),
    ("app.quit", "<Control>q"),
];

/// Check the profiles of monitors, and look at photos in their colors.
#[derive(Debug, Parser)]
#[command(name = "oriel-colors", version)]
struct Arguments {
    /// Photos to show, and ICC profiles to compare the monitor’s with
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    i18n::start();
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("ORIEL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,relm4::channel=error"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(|| oriel_words::shown::Log(std::io::stderr()))
        .without_time()
        .try_init();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the threads could not be started");
            return ExitCode::FAILURE;
        }
    };
    icons::register();
    let colours: Rc<OnceCell<Colours>> = Rc::default();
    let application = application(runtime.handle(), &colours);
    let mut words = vec!["oriel-colors".to_owned()];
    words.extend(
        arguments
            .files
            .iter()
            .map(|file| file.to_string_lossy().into_owned()),
    );
    let code = application.run_with_args(&words);
    if let Some(colours) = colours.get() {
        colours.save();
    }
    if code == glib::ExitCode::SUCCESS {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn application(
    runtime: &tokio::runtime::Handle,
    colours: &Rc<OnceCell<Colours>>,
) -> adw::Application {
    let application = adw::Application::builder()
        .application_id(APP_ID)
        .resource_base_path("/org/oriel/Oriel")
        .flags(gio::ApplicationFlags::HANDLES_OPEN)
        .build();
    let (runtime, made) = (runtime.clone(), Rc::clone(colours));
    application.connect_startup(move |application| {
        gtk::Window::set_default_icon_name(APP_ID);
        style::add(style::COMMON);
        style::add(STYLE);
        let colours = made.get_or_init(|| Colours::start(&runtime));
        colours.restore();
        add_actions(application, colours);
    });
    let made = Rc::clone(colours);
    application.connect_activate(move |application| {
        if let Some(colours) = made.get() {
            show(application, colours, None);
        }
    });
    let made = Rc::clone(colours);
    application.connect_open(move |application, files, _| {
        let Some(colours) = made.get() else { return };
        for path in files.iter().filter_map(gio::prelude::FileExt::path) {
            if photo::is_photo(&path) {
                photo::open(Some(application.upcast_ref()), colours, Some(path));
            } else {
                show(application, colours, Some(path));
            }
        }
    });
    application
}

/// Shows the monitors, beside a profile if there is one.
fn show(application: &adw::Application, colours: &Colours, compare: Option<PathBuf>) {
    let opening = Opening {
        parent: None,
        menu: Some(menu().upcast()),
        compare,
    };
    let window = monitors::open(opening, colours);
    window.set_application(Some(application));
}

fn menu() -> gio::Menu {
    let menu = gio::Menu::new();
    menu.append(Some(&gettext("Open P_hoto…")), Some("app.photo"));
    menu.append(Some(&gettext("_Preferences")), Some("app.preferences"));
    menu.append(Some(&gettext("_About Oriel Colors")), Some("app.about"));
    menu
}

fn add_actions(application: &adw::Application, colours: &Colours) {
    let add = |name: &str, act: Box<dyn Fn(&adw::Application)>| {
        let action = gio::SimpleAction::new(name, None);
        let weak = application.downgrade();
        action.connect_activate(move |_, _| {
            if let Some(application) = weak.upgrade() {
                act(&application);
            }
        });
        application.add_action(&action);
    };
    let own = colours.clone();
    add(
        "photo",
        Box::new(move |application| photo::open(Some(application.upcast_ref()), &own, None)),
    );
    let own = colours.clone();
    add(
        "preferences",
        Box::new(move |application| preferences(application, &own)),
    );
    add("about", Box::new(about));
    add(
        "quit",
        Box::new(|application| {
            for window in application.windows() {
                window.close();
            }
        }),
    );
    for (action, key) in KEYS {
        application.set_accels_for_action(action, &[key]);
    }
}

fn preferences(application: &adw::Application, colours: &Colours) {
    let Some(parent) = application.active_window() else {
        return;
    };
    let body = gtk::Box::new(gtk::Orientation::Vertical, 0);
    body.append(&adw::HeaderBar::new());
    body.append(&photo::preferences::page(&parent, colours));
    let window = adw::Window::builder()
        .modal(true)
        .transient_for(&parent)
        .destroy_with_parent(true)
        .default_width(560)
        .default_height(480)
        .title(gettext("Preferences"))
        .content(&body)
        .build();
    let keys = gtk::ShortcutController::new();
    keys.add_shortcut(gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string("Escape"),
        Some(gtk::NamedAction::new("window.close")),
    ));
    window.add_controller(keys);
    window.present();
}

fn about(application: &adw::Application) {
    let window = adw::AboutWindow::builder()
        .modal(true)
        .application_name("Oriel Colors")
        .application_icon(APP_ID)
        .version(env!("CARGO_PKG_VERSION"))
        .developer_name(gettext("The Oriel developers"))
        .license_type(gtk::License::Gpl30)
        .comments(gettext(
            "The profiles of your monitors, what is wrong with them, and photos in their colors.",
        ))
        // Translators: your name, one on each line
        .translator_credits(gettext("translator-credits"))
        .build();
    window.set_transient_for(application.active_window().as_ref());
    window.present();
}
