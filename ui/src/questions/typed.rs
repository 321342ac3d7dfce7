// SPDX-License-Identifier: GPL-3.0-or-later
//! Rows to type into, and the way of what was typed into guarded memory.

use libvirt_ext::memory::ScrubFreed;
use oriel::Result;
use oriel::secret::Passphrase;
use oriel::shown::shown;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

/// A row whose text is not shown while it is typed.
pub fn secret_row(title: &str) -> adw::EntryRow {
    finished(adw::PasswordEntryRow::new().upcast(), title)
}

/// A row whose text is shown, with a suggestion.
pub fn plain_row(title: &str, suggestion: Option<&str>) -> adw::EntryRow {
    let row = finished(adw::EntryRow::new(), title);
    row.set_text(suggestion.unwrap_or_default());
    row
}

fn finished(row: adw::EntryRow, title: &str) -> adw::EntryRow {
    row.set_use_markup(false);
    row.set_title(&shown(title));
    row.set_activates_default(true);
    row
}

/// Puts the rows into the dialog. `response` can be given once there is something in each.
pub fn list(dialog: &adw::MessageDialog, rows: &[adw::EntryRow], response: &str) -> gtk::ListBox {
    let list = gtk::ListBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .css_classes(["boxed-list"])
        .build();
    for row in rows {
        list.append(row);
        let weak: Vec<_> = rows.iter().map(ObjectExt::downgrade).collect();
        let weak_dialog = dialog.downgrade();
        let response = response.to_owned();
        row.connect_changed(move |_| {
            if let Some(dialog) = weak_dialog.upgrade() {
                let mut all = weak.iter().filter_map(relm4::gtk::glib::WeakRef::upgrade);
                dialog.set_response_enabled(&response, all.all(|row| has_text(&row)));
            }
        });
    }
    dialog.set_response_enabled(response, rows.iter().all(has_text));
    dialog.set_extra_child(Some(&list));
    list
}

/// Whether something was typed; asked without making a copy of it.
pub fn has_text(row: &adw::EntryRow) -> bool {
    length(row) > 0
}

fn length(row: &adw::EntryRow) -> usize {
    let text = row.delegate().and_downcast::<gtk::Text>();
    text.map_or(0, |text| text.text_length().into())
}

/// Takes what was typed, and empties the row.
///
/// # Errors
/// [`oriel::Error::Invalid`] for what is no passphrase: empty or too long.
pub fn take(row: &adw::EntryRow) -> Result<Passphrase> {
    let _scrub = ScrubFreed::new();
    let passphrase = peek(row);
    wipe(row);
    passphrase
}

/// Empties the row. GTK's buffer only moves its end when text is removed, so something longer
/// than what stands there, or stood there before, is put over it first.
fn wipe(row: &adw::EntryRow) {
    const MORE: usize = 1024;
    row.set_text(&" ".repeat(MORE + length(row)));
    row.set_text("");
}

/// Reads what was typed, and leaves it in the row.
///
/// # Errors
/// As [`take`].
pub fn peek(row: &adw::EntryRow) -> Result<Passphrase> {
    let _scrub = ScrubFreed::new();
    let text = row.text();
    Passphrase::from_vec(text.as_bytes().to_vec())
}
