// SPDX-License-Identifier: GPL-3.0-or-later
//! What can be done with all that are selected.

use oriel_ui_kit::i18n::{gettext, ngettext_f};
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{ComponentSender, gtk};

use super::messages::OverviewOutput;
use super::{Overview, OverviewWidgets};
use crate::engine::{Action, look};
use crate::listing::entry_of;

/// What can be done with several guests together, and what its button says.
pub fn together() -> impl Iterator<Item = (Action, &'static str)> {
    let labeled = |action| Some((action, look(action).together?));
    Action::ALL.into_iter().filter_map(labeled)
}

impl Overview {
    /// The buttons for what can be done with several guests.
    pub(super) fn fill_bar(&mut self, widgets: &OverviewWidgets, sender: &ComponentSender<Self>) {
        let keys = self.scope.guests();
        let states = self.states_in_scope();
        let fits = |action: Action| states.iter().any(|state| action.fits(*state));
        let offered: Vec<_> = together().filter(|(action, _)| fits(*action)).collect();
        let shows = (keys.to_vec(), offered.iter().map(|it| it.0).collect());
        if self.bar_shows == shows {
            // A button that is being pressed must stay.
            return;
        }
        while let Some(child) = widgets.bar.first_child() {
            widgets.bar.remove(&child);
        }
        if keys.len() < 2 {
            self.bar_shows = shows;
            return;
        }
        let text = ngettext_f("{number} selected", "{number} selected", keys.len(), &[]);
        let count = gtk::Label::builder()
            .label(&text)
            .xalign(0.0)
            .margin_start(6)
            .css_classes(["dim-label"])
            .build();
        widgets.bar.append(&count);
        // In a narrow window they take several lines.
        let buttons = gtk::FlowBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .hexpand(true)
            .max_children_per_line(6)
            .column_spacing(6)
            .row_spacing(6)
            .build();
        widgets.bar.append(&buttons);
        for (action, label) in offered {
            let button = gtk::Button::with_mnemonic(&gettext(label));
            if action.is_dangerous() {
                button.add_css_class("destructive-action");
            }
            let (output, keys) = (sender.output_sender().clone(), keys.to_vec());
            button.connect_clicked(move |_| {
                output.emit(OverviewOutput::Wanted(keys.clone(), action));
            });
            let place = gtk::FlowBoxChild::builder()
                .focusable(false)
                .child(&button)
                .build();
            buttons.append(&place);
        }
        self.bar_shows = shows;
    }

    fn states_in_scope(&self) -> Vec<oriel::guest::DomainState> {
        let of = |object: glib::Object| {
            let entry = entry_of(&object)?;
            let state = entry.as_guest()?.guest.borrow().state;
            Some(state)
        };
        let objects = self.model.iter::<glib::Object>().flatten();
        objects.filter_map(of).collect()
    }
}
