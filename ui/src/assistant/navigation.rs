// SPDX-License-Identifier: GPL-3.0-or-later
//! From step to step, and out of the assistant.

use oriel_ui_kit::i18n::{gettext, gettext_f};
use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw};

use super::messages::AssistantOutput;
use super::pages::{Protection, Typed};
use super::steps::Step;
use super::{Assistant, Making};

impl Assistant {
    /// What the button at the left says.
    pub(super) fn back_label(&self) -> String {
        gettext(match (&self.making, self.step) {
            (Making::Running(_) | Making::Stopping { .. }, _) | (_, Step::Source) => "Cancel",
            (Making::Made(_), _) => "Close",
            _ => "Back",
        })
    }

    /// Whether it can be pressed.
    pub(super) fn can_go_back(&self) -> bool {
        !matches!(self.making, Making::Stopping { .. } | Making::Again)
    }

    /// What the button at the right says, if there is one.
    pub(super) fn next_label(&self) -> Option<String> {
        Some(gettext(match (&self.making, self.step) {
            (Making::Running(_) | Making::Stopping { .. } | Making::Again, _) => return None,
            (Making::Made(_), _) => "Open",
            (Making::Ended(_), Step::Progress) => "Try Again",
            (_, Step::Summary) => "Create",
            _ => "Next",
        }))
    }

    /// Whether it can be pressed.
    pub(super) fn can_go_on(&self) -> bool {
        if self.waiting {
            return false;
        }
        match self.step {
            Step::Source => self.source.source().is_some() && self.connection_id().is_some(),
            Step::Name => self.name_problem().is_none(),
            Step::Disk => {
                self.disk.protection() != Protection::Own
                    || match self.disk.typed() {
                        Typed::Same => true,
                        Typed::Nothing => self.own.is_some(),
                        Typed::Differing => false,
                    }
            }
            Step::Resources | Step::Summary | Step::Progress => true,
        }
    }

    /// Which step of how many it is.
    pub(super) fn subtitle(&self) -> String {
        if self.step == Step::Progress {
            return String::new();
        }
        gettext_f(
            "Step {number} of {all}",
            &[
                ("number", &self.step.number().to_string()),
                ("all", &Step::QUESTIONS.to_string()),
            ],
        )
    }

    /// Back, or away.
    pub(super) fn back(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        match (&self.making, self.step.before()) {
            (Making::Running(_) | Making::Made(_), _) | (_, None) => self.leave(root, sender),
            (Making::Stopping { .. } | Making::Again, _) => {}
            (Making::Ended(mend), _) if self.step == Step::Progress => {
                let mend = *mend;
                self.go(mend);
            }
            (_, Some(before)) => self.go(before),
        }
    }

    /// On.
    pub(super) fn next(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        // Enter comes here whatever the button shows.
        if !self.can_go_on() || self.next_label().is_none() {
            return;
        }
        match self.step {
            Step::Source => self.check_source(sender),
            Step::Name => self.go(Step::Resources),
            Step::Resources => self.go(Step::Disk),
            Step::Disk => self.check(sender),
            Step::Summary => {
                if let Some(plan) = self.plan.take() {
                    self.make(plan, sender);
                }
            }
            Step::Progress => match self.making {
                Making::Made(key) => {
                    let _ = sender.output(AssistantOutput::Created(key));
                    self.close(root, sender);
                }
                Making::Ended(_) => {
                    self.making = Making::Again;
                    self.check(sender);
                }
                _ => {}
            },
        }
    }

    /// Away; a creation that goes on is called off, and undone first.
    pub(super) fn leave(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        match &self.making {
            Making::Running(job) => {
                job.cancel();
                self.progress.stopping();
                self.making = Making::Stopping { leave: false };
            }
            // Asked for once more: then it goes when all is undone.
            Making::Stopping { .. } => self.making = Making::Stopping { leave: true },
            _ => self.close(root, sender),
        }
    }

    pub(super) fn close(&mut self, root: &adw::Window, sender: &ComponentSender<Self>) {
        self.disk.forget();
        self.own = None;
        self.generated = None;
        self.chooser = None;
        root.destroy();
        let _ = sender.output(AssistantOutput::Closed);
    }

    /// Shows a step.
    pub(super) fn go(&mut self, step: Step) {
        self.step = step;
        self.problem = None;
        if step < Step::Progress {
            self.making = Making::NotYet;
        }
        self.refresh();
        match step {
            Step::Source => self.source.focus(),
            Step::Name => self.name.focus(),
            Step::Resources => self.resources.focus(),
            Step::Disk => self.disk.focus(),
            Step::Summary => self.summary.focus(),
            Step::Progress => {}
        }
    }
}
