// SPDX-License-Identifier: GPL-3.0-or-later
//! What the page of monitors shows, and the colour under its picker.

use std::sync::Arc;

use oriel_colour::monitor::Monitor;
use oriel_words::shown::shown;
use relm4::ComponentSender;
use relm4::adw::prelude::*;

use super::messages::MonitorsCmd;
use super::pictures::{self, Halves, Rgb, Test};
use super::{MonitorsPage, checks_page, choices, picker, words};
use crate::{Aim, reasons};

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
        let names: Vec<String> = self
            .monitors
            .monitors
            .iter()
            .map(choices::choice_name)
            .collect();
        let place = self
            .monitors
            .monitors
            .iter()
            .position(|it| std::ptr::eq(it, monitor));
        self.choice.offer(&names);
        self.choice.set(place);
        self.choice
            .row
            .set_subtitle(&shown(&words::monitor_line(monitor)));
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
