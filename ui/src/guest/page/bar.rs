// SPDX-License-Identifier: GPL-3.0-or-later
//! The bar of actions: buttons for what is done most, a menu for the rest. Where there is no room
//! for words, the buttons have icons.

use oriel::guest::{DomainState, Guest};
use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::gio;
use relm4::{ComponentSender, gtk};

use super::GuestPage;
use super::messages::PageMsg;
use super::tasks::Ask;
use crate::engine::{Action, look};

/// A `GAction` for each thing that can be asked for; the menu's entries and buttons go by them.
pub fn action_group(sender: &ComponentSender<GuestPage>) -> gio::SimpleActionGroup {
    let group = gio::SimpleActionGroup::new();
    let add = |id: &str, message: fn(usize) -> PageMsg, number: usize| {
        let one = gio::SimpleAction::new(id, None);
        let input = sender.input_sender().clone();
        one.connect_activate(move |_, _| input.emit(message(number)));
        group.add_action(&one);
    };
    for (number, action) in Action::ALL.into_iter().enumerate() {
        add(
            action.id(),
            |number| PageMsg::Wanted(Action::ALL[number]),
            number,
        );
    }
    for (number, ask) in Ask::ALL.into_iter().enumerate() {
        add(ask.id(), |number| PageMsg::Asked(Ask::ALL[number]), number);
    }
    group
}

/// Allows one of them, or not.
pub fn allow(group: &gio::SimpleActionGroup, id: &str, allowed: bool) {
    if let Some(action) = group.lookup_action(id)
        && let Ok(action) = action.downcast::<gio::SimpleAction>()
    {
        action.set_enabled(allowed);
    }
}

/// Fills the bar with what is offered for the guest as it is.
pub fn fill(bar: &gtk::Box, guest: &Guest, icons: bool) {
    while let Some(child) = bar.first_child() {
        bar.remove(&child);
    }
    let (shown, rest) = offered(guest.state);
    for (place, action) in shown.into_iter().enumerate() {
        let button = button(icons, look(action).icon, &label(action, guest.saved));
        if place == 0 && matches!(action, Action::Launch | Action::Resume) {
            button.add_css_class("suggested-action");
        }
        button.set_action_name(Some(&format!("guest.{}", action.id())));
        bar.append(&button);
    }
    if Ask::Console.fits(guest) {
        let button = button(icons, "video-display-symbolic", &Ask::Console.label());
        button.set_action_name(Some("guest.console"));
        bar.append(&button);
    }
    let more: gtk::MenuButton = if icons {
        let more: gtk::MenuButton = a11y::named("GtkMenuButton", &gettext("More"));
        more.set_icon_name("view-more-symbolic");
        more.set_tooltip_text(Some(&gettext("More")));
        more
    } else {
        gtk::MenuButton::builder().label(gettext("More")).build()
    };
    a11y::set_menu(&more, &menu(guest, rest));
    bar.append(&more);
}

fn button(icons: bool, icon: &str, label: &str) -> gtk::Button {
    if icons {
        a11y::icon_button(icon, label)
    } else {
        gtk::Button::with_label(label)
    }
}

fn menu(guest: &Guest, rest: Vec<Action>) -> gio::Menu {
    let menu = gio::Menu::new();
    let steps = gio::Menu::new();
    if Ask::Save.fits(guest) {
        steps.append(Some(&Ask::Save.label()), Some("guest.save"));
    }
    for action in rest {
        let name = format!("guest.{}", action.id());
        steps.append(Some(&label(action, guest.saved)), Some(&name));
    }
    menu.append_section(None, &steps);
    let lasting = gio::Menu::new();
    for ask in [Ask::Rename, Ask::Delete] {
        let name = format!("guest.{}", ask.id());
        lasting.append(Some(&ask.label()), Some(&name));
    }
    menu.append_section(None, &lasting);
    menu
}

/// How many actions have a button of their own; the others are in the menu beside.
const BUTTONS: usize = 2;

/// The label of an action on a guest, of which a state may be saved.
pub fn label(action: Action, saved: bool) -> String {
    gettext(match action {
        Action::Launch if saved => "Restore",
        _ => look(action).label,
    })
}

/// The actions that get a button in this state, and those that go into the menu. What can't be
/// undone never gets a button.
pub fn offered(state: DomainState) -> (Vec<Action>, Vec<Action>) {
    let mut buttons = Vec::new();
    let mut menu = Vec::new();
    for action in Action::ALL.into_iter().filter(|one| one.fits(state)) {
        if buttons.len() < BUTTONS && !action.is_dangerous() {
            buttons.push(action);
        } else {
            menu.push(action);
        }
    }
    (buttons, menu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_actions_come_first() {
        let (buttons, menu) = offered(DomainState::Running);
        assert_eq!(buttons, [Action::ShutDown, Action::Suspend]);
        assert_eq!(menu, [Action::Reboot, Action::Reset, Action::ForceOff]);
        assert_eq!(
            offered(DomainState::ShutOff),
            (vec![Action::Launch], vec![])
        );
    }

    #[test]
    fn what_was_saved_is_restored() {
        assert_eq!(label(Action::Launch, false), "Start");
        assert_eq!(label(Action::Launch, true), "Restore");
        assert_eq!(label(Action::Reboot, true), "Reboot");
    }

    #[test]
    fn a_dangerous_action_never_gets_a_button() {
        let (buttons, menu) = offered(DomainState::ShuttingDown);
        assert!(buttons.is_empty());
        assert_eq!(menu, [Action::Reset, Action::ForceOff]);
    }
}
