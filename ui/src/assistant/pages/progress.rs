// SPDX-License-Identifier: GPL-3.0-or-later
//! The creation, step by step, and how it ended.

use oriel::guest::create::Created;
use oriel::job::{Progress, UNDO};
use oriel_ui_kit::i18n::{gettext, gettext_f};
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use crate::assistant::{rows, words};
use crate::words::errors::{self, Trouble};

/// The page.
#[derive(Debug)]
pub struct ProgressPage {
    /// Its widget.
    pub page: adw::PreferencesPage,
    sign: gtk::Image,
    title: gtk::Label,
    text: gtk::Label,
    end: gtk::Box,
    list: adw::PreferencesGroup,
    steps: Vec<StepRow>,
}

#[derive(Debug)]
struct StepRow {
    name: &'static str,
    row: adw::ActionRow,
    sign: gtk::Stack,
}

impl ProgressPage {
    /// Makes it.
    pub fn new() -> Self {
        let page = adw::PreferencesPage::new();
        let sign = gtk::Image::builder().pixel_size(64).visible(false).build();
        let title = gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .justify(gtk::Justification::Center)
            .build();
        title.add_css_class("title-2");
        let text = gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .justify(gtk::Justification::Center)
            .build();
        let end = gtk::Box::new(gtk::Orientation::Vertical, 12);
        let head = gtk::Box::new(gtk::Orientation::Vertical, 12);
        head.append(&sign);
        head.append(&title);
        head.append(&text);
        head.append(&end);
        let top = adw::PreferencesGroup::new();
        top.add(&head);
        let list = adw::PreferencesGroup::new();
        page.add(&top);
        page.add(&list);
        Self {
            page,
            sign,
            title,
            text,
            end,
            list,
            steps: Vec::new(),
        }
    }

    /// Shows the steps that are ahead.
    pub fn begin(&mut self, name: &str, steps: &[&'static str]) {
        self.clear_end();
        for step in self.steps.drain(..) {
            self.list.remove(&step.row);
        }
        for name in steps {
            let step = StepRow::new(name);
            self.list.add(&step.row);
            self.steps.push(step);
        }
        self.list.set_visible(true);
        self.sign.set_visible(false);
        self.say(
            &gettext_f("Creating “{name}”…", &[("name", name)]),
            &gettext("Your keyring may ask for its password."),
        );
        self.text.set_visible(steps.contains(&"key"));
    }

    /// Shows how far it is.
    pub fn progress(&self, now: &Progress) {
        if now.name == UNDO {
            self.undoing();
            return;
        }
        self.text.set_visible(now.name == "key");
        let at = self.steps.iter().position(|step| step.name == now.name);
        let Some(at) = at else { return };
        for (number, step) in self.steps.iter().enumerate() {
            step.show(match number {
                number if number < at => Mark::Done,
                number if number == at => Mark::Working,
                _ => Mark::Waiting,
            });
        }
        if now.attempt > 1 {
            self.steps[at].again();
        }
    }

    /// Says that it stops as soon as that is possible.
    pub fn stopping(&self) {
        self.say(
            &gettext("Stopping…"),
            &gettext("Changes will be undone after this step."),
        );
    }

    fn undoing(&self) {
        self.say(
            &gettext("Undoing…"),
            &gettext("What was created so far is being removed."),
        );
        for step in &self.steps {
            if step.is(Mark::Working) {
                step.show(Mark::Waiting);
            }
        }
    }

    /// Says that it is made.
    pub fn made(&self, created: &Created) {
        for step in &self.steps {
            step.show(Mark::Done);
        }
        let title = gettext_f(
            if created.started {
                "“{name}” Is Running"
            } else {
                "“{name}” Was Created"
            },
            &[("name", &created.name)],
        );
        let text = match (created.encrypted, created.key_stored) {
            (true, true) => gettext("Its disk is encrypted; the passphrase is in your keyring."),
            (true, false) => gettext(
                "Its disk is encrypted. Nobody keeps the passphrase: you are asked for it at each \
                 start.",
            ),
            (false, _) => String::new(),
        };
        self.say(&title, &text);
        self.show_sign("object-select-symbolic", "success");
    }

    /// Says that it was called off.
    pub fn cancelled(&self) {
        self.list.set_visible(false);
        self.say(&gettext("Canceled"), &gettext("Nothing was left behind."));
    }

    /// Says why it failed, and whether anything is left of it.
    pub fn failed(&self, trouble: &Trouble, left: bool) {
        self.list.set_visible(false);
        let text = if left {
            trouble.body.clone()
        } else {
            gettext_f("{why} Nothing was left behind.", &[("why", &trouble.body)])
        };
        self.say(&trouble.heading, &text);
        self.show_sign("dialog-error-symbolic", "error");
        self.clear_end();
        self.end.append(&errors::more(trouble));
    }

    fn show_sign(&self, icon: &str, class: &str) {
        self.sign.set_icon_name(Some(icon));
        self.sign.set_css_classes(&[class]);
        self.sign.set_visible(true);
    }

    fn say(&self, title: &str, text: &str) {
        self.title.set_label(title);
        self.text.set_label(text);
        self.text.set_visible(!text.is_empty());
    }

    fn clear_end(&self) {
        while let Some(child) = self.end.first_child() {
            self.end.remove(&child);
        }
    }
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Waiting,
    Working,
    Done,
}

impl Mark {
    fn id(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Working => "working",
            Self::Done => "done",
        }
    }
}

impl StepRow {
    fn new(name: &'static str) -> Self {
        let sign = gtk::Stack::new();
        sign.add_named(&gtk::Box::default(), Some(Mark::Waiting.id()));
        let spinner = gtk::Spinner::new();
        sign.add_named(&spinner, Some(Mark::Working.id()));
        let tick = gtk::Image::from_icon_name("object-select-symbolic");
        tick.add_css_class("success");
        sign.add_named(&tick, Some(Mark::Done.id()));
        let row = rows::action(&words::job_step(name), "");
        row.set_activatable(false);
        row.set_focusable(false);
        row.add_prefix(&sign);
        let step = Self { name, row, sign };
        step.show(Mark::Waiting);
        step
    }

    fn is(&self, mark: Mark) -> bool {
        self.sign.visible_child_name().as_deref() == Some(mark.id())
    }

    fn again(&self) {
        self.row.set_subtitle(&gettext("Trying again…"));
    }

    fn show(&self, mark: Mark) {
        self.sign.set_visible_child_name(mark.id());
        if let Some(spinner) = self.sign.child_by_name(Mark::Working.id())
            && let Ok(spinner) = spinner.downcast::<gtk::Spinner>()
        {
            spinner.set_spinning(mark == Mark::Working);
        }
        self.row.set_subtitle(&match mark {
            Mark::Waiting => String::new(),
            Mark::Working => gettext("Under way…"),
            Mark::Done => gettext("Done"),
        });
    }
}
