// SPDX-License-Identifier: GPL-3.0-or-later
//! The quick switches of a photo's window: what it wants other than the preferences.

use std::cell::Cell;
use std::rc::Rc;

use oriel_colour::profile::Intent;
use oriel_ui_kit::i18n::{gettext, mark};
use oriel_ui_kit::{a11y, rows};
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use super::messages::PhotoMsg;
use super::setting::{Wish, WishedIntent};

/// What the intents are called, in their order.
pub const INTENTS: [&str; 4] = [
    mark("Perceptual"),
    mark("Relative colorimetric"),
    mark("Saturation"),
    mark("Absolute colorimetric"),
];

/// The popover with the switches.
#[derive(Debug)]
pub struct Switches {
    /// All of it.
    pub popover: gtk::Popover,
    managed: gtk::Switch,
    intent: adw::ComboRow,
    black_point: gtk::Switch,
    warning: gtk::Switch,
    proof: adw::ActionRow,
    clear: gtk::Button,
    proof_intent: adw::ComboRow,
    /// What was wished last, and whether the switches are being set by the window itself.
    state: Rc<State>,
}

#[derive(Debug, Default)]
struct State {
    wish: Cell<Wish>,
    quiet: Cell<bool>,
}

impl State {
    /// Changes the wish by what the person did.
    fn change(&self, out: &Sender<PhotoMsg>, change: impl FnOnce(&mut Wish)) {
        if !self.quiet.get() {
            let mut wish = self.wish.get();
            change(&mut wish);
            out.emit(PhotoMsg::Wish(wish));
        }
    }
}

/// A row that offers texts.
pub fn combo(title: &str, texts: &[&str]) -> adw::ComboRow {
    adw::ComboRow::builder()
        .title(title)
        .model(&gtk::StringList::new(texts))
        .build()
}

/// The chosen one's number.
pub fn chosen(row: &adw::ComboRow) -> usize {
    usize::try_from(row.selected()).unwrap_or(0)
}

/// Chooses one by its number.
pub fn choose(row: &adw::ComboRow, number: usize) {
    row.set_selected(u32::try_from(number).unwrap_or(0));
}

impl Switches {
    pub(super) fn new(input: &Sender<PhotoMsg>) -> Self {
        let state: Rc<State> = Rc::default();
        let (managed_row, managed) = rows::switch_row(&gettext("Color Managed"), "");
        let names = INTENTS.map(gettext);
        let mut all = vec![gettext("As in the preferences"), gettext("The photo’s own")];
        all.extend(names.iter().cloned());
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let intent = combo(&gettext("Intent"), &all);
        let (black_row, black_point) = rows::switch_row(&gettext("Black Point Compensation"), "");
        let (warning_row, warning) = rows::switch_row(
            &gettext("Gamut Warning"),
            &gettext("Colors outside the gamut are shown in magenta."),
        );
        let proof = adw::ActionRow::builder()
            .title(gettext("Imitate"))
            .use_markup(false)
            .build();
        let pick = a11y::icon_button("document-open-symbolic", &gettext("Choose a Profile…"));
        let clear = a11y::icon_button("edit-clear-symbolic", &gettext("Imitate nothing"));
        for button in [&pick, &clear] {
            button.set_valign(gtk::Align::Center);
            button.add_css_class("flat");
            proof.add_suffix(button);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let proof_intent = combo(&gettext("Shown as"), &names);
        let list = |rows: &[&gtk::Widget]| {
            let list = gtk::ListBox::builder()
                .selection_mode(gtk::SelectionMode::None)
                .build();
            list.add_css_class("boxed-list");
            for row in rows {
                list.append(*row);
            }
            list
        };
        let body = gtk::Box::new(gtk::Orientation::Vertical, 12);
        body.set_width_request(310);
        body.append(&list(&[
            managed_row.upcast_ref(),
            intent.upcast_ref(),
            black_row.upcast_ref(),
            warning_row.upcast_ref(),
        ]));
        body.append(&list(&[proof.upcast_ref(), proof_intent.upcast_ref()]));
        let scroller = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .propagate_natural_height(true)
            .max_content_height(480)
            .child(&body)
            .build();
        let popover = gtk::Popover::builder().child(&scroller).build();
        popover.add_css_class("photo-switches");
        let made = Self {
            popover,
            managed,
            intent,
            black_point,
            warning,
            proof,
            clear,
            proof_intent,
            state,
        };
        made.connect(input, &pick);
        made
    }

    fn connect(&self, input: &Sender<PhotoMsg>, pick: &gtk::Button) {
        let on = |switch: &gtk::Switch, change: fn(&mut Wish, bool)| {
            let (out, state) = (input.clone(), Rc::clone(&self.state));
            switch.connect_active_notify(move |switch| {
                state.change(&out, |wish| change(wish, switch.is_active()));
            });
        };
        on(&self.managed, |wish, on| wish.managed = Some(on));
        on(&self.black_point, |wish, on| wish.black_point = Some(on));
        on(&self.warning, |wish, on| wish.warning = on);
        let (out, state) = (input.clone(), Rc::clone(&self.state));
        self.intent.connect_selected_notify(move |row| {
            state.change(&out, |wish| {
                wish.intent = match chosen(row) {
                    0 => WishedIntent::Preferred,
                    1 => WishedIntent::Own,
                    number => {
                        let intent = Intent::ALL.get(number - 2).copied();
                        WishedIntent::This(intent.unwrap_or_default())
                    }
                };
            });
        });
        let (out, state) = (input.clone(), Rc::clone(&self.state));
        self.proof_intent.connect_selected_notify(move |row| {
            state.change(&out, |wish| {
                wish.proof_intent = Intent::ALL.get(chosen(row)).copied().unwrap_or_default();
            });
        });
        let out = input.clone();
        let popover = self.popover.downgrade();
        pick.connect_clicked(move |_| {
            if let Some(popover) = popover.upgrade() {
                popover.popdown();
            }
            out.emit(PhotoMsg::ChooseProof);
        });
        let out = input.clone();
        self.clear
            .connect_clicked(move |_| out.emit(PhotoMsg::Proof(None)));
    }

    /// Shows what is in force.
    pub(super) fn show(&self, wish: Wish, managed: bool, black_point: bool, proof: Option<&str>) {
        let place = |intent: Intent| Intent::ALL.iter().position(|it| *it == intent).unwrap_or(0);
        self.state.quiet.set(true);
        self.state.wish.set(wish);
        self.managed.set_active(managed);
        self.black_point.set_active(black_point);
        self.warning.set_active(wish.warning);
        let intent = match wish.intent {
            WishedIntent::Preferred => 0,
            WishedIntent::Own => 1,
            WishedIntent::This(intent) => place(intent) + 2,
        };
        choose(&self.intent, intent);
        choose(&self.proof_intent, place(wish.proof_intent));
        for widget in [
            self.intent.upcast_ref::<gtk::Widget>(),
            self.black_point.upcast_ref(),
            self.warning.upcast_ref(),
            self.proof.upcast_ref(),
        ] {
            widget.set_sensitive(managed);
        }
        self.proof_intent.set_sensitive(managed && proof.is_some());
        self.clear.set_visible(proof.is_some());
        let nothing = gettext("No other device");
        self.proof.set_subtitle(proof.unwrap_or(&nothing));
        self.state.quiet.set(false);
    }
}
