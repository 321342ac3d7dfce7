// SPDX-License-Identifier: GPL-3.0-or-later
//! The lists below the cells: what is filtered, how it is sorted, and the head of its columns.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oriel_ui_kit::i18n::gettext;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::gio;

use super::cells::COLUMNS;
use super::guests_of_all;
use super::sorting::{Shown, SortBy};
use crate::listing::entry_of;

/// The filter that follows `shown`.
pub(super) fn filter(shown: &Rc<RefCell<Shown>>) -> gtk::CustomFilter {
    let shown = Rc::clone(shown);
    gtk::CustomFilter::new(move |object| {
        entry_of(object).is_some_and(|entry| {
            entry
                .as_guest()
                .is_some_and(|guest| shown.borrow().holds(guest))
        })
    })
}

/// The sorter that follows `order`.
pub(super) fn sorter(order: &Rc<Cell<SortBy>>) -> gtk::CustomSorter {
    let order = Rc::clone(order);
    gtk::CustomSorter::new(move |a, b| {
        let (Some(a), Some(b)) = (entry_of(a), entry_of(b)) else {
            return gtk::Ordering::Equal;
        };
        match (a.as_guest(), b.as_guest()) {
            (Some(a), Some(b)) => order.get().order(a, b).into(),
            _ => gtk::Ordering::Equal,
        }
    })
}

/// The guests in their order.
pub(super) fn model(
    roots: &gio::ListStore,
    filter: &gtk::CustomFilter,
    sorter: &gtk::CustomSorter,
) -> gtk::NoSelection {
    let shown = gtk::FilterListModel::new(Some(guests_of_all(roots)), Some(filter.clone()));
    let ordered = gtk::SortListModel::new(Some(shown), Some(sorter.clone()));
    gtk::NoSelection::new(Some(ordered))
}

/// Keeps `stores` a list of the guests' lists of the connections in `roots`.
pub(super) fn mirror(roots: &gio::ListStore, stores: &gio::ListStore) {
    let fill = |roots: &gio::ListStore, stores: &gio::ListStore| {
        let lists: Vec<gio::ListModel> = (0..roots.n_items())
            .filter_map(|place| {
                let object = roots.item(place)?;
                let entry = entry_of(&object)?;
                Some(entry.as_connection()?.guests.clone().upcast())
            })
            .collect();
        stores.splice(0, stores.n_items(), &lists);
    };
    fill(roots, stores);
    let weak = stores.downgrade();
    roots.connect_items_changed(move |roots, _, _, _| {
        if let Some(stores) = weak.upgrade() {
            fill(roots, &stores);
        }
    });
}

/// The names of the list's columns.
pub(super) fn head() -> gtk::Box {
    let head = gtk::Box::new(gtk::Orientation::Horizontal, 10);
    head.add_css_class("overview-head");
    let column = |text: &str, align: f32| {
        gtk::Label::builder()
            .label(text)
            .xalign(align)
            .css_classes(["caption-heading", "dim-label"])
            .build()
    };
    let name = column(&gettext("Name"), 0.0);
    name.set_hexpand(true);
    head.append(&name);
    let texts = [
        gettext("Processor"),
        gettext("Memory"),
        gettext("Disk"),
        gettext("Network"),
    ];
    for (text, width) in texts.iter().zip(COLUMNS) {
        let label = column(text, 1.0);
        label.set_width_request(width);
        head.append(&label);
    }
    head
}
