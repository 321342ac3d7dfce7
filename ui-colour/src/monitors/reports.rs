// SPDX-License-Identifier: GPL-3.0-or-later
//! What is known of profiles, and when it is asked for: their checks, and how they compare.

use std::sync::Arc;

use oriel_colour::monitor::Monitor;
use oriel_colour::profile::ProfileId;
use oriel_colour::report::{MonitorFacts, Report};
use relm4::ComponentSender;

use super::compare_page::{self, Other};
use super::messages::MonitorsCmd;
use super::{Kept, MonitorsPage, choices, watchers};

/// Reports that are kept.
const REPORTS: usize = 16;

impl MonitorsPage {
    pub(super) fn report(&self, monitor: &Monitor) -> Option<&Kept> {
        let facts = MonitorFacts::from(monitor);
        let id = monitor.profile.id();
        self.reports
            .iter()
            .find(|kept| kept.profile == id && *kept.facts == facts)
    }

    /// Has the report on the shown monitor's profile made, unless it is there or under way.
    pub(super) fn want_report(&mut self, sender: &ComponentSender<Self>) {
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
    pub(super) fn others(&self) -> Vec<Other> {
        let shown = self.monitor().map(|monitor| monitor.name.clone());
        let monitors = self
            .monitors
            .monitors
            .iter()
            .filter(|it| Some(&it.name) != shown.as_ref());
        let mut others = compare_page::spaces();
        others.extend(monitors.map(|monitor| Other {
            name: choices::choice_name(monitor),
            profile: monitor.profile.clone(),
        }));
        others.extend(self.file.clone());
        others
    }

    /// Has the two profiles compared, unless that is done or under way.
    pub(super) fn want_comparison(&mut self, sender: &ComponentSender<Self>) {
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
}
