// SPDX-License-Identifier: GPL-3.0-or-later
//! How the colour page follows the monitors, and the person's hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oriel_colour::monitor::{Mode, Monitor};
use oriel_colour::profile::{Intent, Profile, ProfileId};
use oriel_colour::report::{MonitorFacts, Report};
use oriel_words::shown::shown;
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::compare_page::{self, Other};
use super::messages::{FileFor, MonitorsCmd, MonitorsMsg};
use super::pictures::{self, Halves, Rgb, Test};
use super::profile_page::name_of;
use super::{Kept, MonitorsPage, checks_page, helpers, picker, watchers};
use crate::Colours;
use crate::{Aim, ColourSettings, reasons};
use oriel_ui_kit::i18n::{gettext, gettext_f};
use oriel_ui_kit::tasks::Tasks;

/// Reports that are kept.
const REPORTS: usize = 16;

/// Begins to follow the monitors, the settings and the monitor that the window is on.
pub(super) fn follow(
    colours: &Colours,
    root: &adw::Window,
    tasks: &Tasks,
    sender: &ComponentSender<MonitorsPage>,
) {
    let out = sender.command_sender().clone();
    tasks.follow(colours.monitors(), move |monitors| {
        out.emit(MonitorsCmd::Monitors(monitors));
    });
    let out = sender.command_sender().clone();
    tasks.follow(colours.settings(), move |settings| {
        out.emit(MonitorsCmd::Settings(settings));
    });
    let out = sender.command_sender().clone();
    tasks.follow(colours.aim_of(root), move |aim| {
        out.emit(MonitorsCmd::Aim(aim));
    });
}

/// Says that something can't be done with a file.
pub(super) fn complain(root: &adw::Window, heading: &str, path: &Path, why: &str) {
    let name = super::shown(path);
    let body = gettext_f("{file}: {why}.", &[("file", &name), ("why", why)]);
    let dialog = adw::MessageDialog::new(Some(root), Some(heading), Some(&body));
    dialog.add_response("close", &gettext("_Close"));
    dialog.present();
}

impl MonitorsPage {
    /// The monitor on show: the chosen one, else the one that the window is on, else the first.
    pub(super) fn monitor(&self) -> Option<&Monitor> {
        let all = &self.monitors;
        let chosen = self.chosen.as_ref().and_then(|name| all.named(name));
        chosen
            .or_else(|| all.named(&self.aim.monitor))
            .or_else(|| all.monitors.first())
    }

    /// Shows everything as it is now, and has made what is missing.
    pub(super) fn show(&mut self, sender: &ComponentSender<Self>) {
        self.want_report(sender);
        self.want_comparison(sender);
        let Some(monitor) = self.monitor() else {
            return;
        };
        let names: Vec<String> = self.monitors.monitors.iter().map(choice_name).collect();
        let place = self
            .monitors
            .monitors
            .iter()
            .position(|it| std::ptr::eq(it, monitor));
        self.choice.offer(&names);
        self.choice.set(place);
        self.choice
            .row
            .set_subtitle(&shown(&helpers::monitor_line(monitor)));
        let report = self.report(monitor).and_then(|kept| kept.report.clone());
        let report = report.as_deref();
        self.profile.show(&self.monitors, monitor, report);
        self.gamut.show(self.chart, report);
        self.checks.show(report);
        let wrong = u32::try_from(checks_page::count(report)).unwrap_or(0);
        self.checks_tab.set_badge_number(wrong);
        self.checks_tab.set_needs_attention(wrong > 0);
        self.compare.offer(&self.others(), self.with);
        let comparison = self.comparison.as_ref();
        self.compare
            .show(comparison.and_then(|(_, it)| it.as_deref()));
    }

    fn report(&self, monitor: &Monitor) -> Option<&Kept> {
        let facts = MonitorFacts::from(monitor);
        let id = monitor.profile.id();
        self.reports
            .iter()
            .find(|kept| kept.profile == id && *kept.facts == facts)
    }

    /// Has the report on the shown monitor's profile made, unless it is there or under way.
    fn want_report(&mut self, sender: &ComponentSender<Self>) {
        let Some(monitor) = self.monitor() else {
            return;
        };
        if self.report(monitor).is_some() {
            return;
        }
        let profile = monitor.profile.clone();
        let facts = Box::new(MonitorFacts::from(monitor));
        if self.reports.len() >= REPORTS {
            self.reports.remove(0);
        }
        self.reports.push(Kept {
            profile: profile.id(),
            facts: facts.clone(),
            report: None,
        });
        let out = sender.command_sender().clone();
        let (id, of) = (profile.id(), facts.clone());
        self.tasks.compute(
            move || watchers::report(&profile, Some(*of)),
            move |report| out.emit(MonitorsCmd::Report(id, facts, report)),
        );
    }

    /// Keeps a report that was made.
    pub(super) fn keep(&mut self, profile: ProfileId, facts: &MonitorFacts, report: Arc<Report>) {
        let wanted = |kept: &&mut Kept| kept.profile == profile && *kept.facts == *facts;
        if let Some(kept) = self.reports.iter_mut().find(wanted) {
            kept.report = Some(report);
        }
    }

    /// What the monitor's profile may be compared with.
    fn others(&self) -> Vec<Other> {
        let shown = self.monitor().map(|monitor| monitor.name.clone());
        let monitors = self
            .monitors
            .monitors
            .iter()
            .filter(|it| Some(&it.name) != shown.as_ref());
        let mut others = compare_page::spaces();
        others.extend(monitors.map(|monitor| Other {
            name: choice_name(monitor),
            profile: monitor.profile.clone(),
        }));
        others.extend(self.file.clone());
        others
    }

    /// Has the two profiles compared, unless that is done or under way.
    fn want_comparison(&mut self, sender: &ComponentSender<Self>) {
        let others = self.others();
        let other = others.get(self.with).or_else(|| others.first());
        let (Some(monitor), Some(other)) = (self.monitor(), other) else {
            return;
        };
        let (one, other) = (monitor.profile.clone(), other.profile.clone());
        let pair = (one.id(), other.id());
        if self.comparison.as_ref().is_some_and(|it| it.0 == pair) {
            return;
        }
        self.comparison = Some((pair, None));
        let out = sender.command_sender().clone();
        self.tasks.compute(
            move || watchers::compare(&one, &other),
            move |comparison| out.emit(MonitorsCmd::Compared(pair, comparison)),
        );
    }

    /// Shows another monitor.
    pub(super) fn choose(&mut self, number: u32, sender: &ComponentSender<Self>) {
        let number = usize::try_from(number).unwrap_or(0);
        let monitor = self.monitors.monitors.get(number);
        self.chosen = monitor.map(|monitor| monitor.name.clone());
        self.show(sender);
    }

    /// Changes what the person wants.
    pub(super) fn set(&self, change: impl FnOnce(&mut ColourSettings)) {
        self.colours.set(change);
    }

    /// Takes a mode by its number.
    pub(super) fn choose_mode(&self, number: u32) {
        let number = usize::try_from(number).unwrap_or(0);
        if let Some(mode) = Mode::ALL.get(number).copied() {
            self.set(|settings| settings.mode = mode);
        }
    }

    /// Takes an intent by its number.
    pub(super) fn choose_intent(&self, number: u32) {
        if let Some(intent) = Intent::from_number(number) {
            self.set(|settings| settings.intent = intent);
        }
    }

    /// Has a file used as the shown monitor's profile, or what the system says.
    pub(super) fn choose_file(&self, path: Option<&Path>) {
        let Some(monitor) = self.monitor() else {
            return;
        };
        let key = monitor.key();
        let names = [
            key.clone(),
            monitor.connector().to_owned(),
            monitor.name.clone(),
        ];
        let path = path.map(|path| path.to_string_lossy().into_owned());
        self.set(|settings| {
            settings.files.retain(|(known, _)| !names.contains(known));
            settings.files.extend(path.map(|path| (key, path)));
        });
    }

    /// Looks for a file.
    pub(super) fn browse(
        &mut self,
        file: FileFor,
        root: &adw::Window,
        sender: &ComponentSender<Self>,
    ) {
        let (title, accept, action) = match file {
            FileFor::Monitor => (
                gettext("Choose a Profile File"),
                gettext("_Choose"),
                gtk::FileChooserAction::Open,
            ),
            FileFor::Comparison => (
                gettext("Compare With a Profile File"),
                gettext("_Compare"),
                gtk::FileChooserAction::Open,
            ),
            FileFor::Report => (
                gettext("Export the Report"),
                gettext("_Export"),
                gtk::FileChooserAction::Save,
            ),
        };
        let chooser = gtk::FileChooserNative::new(
            Some(&title),
            Some(root),
            action,
            Some(&accept),
            Some(&gettext("_Cancel")),
        );
        chooser.set_modal(true);
        let filters: &[(String, &[&str])] = if file == FileFor::Report {
            let name = self.monitor().map(|it| it.connector().to_owned());
            let name = format!("{}.txt", name.unwrap_or_default().replace('/', "-"));
            chooser.set_current_name(&name);
            &[
                (gettext("Text (*.txt)"), &["txt"]),
                (gettext("JSON (*.json)"), &["json"]),
            ]
        } else {
            &[(gettext("Color Profiles"), &["icc", "icm"])]
        };
        for (name, suffixes) in filters {
            let filter = gtk::FileFilter::new();
            filter.set_name(Some(name));
            for suffix in *suffixes {
                filter.add_suffix(suffix);
            }
            chooser.add_filter(&filter);
        }
        let all = gtk::FileFilter::new();
        all.set_name(Some(&gettext("All Files")));
        all.add_pattern("*");
        chooser.add_filter(&all);
        let input = sender.input_sender().clone();
        chooser.connect_response(move |chooser, response| {
            let path = chooser.file().and_then(|file| file.path());
            if response == gtk::ResponseType::Accept
                && let Some(path) = path
            {
                input.emit(MonitorsMsg::Chosen(file, path));
            }
        });
        chooser.show();
        self.file_chooser = Some(chooser);
    }

    /// Reads the file that was chosen, or writes to it.
    pub(super) fn chosen(&self, file: FileFor, path: PathBuf, sender: &ComponentSender<Self>) {
        let out = sender.command_sender().clone();
        if file != FileFor::Report {
            let of = path.clone();
            self.tasks.compute(
                move || watchers::open(&of),
                move |opened| out.emit(MonitorsCmd::Opened(file, path, opened)),
            );
            return;
        }
        let monitor = self.monitor();
        let kept = monitor.and_then(|monitor| self.report(monitor)?.report.clone());
        let Some(report) = kept else {
            return;
        };
        // It is written though the window closes.
        self.colours.runtime().spawn_blocking(move || {
            if let Err(why) = watchers::write(&path, &report) {
                out.emit(MonitorsCmd::NotWritten(path, why));
            }
        });
    }

    /// Uses a profile that was read for what it was wanted for; one that is refused changes
    /// nothing.
    pub(super) fn opened(
        &mut self,
        file: FileFor,
        path: &Path,
        opened: Result<Profile, String>,
        root: &adw::Window,
        sender: &ComponentSender<Self>,
    ) {
        let profile = match opened {
            Ok(profile) => profile,
            Err(why) => {
                complain(root, &gettext("This file can’t be used"), path, &why);
                return;
            }
        };
        if file == FileFor::Monitor {
            self.choose_file(Some(path));
            return;
        }
        self.file = Some(Other {
            name: gettext_f(
                "{profile} ({file})",
                &[
                    ("profile", &name_of(&profile)),
                    ("file", &super::shown(path)),
                ],
            ),
            profile,
        });
        self.with = self.others().len().saturating_sub(1);
        self.show(sender);
    }

    /// The window is on another monitor, or that is converted to in another way.
    pub(super) fn aim_at(&mut self, aim: Arc<Aim>, sender: &ComponentSender<Self>) {
        self.aim = Arc::clone(&aim);
        self.show(sender);
        let colours = self.colours.clone();
        let out = sender.command_sender().clone();
        let serial = aim.serial;
        self.tasks.compute(
            move || pictures::halves(&colours, &aim).map_err(|why| reasons::conversion(&why)),
            move |made| out.emit(MonitorsCmd::Pictures(serial, made)),
        );
        self.read_colour(sender);
    }

    /// Shows test pictures, unless others are under way.
    pub(super) fn show_pictures(&self, serial: u64, made: Result<Vec<Halves>, String>) {
        if serial != self.aim.serial {
            return;
        }
        // Where the profile can't be used, nothing is converted.
        pictures::explain(&self.reason, made.as_ref().err().map(String::as_str));
        let made = made.or_else(|_| {
            let plain = Aim {
                target: None,
                ..Aim::default()
            };
            pictures::halves(&self.colours, &plain)
        });
        for (card, halves) in self.cards.iter().zip(made.iter().flatten()) {
            card.show(halves);
        }
    }

    /// Reads a colour that was picked in a test picture or typed.
    pub(super) fn pick(&mut self, test: Option<Test>, rgb: Rgb, sender: &ComponentSender<Self>) {
        for (one, card) in Test::ALL.iter().zip(&self.cards) {
            // What is written for a picked one comes back as typed.
            if test.is_some_and(|test| test != *one) || (test.is_none() && rgb != self.picked) {
                card.unmark();
            }
        }
        self.picked = rgb;
        if test.is_some() {
            self.picker.write(rgb);
        }
        self.read_colour(sender);
    }

    fn read_colour(&self, sender: &ComponentSender<Self>) {
        let (colours, aim) = (self.colours.clone(), Arc::clone(&self.aim));
        let (rgb, out) = (self.picked, sender.command_sender().clone());
        self.tasks.compute(
            move || picker::read(&colours, &aim, rgb),
            move |reading| out.emit(MonitorsCmd::Reading(Box::new(reading))),
        );
    }
}

/// A monitor in a list of them.
fn choice_name(monitor: &Monitor) -> String {
    let name = helpers::monitor_name(monitor);
    if name == monitor.connector() {
        return name;
    }
    // Two monitors of a model are told apart by where they are plugged in.
    gettext_f(
        "{monitor} ({connector})",
        &[("monitor", &name), ("connector", monitor.connector())],
    )
}
