// SPDX-License-Identifier: GPL-3.0-or-later
//! The sidebar: connections with their guests, live, and a search.
//!
//! Owns the list's items and the selection. Which guest is on show is the window's: a guest that
//! the search hides stays there.

mod entry;
pub mod helpers;
mod messages;
mod methods;
mod row;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use relm4::adw::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::{ComponentParts, ComponentSender, SimpleComponent, adw, gtk};

pub use self::messages::{SidebarMsg, SidebarOutput};

use self::entry::{Entry, entry_of};
use crate::engine::{ConnectionId, GuestKey};
use crate::i18n::gettext;
use crate::util::a11y;

/// The sidebar.
#[derive(Debug)]
pub struct Sidebar {
    connections: HashMap<ConnectionId, glib::BoxedAnyObject>,
    guests: HashMap<GuestKey, glib::BoxedAnyObject>,
    selection: gtk::SingleSelection,
    chosen: Option<GuestKey>,
    filter: gtk::CustomFilter,
    wanted: Rc<RefCell<String>>,
    search: gtk::SearchEntry,
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl SimpleComponent for Sidebar {
    type Init = Vec<(ConnectionId, String)>;
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
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let wanted: Rc<RefCell<String>> = Rc::default();
        let filter = filter(Rc::clone(&wanted));
        let connections = gio::ListStore::new::<glib::BoxedAnyObject>();
        let mut known = HashMap::new();
        for (id, uri) in init {
            let item = Entry::connection(&uri);
            connections.append(&item);
            known.insert(id, item);
        }
        let selection = gtk::SingleSelection::builder()
            .model(&tree(&connections, &filter))
            .autoselect(false)
            .can_unselect(true)
            .build();
        let moved = sender.input_sender().clone();
        selection.connect_selected_item_notify(move |_| moved.emit(SidebarMsg::SelectionMoved));
        let list = gtk::ListView::new(Some(selection.clone()), Some(row::factory()));
        let search: gtk::SearchEntry =
            a11y::named("GtkSearchEntry", &gettext("Search virtual machines"));
        let model = Self {
            connections: known,
            guests: HashMap::new(),
            selection,
            chosen: None,
            filter,
            wanted,
            search: search.clone(),
        };
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, message: Self::Input, sender: ComponentSender<Self>) {
        match message {
            SidebarMsg::GuestsChanged(connection, change) => {
                self.apply(connection, &change);
            }
            SidebarMsg::KeysChanged(connection, keys) => self.set_keys(connection, &keys),
            SidebarMsg::StatusChanged(connection, status) => self.set_status(connection, status),
            SidebarMsg::SearchChanged(text) => self.search_for(text),
            SidebarMsg::Search => drop(self.search.grab_focus()),
            SidebarMsg::SelectionMoved => self.selection_moved(&sender),
            SidebarMsg::Activated(position) => self.activated(position, &sender),
            SidebarMsg::Unselect => self.unselect(),
        }
    }
}

fn filter(wanted: Rc<RefCell<String>>) -> gtk::CustomFilter {
    gtk::CustomFilter::new(move |object| {
        let Some(entry) = entry_of(object) else {
            return true;
        };
        entry
            .as_guest()
            .is_none_or(|entry| helpers::is_meant(&entry.guest.borrow(), &wanted.borrow()))
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
