// SPDX-License-Identifier: GPL-3.0-or-later
//! The questions before a guest is renamed, deleted or saved, and what is said afterwards.
//!
//! They decide nothing: what the person chose is handed to a closure.

use oriel::address::Site;
use oriel::connection::Connection;
use oriel::guest::Guest;
use oriel::guest::remove::DeleteReport;
use oriel::shown::shown;
use oriel::xml::summary::DiskSummary;
use oriel_ui_kit::answers;
use oriel_ui_kit::i18n::{gettext, gettext_f, ngettext_f, said};
use oriel_ui_kit::rows::switch_row;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

use super::tasks::Task;
use super::words;
use crate::words::names::name_problem;

const CANCEL: &str = "cancel";
const YES: &str = "yes";

/// Asks for another name. `taken` says which names others have.
pub fn rename(
    parent: Option<&gtk::Window>,
    guest: &Guest,
    taken: impl Fn(&str) -> bool + 'static,
    then: impl Fn(Task) + 'static,
) {
    let heading = gettext_f("Rename “{name}”", &[("name", &guest.display_name())]);
    let body = gettext("Its disks keep their file names, and its key stays in the keyring.");
    let dialog = question(parent, &heading, &body, &gettext("_Rename"), false);
    dialog.set_default_response(Some(YES));
    let entry = adw::EntryRow::builder()
        .title(gettext("New Name"))
        .text(&guest.name)
        .activates_default(true)
        .build();
    let why = gtk::Label::builder()
        .wrap(true)
        .visible(false)
        .css_classes(["error", "caption"])
        .build();
    let list = boxed_list();
    list.append(&entry);
    let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
    content.append(&list);
    content.append(&why);
    dialog.set_extra_child(Some(&content));
    dialog.set_response_enabled(YES, false);
    let old = guest.name.clone();
    entry.connect_changed(glib::clone!(
        #[weak]
        dialog,
        #[weak]
        why,
        move |entry| {
            let name = entry.text();
            let fault = name_problem(&name, |name| name != old && taken(name));
            dialog.set_response_enabled(YES, fault.is_none() && name != old);
            why.set_visible(fault.is_some());
            why.set_label(&fault.unwrap_or_default());
        }
    ));
    dialog.connect_response(
        Some(YES),
        glib::clone!(
            #[weak]
            entry,
            move |_, _| then(Task::Rename(entry.text().into()))
        ),
    );
    dialog.present();
    entry.grab_focus();
}

/// Asks what is to be deleted: the guest alone, its disks too, the passphrase too.
pub fn delete(parent: Option<&gtk::Window>, guest: &Guest, then: impl Fn(Task) + 'static) {
    let summary = guest.summary.as_deref();
    let disks: Vec<_> = summary
        .into_iter()
        .flat_map(|summary| &summary.disks)
        .filter(|disk| disk.holds_data())
        .collect();
    let has_key = summary.is_some_and(|summary| !summary.secrets.is_empty());
    let heading = gettext_f("Delete “{name}”?", &[("name", &guest.display_name())]);
    let body = gettext("The machine and its settings will be deleted. This can’t be undone.");
    let dialog = question(parent, &heading, &body, &gettext("_Delete"), true);
    let content = gtk::Box::new(gtk::Orientation::Vertical, 12);
    let list = boxed_list();
    let (disk_row, storage) = switch_row(&gettext("Also Delete Its Disks"), &disks_text(&disks));
    list.append(&disk_row);
    let (key_row, forget) = switch_row(
        &gettext("Also Delete the Passphrase"),
        &gettext(
            "Only if all its disks are deleted and nothing else needs it. Backup copies of the disks can’t be opened without it.",
        ),
    );
    key_row.set_visible(has_key);
    list.append(&key_row);
    if !disks.is_empty() {
        content.append(&list);
    }
    let kept = gtk::Label::builder()
        .label(gettext("The passphrase stays in the keyring."))
        .wrap(true)
        .css_classes(["dim-label"])
        .visible(has_key)
        .build();
    content.append(&kept);
    dialog.set_extra_child(Some(&content));
    // A passphrase of disks that stay is never forgotten.
    storage
        .bind_property("active", &key_row, "sensitive")
        .sync_create()
        .build();
    storage.connect_active_notify(glib::clone!(
        #[weak]
        forget,
        move |storage| {
            if !storage.is_active() {
                forget.set_active(false);
            }
        }
    ));
    forget.connect_active_notify(glib::clone!(
        #[weak]
        kept,
        move |forget| kept.set_visible(!forget.is_active())
    ));
    dialog.connect_response(
        Some(YES),
        glib::clone!(
            #[weak]
            storage,
            #[weak]
            forget,
            move |_, _| then(Task::Delete {
                storage: storage.is_active(),
                forget_key: forget.is_active(),
            })
        ),
    );
    dialog.present();
}

/// What stays behind after a deletion, where the person may expect otherwise. `None` where all went
/// as they wanted.
pub fn left(report: &DeleteReport, forget_key: bool) -> Option<String> {
    let mut lines: Vec<String> = report
        .kept
        .iter()
        .map(|(path, why)| {
            gettext_f(
                "{path} stays: {why}.",
                &[("path", path), ("why", &said(why))],
            )
        })
        .collect();
    if !report.keys_in_use.is_empty() {
        lines.push(gettext(
            "The passphrase stays in the keyring: another virtual machine or another host may need \
             it.",
        ));
    }
    if forget_key && !report.keys_kept.is_empty() {
        lines.push(gettext(
            "The passphrase was not removed from the keyring. “Passwords and Keys” shows and \
             removes it.",
        ));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Asks before the state of an encrypted guest is written to a file in the clear; one that is not
/// encrypted needs no question.
pub fn save(
    parent: Option<&gtk::Window>,
    guest: &Guest,
    connection: &Connection,
    then: impl Fn(Task) + 'static,
) {
    if !oriel::guest::manage::is_encrypted(guest) {
        then(Task::Save(false));
        return;
    }
    let heading = gettext_f(
        "Save “{name}” Unencrypted?",
        &[("name", &guest.display_name())],
    );
    let body = gettext_f(
        "Its disks are encrypted, but its memory would be written to the file {file} on its host \
         without encryption, and with it what the disks keep secret. Shutting it down is safer.",
        &[("file", &save_file(connection.site(), &guest.name))],
    );
    let dialog = question(parent, &heading, &body, &gettext("_Save Unencrypted"), true);
    dialog.connect_response(Some(YES), move |_, _| then(Task::Save(true)));
    dialog.present();
}

/// Says how to get the viewer.
pub fn viewer_missing(parent: Option<&gtk::Window>, command: Option<&str>) {
    let heading = gettext("Virt-Viewer Is Not Installed");
    let body = gettext(
        "Consoles are opened in virt-viewer. Install the package “virt-viewer”, then open the \
         console again.",
    );
    let dialog = adw::MessageDialog::new(parent, Some(&heading), Some(&body));
    dialog.add_response("close", &gettext("_Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    if let Some(command) = command {
        let text = gtk::Label::builder()
            .label(shown(command))
            .selectable(true)
            .wrap(true)
            .css_classes(["monospace"])
            .build();
        let copy = gtk::Button::with_mnemonic(&gettext("Co_py"));
        copy.set_halign(gtk::Align::Center);
        let command = command.to_owned();
        copy.connect_clicked(move |button| button.clipboard().set_text(&command));
        let content = gtk::Box::new(gtk::Orientation::Vertical, 12);
        content.append(&text);
        content.append(&copy);
        dialog.set_extra_child(Some(&content));
    }
    dialog.present();
}

/// Says something that is no failure.
pub fn tell(parent: Option<&gtk::Window>, heading: &str, body: &str) {
    let dialog = adw::MessageDialog::new(parent, Some(heading), Some(body));
    dialog.add_response("close", &gettext("_Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    dialog.present();
}

fn disks_text(disks: &[&DiskSummary]) -> String {
    let places: Vec<_> = disks.iter().map(|disk| words::disk_lines(disk).1).collect();
    let count = ngettext_f("{number} disk", "{number} disks", disks.len(), &[]);
    format!("{count}: {}", places.join(", "))
}

fn boxed_list() -> gtk::ListBox {
    gtk::ListBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .css_classes(["boxed-list"])
        .build()
}

/// A dialog with "Cancel" and one other answer.
fn question(
    parent: Option<&gtk::Window>,
    heading: &str,
    body: &str,
    yes: &str,
    destroys: bool,
) -> adw::MessageDialog {
    let dialog = adw::MessageDialog::new(parent, Some(heading), Some(body));
    dialog.add_response(CANCEL, &gettext("_Cancel"));
    dialog.add_response(YES, yes);
    dialog.set_response_appearance(
        YES,
        if destroys {
            adw::ResponseAppearance::Destructive
        } else {
            adw::ResponseAppearance::Suggested
        },
    );
    answers::rest_on(&dialog, CANCEL);
    dialog.set_close_response(CANCEL);
    dialog
}

/// Where libvirt writes the saved state of a guest of that name.
pub fn save_file(site: Site, name: &str) -> String {
    let folder = if site.is_session() {
        "~/.config/libvirt/qemu/save"
    } else {
        "/var/lib/libvirt/qemu/save"
    };
    format!("{folder}/{name}.save")
}

#[cfg(test)]
mod tests {
    use super::*;
    use oriel::message::Message;

    #[test]
    fn what_stays_against_the_wish_is_told_and_nothing_else() {
        let key = uuid::Uuid::nil();
        let report = DeleteReport {
            deleted: vec!["/a".into()],
            keys_kept: vec![key],
            ..DeleteReport::default()
        };
        assert_eq!(left(&report, false), None);
        assert!(left(&report, true).is_some_and(|text| text.contains("not removed")));
        let report = DeleteReport {
            kept: vec![("/b".into(), Message::verbatim("it is in no pool"))],
            keys_in_use: vec![key],
            ..DeleteReport::default()
        };
        let text = left(&report, true).unwrap();
        assert!(text.contains("/b stays: it is in no pool.") && text.contains("another"));
    }

    #[test]
    fn the_saved_state_is_where_libvirt_writes_it() {
        assert!(save_file(Site::of("qemu:///system"), "web").starts_with("/var/lib/"));
        assert!(save_file(Site::of("qemu:///session"), "web").ends_with("save/web.save"));
    }
}
