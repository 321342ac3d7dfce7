// SPDX-License-Identifier: GPL-3.0-or-later
//! The sidebar: connections with their guests, live, a search, and the selection.
//!
//! Owns the selection; the items are the [`listing`](crate::listing)'s. What is shown for a
//! selection is the window's: one guest that the search hides stays there, and of several those
//! that it shows.

mod messages;
mod row;
mod selection;

use std::cell::RefCell;
use std::rc::Rc;

use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::gio;
use relm4::{ComponentParts, ComponentSender, SimpleComponent, adw, gtk};

use crate::listing::entry_of;
use crate::words::rows::is_meant;

pub use self::messages::{Selected, SidebarMsg, SidebarOutput};

/// The sidebar.
#[derive(Debug)]
pub struct Sidebar {
    selection: gtk::MultiSelection,
    selected: Selected,
    /// Whether the rows show what is selected.
    marked: bool,
    filter: gtk::CustomFilter,
    wanted: Rc<RefCell<String>>,
    search: gtk::SearchEntry,
    list: gtk::ListView,
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl SimpleComponent for Sidebar {
    type Init = gio::ListStore;
    type Input = SidebarMsg;
    type Output = SidebarOutput;

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,
            set_width_request: 300,
            // Its parts expand within it, and it must not take the page's room for that.
            set_hexpand: false,

            #[name = "header"]
            adw::HeaderBar {
                set_show_end_title_buttons: false,
                #[wrap(Some)]
                set_title_widget = &adw::WindowTitle {
                    set_title: "Oriel",
                },

                #[local_ref]
                pack_start = new -> gtk::Button {
                    set_action_name: Some("win.new"),
                },

                #[local_ref]
                pack_end = menu -> gtk::MenuButton {
                    set_icon_name: "open-menu-symbolic",
                    set_tooltip_text: Some(&gettext("Main Menu")),
                    set_primary: true,
                },
            },

            gtk::Box {
                set_margin_start: 10,
                set_margin_end: 10,
                set_margin_top: 6,
                set_margin_bottom: 6,

                #[local_ref]
                search -> gtk::SearchEntry {
                    set_hexpand: true,
                    set_placeholder_text: Some(&gettext("Search virtual machines")),
                    connect_search_changed[sender] => move |entry| {
                        let text = entry.text().to_lowercase();
                        sender.input(SidebarMsg::SearchChanged(text));
                    },
                },
            },

            gtk::ScrolledWindow {
                set_vexpand: true,
                set_hscrollbar_policy: gtk::PolicyType::Never,

                #[local_ref]
                list -> gtk::ListView {
                    add_css_class: "navigation-sidebar",
                    connect_activate[sender] => move |_, position| {
                        sender.input(SidebarMsg::Activated(position));
                    },
                },
            },
        }
    }

    fn init(
        roots: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let wanted: Rc<RefCell<String>> = Rc::default();
        let filter = filter(Rc::clone(&wanted));
        let selection = gtk::MultiSelection::new(Some(tree(&roots, &filter)));
        let moved = sender.input_sender().clone();
        selection.connect_selection_changed(move |_, _, _| {
            moved.emit(SidebarMsg::SelectionMoved);
        });
        let list: gtk::ListView = a11y::named("GtkListView", &gettext("Virtual machines"));
        list.set_model(Some(&selection));
        list.set_factory(Some(&row::factory()));
        let search: gtk::SearchEntry =
            a11y::named("GtkSearchEntry", &gettext("Search virtual machines"));
        let new = &a11y::icon_button("list-add-symbolic", &gettext("New Virtual Machine"));
        let menu: &gtk::MenuButton = &a11y::named("GtkMenuButton", &gettext("Main Menu"));
        a11y::set_menu(menu, &main_menu());
        let model = Self {
            selection,
            selected: Selected::All,
            marked: true,
            filter,
            wanted,
            search: search.clone(),
            list: list.clone(),
        };
        model.restore();
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, message: Self::Input, sender: ComponentSender<Self>) {
        match message {
            SidebarMsg::RowsMoved => {
                self.restore();
                self.leave_hidden(&sender);
            }
            SidebarMsg::SearchChanged(text) => self.search_for(text, &sender),
            SidebarMsg::Search => drop(self.search.grab_focus()),
            SidebarMsg::SelectionMoved => self.selection_moved(&sender),
            SidebarMsg::Activated(position) => self.activated(position, &sender),
            SidebarMsg::Unmark => self.unmark(),
            SidebarMsg::Select(keys) => self.select(Selected::Guests(keys), &sender),
            SidebarMsg::SelectConnection(id) => {
                self.select(Selected::Connections(vec![id]), &sender);
            }
            SidebarMsg::SelectAll => self.select(Selected::All, &sender),
        }
    }
}

/// What concerns no guest in particular.
fn main_menu() -> gio::Menu {
    let menu = gio::Menu::new();
    let connections = gio::Menu::new();
    connections.append(
        Some(&gettext("_Add Connection…")),
        Some("win.add-connection"),
    );
    menu.append_section(None, &connections);
    let app = gio::Menu::new();
    app.append(Some(&gettext("_Monitors and Color")), Some("win.monitors"));
    app.append(Some(&gettext("Open P_hoto…")), Some("win.photo"));
    app.append(Some(&gettext("_Preferences")), Some("win.preferences"));
    app.append(
        Some(&gettext("_Keyboard Shortcuts")),
        Some("win.show-help-overlay"),
    );
    app.append(Some(&gettext("About _Oriel")), Some("win.about"));
    menu.append_section(None, &app);
    menu
}

fn filter(wanted: Rc<RefCell<String>>) -> gtk::CustomFilter {
    gtk::CustomFilter::new(move |object| {
        let Some(entry) = entry_of(object) else {
            return true;
        };
        entry
            .as_guest()
            .is_none_or(|entry| is_meant(&entry.guest.borrow(), &wanted.borrow()))
    })
}

/// Connections with the guests that the filter leaves below them, unfolded.
fn tree(connections: &gio::ListStore, filter: &gtk::CustomFilter) -> gtk::TreeListModel {
    let filter = filter.clone();
    gtk::TreeListModel::new(connections.clone(), false, true, move |object| {
        let entry = entry_of(object)?;
        let guests = entry.as_connection()?.guests.clone();
        let shown = gtk::FilterListModel::new(Some(guests), Some(filter.clone()));
        Some(shown.upcast())
    })
}
