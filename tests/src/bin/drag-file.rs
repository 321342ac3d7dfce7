// SPDX-License-Identifier: GPL-3.0-or-later
//! A small window to drag a file from, as a file manager's: `drag-file PATH`. It stands for the
//! other program in tests of what is dropped on the window.

use std::path::PathBuf;
use std::process::ExitCode;

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gio};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return ExitCode::FAILURE;
    };
    // It must not find another of its kind on the bus.
    let flags = gio::ApplicationFlags::NON_UNIQUE;
    let application = gtk::Application::builder().flags(flags).build();
    application.connect_activate(move |application| show(application, &path));
    let end = application.run_with_args::<&str>(&[]);
    if end == gtk::glib::ExitCode::SUCCESS {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn show(application: &gtk::Application, path: &std::path::Path) {
    let file = gio::File::for_path(path);
    let files = gdk::FileList::from_array(&[file]);
    let source = gtk::DragSource::builder()
        .actions(gdk::DragAction::COPY)
        .content(&gdk::ContentProvider::for_value(&files.to_value()))
        .build();
    let label = gtk::Label::new(Some("Drag"));
    label.add_controller(source);
    let window = gtk::ApplicationWindow::builder()
        .application(application)
        .title("Drag from here")
        .default_width(100)
        .default_height(100)
        .child(&label)
        .build();
    window.present();
}
