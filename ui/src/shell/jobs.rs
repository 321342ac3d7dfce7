// SPDX-License-Identifier: GPL-3.0-or-later
//! What lasts, on every page: a button with a popover of all tasks, each with its progress and a
//! way to call it off; and the question when the window closes meanwhile.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use oriel_ui_kit::i18n::gettext;
use oriel_ui_kit::{a11y, answers};
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

use crate::assistant::words::job_step;
use crate::engine::{Engine, Jobs, Lasting};

/// The button and its popover. It is hidden while nothing lasts.
#[derive(Debug)]
pub struct JobsButton {
    /// The button.
    pub button: gtk::MenuButton,
    list: gtk::Box,
    rows: Vec<Row>,
    jobs: Jobs,
}

#[derive(Debug)]
struct Row {
    number: u64,
    all: gtk::Box,
    bar: gtk::ProgressBar,
    step: gtk::Label,
    cancel: gtk::Button,
}

impl JobsButton {
    /// Makes it, for the tasks of an engine.
    pub fn new(engine: &Arc<Engine>) -> Self {
        let name = gettext("Running Tasks");
        let button: gtk::MenuButton = a11y::named("GtkMenuButton", &name);
        button.set_tooltip_text(Some(&name));
        let spinner = gtk::Spinner::new();
        spinner.start();
        button.set_child(Some(&spinner));
        button.add_css_class("flat");
        button.set_visible(false);
        let list = gtk::Box::new(gtk::Orientation::Vertical, 18);
        list.set_margin_top(12);
        list.set_margin_bottom(12);
        list.set_margin_start(12);
        list.set_margin_end(12);
        let scroll = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .propagate_natural_height(true)
            .propagate_natural_width(true)
            .max_content_height(400)
            .child(&list)
            .build();
        let popover = gtk::Popover::new();
        popover.set_child(Some(&scroll));
        button.set_popover(Some(&popover));
        Self {
            button,
            list,
            rows: Vec::new(),
            jobs: engine.jobs().clone(),
        }
    }

    /// Shows what is under way.
    pub fn show(&mut self, lasting: &[Lasting]) {
        self.rows.retain(|row| {
            let stays = lasting.iter().any(|it| it.number == row.number);
            if !stays {
                self.list.remove(&row.all);
            }
            stays
        });
        for job in lasting {
            if !self.rows.iter().any(|row| row.number == job.number) {
                let row = Row::new(job, &self.jobs);
                self.list.append(&row.all);
                self.rows.push(row);
            }
            if let Some(row) = self.rows.iter().find(|row| row.number == job.number) {
                row.follow(job);
            }
        }
        if lasting.is_empty() {
            self.button.popdown();
        }
        self.button.set_visible(!lasting.is_empty());
    }
}

impl Row {
    fn new(job: &Lasting, jobs: &Jobs) -> Self {
        let all = gtk::Box::new(gtk::Orientation::Vertical, 6);
        let title = gtk::Label::builder()
            .label(&job.what)
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            // The popover is as high as the text in this width.
            .width_chars(28)
            .max_width_chars(28)
            .xalign(0.0)
            .build();
        title.add_css_class("heading");
        let bar: gtk::ProgressBar = a11y::named("GtkProgressBar", &job.what);
        let step = gtk::Label::builder().xalign(0.0).hexpand(true).build();
        step.add_css_class("dim-label");
        let cancel = gtk::Button::with_label(&gettext("Cancel"));
        cancel.set_visible(job.can_cancel());
        let last = gtk::Box::new(gtk::Orientation::Horizontal, 12);
        last.append(&step);
        last.append(&cancel);
        all.append(&title);
        all.append(&bar);
        all.append(&last);
        let (number, jobs) = (job.number, jobs.clone());
        cancel.connect_clicked(move |button| {
            // It stops between two steps.
            button.set_sensitive(false);
            jobs.cancel(number);
        });
        Self {
            number,
            all,
            bar,
            step,
            cancel,
        }
    }

    fn follow(&self, job: &Lasting) {
        // A bar that stands still would say that nothing moves.
        self.bar.set_visible(job.progress.is_some());
        let Some(progress) = &job.progress else {
            return;
        };
        self.step.set_label(&job_step(progress.name));
        if let Some(fraction) = progress.fraction() {
            self.bar.set_fraction(fraction);
        }
        self.cancel
            .set_visible(job.can_cancel() && progress.name != oriel::job::UNDO);
    }
}

/// Has the window ask before it closes while something lasts.
pub fn ask_at_close(window: &adw::ApplicationWindow, engine: &Arc<Engine>) {
    let (jobs, leaving) = (engine.jobs().clone(), Rc::new(Cell::new(false)));
    window.connect_close_request(move |window| {
        let lasting = jobs.now();
        if leaving.get() || lasting.is_empty() {
            return glib::Propagation::Proceed;
        }
        let dialog = question(window, &lasting);
        let (window, leaving) = (window.downgrade(), Rc::clone(&leaving));
        dialog.connect_response(Some("quit"), move |_, _| {
            leaving.set(true);
            if let Some(window) = window.upgrade() {
                window.close();
            }
        });
        dialog.present();
        glib::Propagation::Stop
    });
}

fn question(window: &adw::ApplicationWindow, lasting: &[Lasting]) -> adw::MessageDialog {
    let names: Vec<_> = lasting.iter().map(|job| job.what.as_str()).collect();
    let body = format!(
        "{}\n\n{}",
        names.join("\n"),
        gettext(
            "Quitting now leaves these tasks unfinished. At the next start, Oriel can finish or undo only the creation of a virtual machine."
        )
    );
    let heading = gettext("Quit While Tasks Are Running?");
    let dialog = adw::MessageDialog::new(Some(window), Some(&heading), Some(&body));
    dialog.add_response("stay", &gettext("_Keep Running"));
    dialog.add_response("quit", &gettext("_Quit"));
    dialog.set_response_appearance("quit", adw::ResponseAppearance::Destructive);
    answers::rest_on(&dialog, "stay");
    dialog
}
