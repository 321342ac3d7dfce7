// SPDX-License-Identifier: GPL-3.0-or-later
//! What the person sees when the window has died: a page of another process instead of nothing.
//!
//! A panic on the GTK thread can't be survived, since it would unwind through C. So the panic hook
//! starts this program once more, as the page, and hands it the report. Panics of the engine's
//! tasks end the task alone; they are logged.

use std::io::{Read as _, Write as _};
use std::panic::PanicHookInfo;
use std::process::{Command, Stdio};

use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::gettext;

/// The hidden argument under which the page is started.
pub const ARGUMENT: &str = "--crash-page";

/// The most of a report that the page reads.
const MAX_REPORT: u64 = 256 * 1024;

/// Has a panic of this thread shown to the person.
pub fn guard() {
    let main = std::thread::current().id();
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        usual(info);
        if std::thread::current().id() == main {
            show_elsewhere(&report(info));
        }
    }));
}

/// What is known of the panic. Its message is ours and holds no passphrase: those can't be printed.
fn report(info: &PanicHookInfo<'_>) -> String {
    let trace = std::backtrace::Backtrace::force_capture();
    format!("Oriel {}\n{info}\n\n{trace}", env!("CARGO_PKG_VERSION"))
}

fn show_elsewhere(report: &str) {
    let Ok(own) = std::env::current_exe() else {
        return;
    };
    let page = Command::new(own)
        .arg(ARGUMENT)
        .stdin(Stdio::piped())
        .spawn();
    if let Ok(mut page) = page
        && let Some(mut input) = page.stdin.take()
    {
        let _ = input.write_all(report.as_bytes());
    }
}

/// Runs the page, with the report from standard input.
pub fn run_page() {
    let mut report = String::new();
    let _ = std::io::stdin()
        .lock()
        .take(MAX_REPORT)
        .read_to_string(&mut report);
    let app = adw::Application::builder()
        .application_id("org.oriel.Oriel.Crash")
        .flags(gtk::gio::ApplicationFlags::NON_UNIQUE)
        .build();
    app.connect_activate(move |app| page(app, &report).present());
    app.run_with_args::<&str>(&[]);
}

fn page(app: &adw::Application, report: &str) -> adw::ApplicationWindow {
    let details: gtk::TextView = a11y::named("GtkTextView", &gettext("Details"));
    details.set_editable(false);
    details.set_monospace(true);
    details.set_wrap_mode(gtk::WrapMode::WordChar);
    details.set_top_margin(9);
    details.set_bottom_margin(9);
    details.set_left_margin(9);
    details.set_right_margin(9);
    details.buffer().set_text(report);
    let scrolled = gtk::ScrolledWindow::builder()
        .child(&details)
        .min_content_height(180)
        .css_classes(["card"])
        .build();
    let unfold = a11y::expander(&gettext("_Details"), &scrolled);
    let copy = gtk::Button::with_mnemonic(&gettext("_Copy Details"));
    let text = report.to_owned();
    copy.connect_clicked(move |button| button.clipboard().set_text(&text));
    let again = gtk::Button::with_mnemonic(&gettext("_Start Oriel Again"));
    again.add_css_class("suggested-action");
    let buttons = gtk::Box::builder()
        .spacing(12)
        .halign(gtk::Align::Center)
        .build();
    for button in [&copy, &again] {
        button.add_css_class("pill");
        buttons.append(button);
    }
    let body = gtk::Box::new(gtk::Orientation::Vertical, 18);
    body.append(&buttons);
    body.append(&unfold);
    let status = adw::StatusPage::builder()
        .icon_name("dialog-error-symbolic")
        .title(gettext("Oriel Has Stopped"))
        .description(gettext(
            "Oriel closed unexpectedly. Your virtual machines keep running. If something was left unfinished, Oriel offers to finish or remove it at the next start.",
        ))
        .child(&body)
        .vexpand(true)
        .build();
    let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
    content.append(&adw::HeaderBar::new());
    content.append(&status);
    let window = adw::ApplicationWindow::builder()
        .application(app)
        .title("Oriel")
        .default_width(560)
        .default_height(560)
        .content(&content)
        .build();
    let weak = window.downgrade();
    again.connect_clicked(move |_| {
        if let Ok(own) = std::env::current_exe() {
            let started = Command::new(own).stdin(Stdio::null()).spawn();
            if let (Ok(_), Some(window)) = (started, weak.upgrade()) {
                window.close();
            }
        }
    });
    window
}
