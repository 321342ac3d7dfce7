// SPDX-License-Identifier: GPL-3.0-or-later
//! The widgets of a row, made once for each row on the screen and filled from whatever item is
//! there.
//!
//! All that an icon shows stands in the row's second line as well, so icons are decoration to a
//! screen reader.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use relm4::binding::U32Binding;
use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use crate::listing::{Entry, entry_of};
use crate::words::rows::{
    Lock, all_line, connection_name, guest_line, state_icon, status_icon, status_line,
};
use oriel_ui_kit::i18n::gettext;

/// A watched item of a row that is on the screen.
type Watched = HashMap<gtk::ListItem, (U32Binding, glib::SignalHandlerId)>;

/// Makes, fills and watches the rows.
pub fn factory() -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let watched: Rc<RefCell<Watched>> = Rc::default();
    factory.connect_setup(|_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&Row::new().expander));
        }
    });
    let watching = Rc::clone(&watched);
    factory.connect_bind(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let Some((row, tree_row, object)) = parts(item) else {
            return;
        };
        row.expander.set_list_row(Some(&tree_row));
        let Some(entry) = entry_of(&object) else {
            return;
        };
        row.fill(&entry);
        let revision = entry.revision().clone();
        let (weak_item, weak_object) = (item.downgrade(), object.downgrade());
        let handler = revision.connect_notify_local(Some("value"), move |_, _| {
            let (Some(item), Some(object)) = (weak_item.upgrade(), weak_object.upgrade()) else {
                return;
            };
            if let (Some((row, ..)), Some(entry)) = (parts(&item), entry_of(&object)) {
                row.fill(&entry);
            }
        });
        watching
            .borrow_mut()
            .insert(item.clone(), (revision, handler));
    });
    factory.connect_unbind(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        if let Some((revision, handler)) = watched.borrow_mut().remove(item) {
            revision.disconnect(handler);
        }
        if let Some(row) = Row::of(item) {
            row.expander.set_list_row(None);
        }
    });
    factory
}

fn parts(item: &gtk::ListItem) -> Option<(Row, gtk::TreeListRow, glib::Object)> {
    let tree_row: gtk::TreeListRow = item.item()?.downcast().ok()?;
    let object = tree_row.item()?;
    Some((Row::of(item)?, tree_row, object))
}

struct Row {
    expander: gtk::TreeExpander,
    icon: gtk::Image,
    name: gtk::Label,
    line: gtk::Label,
    lock: gtk::Image,
}

impl Row {
    fn new() -> Self {
        let label = || {
            gtk::Label::builder()
                .xalign(0.0)
                .ellipsize(gtk::pango::EllipsizeMode::End)
                .build()
        };
        let image = || {
            gtk::Image::builder()
                .accessible_role(gtk::AccessibleRole::Presentation)
                .build()
        };
        let (icon, name, line, lock) = (image(), label(), label(), image());
        line.add_css_class("dim-label");
        line.add_css_class("caption");
        let text = gtk::Box::new(gtk::Orientation::Vertical, 2);
        text.set_hexpand(true);
        text.append(&name);
        text.append(&line);
        let row = gtk::Box::new(gtk::Orientation::Horizontal, 10);
        row.add_css_class("guest-row");
        row.append(&icon);
        row.append(&text);
        row.append(&lock);
        let expander = gtk::TreeExpander::new();
        expander.set_child(Some(&row));
        Self {
            expander,
            icon,
            name,
            line,
            lock,
        }
    }

    /// The widgets of a row that [`Row::new`] made.
    fn of(item: &gtk::ListItem) -> Option<Self> {
        let expander: gtk::TreeExpander = item.child()?.downcast().ok()?;
        let icon = expander.child()?.first_child()?;
        let text = icon.next_sibling()?;
        let lock = text.next_sibling()?;
        let name = text.first_child()?;
        let line = name.next_sibling()?;
        Some(Self {
            expander,
            icon: icon.downcast().ok()?,
            name: name.downcast().ok()?,
            line: line.downcast().ok()?,
            lock: lock.downcast().ok()?,
        })
    }

    fn fill(&self, entry: &Entry) {
        let (name, line, icon, lock) = match entry {
            Entry::All(all) => (
                gettext("All Virtual Machines"),
                all_line(all.guests.get(), all.running.get()),
                "view-grid-symbolic",
                None,
            ),
            Entry::Connection(connection) => {
                let status = connection.status.borrow();
                (
                    connection_name(&connection.uri),
                    status_line(&status, connection.guests.n_items()),
                    status_icon(&status),
                    None,
                )
            }
            Entry::Guest(entry) => {
                let guest = entry.guest.borrow();
                let secret = entry.secret.get();
                (
                    guest.display_name().into_owned(),
                    guest_line(&guest, secret),
                    state_icon(guest.state),
                    Lock::of(&guest, secret).icon(),
                )
            }
        };
        if entry.as_guest().is_none() {
            self.name.add_css_class("heading");
            // Why it is down may be long.
            self.line.set_tooltip_text(Some(&line));
        } else {
            self.name.remove_css_class("heading");
            self.line.set_tooltip_text(None);
        }
        self.name.set_label(&name);
        self.line.set_label(&line);
        self.icon.set_icon_name(Some(icon));
        self.lock.set_icon_name(lock);
        self.lock.set_visible(lock.is_some());
    }
}
