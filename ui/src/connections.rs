// SPDX-License-Identifier: GPL-3.0-or-later
//! The dialog that adds a connection: this computer's, another's by SSH or TLS, or any URI.

use std::rc::Rc;

use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

use oriel_ui_kit::i18n::{gettext, mark};
use oriel_ui_kit::rows;

/// Where the virtual machines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Session,
    System,
    Containers,
    Ssh,
    Tls,
    Other,
}

/// The places, and what the list calls them.
const PLACES: [(Place, &str); 6] = [
    (Place::System, mark("This Computer")),
    (Place::Session, mark("My Virtual Machines")),
    (Place::Containers, mark("Containers")),
    (Place::Ssh, mark("Another Host (SSH)")),
    (Place::Tls, mark("Another Host (TLS)")),
    (Place::Other, mark("Custom URI")),
];

/// The URI of a place; for another computer with its name, and the account there.
fn uri(place: Place, host: &str, user: &str, other: &str) -> Result<String, &'static str> {
    let host = host.trim();
    let user = user.trim();
    let strange = |text: &str| {
        text.chars()
            .any(|one| one.is_whitespace() || one.is_control() || "/@?#".contains(one))
    };
    match place {
        Place::Session => Ok("qemu:///session".into()),
        Place::System => Ok("qemu:///system".into()),
        Place::Containers => Ok("lxc:///system".into()),
        Place::Ssh | Place::Tls if host.is_empty() => Err(mark("Enter the host name.")),
        Place::Ssh | Place::Tls if strange(host) => {
            Err(mark("A host name can’t contain spaces or / @ ? #."))
        }
        Place::Ssh if strange(user) => Err(mark("A user name can’t contain spaces or / @ ? #.")),
        Place::Ssh if user.is_empty() => Ok(format!("qemu+ssh://{host}/system")),
        Place::Ssh => Ok(format!("qemu+ssh://{user}@{host}/system")),
        Place::Tls => Ok(format!("qemu+tls://{host}/system")),
        Place::Other => {
            let other = other.trim();
            let scheme = other.split_once("://").map(|(scheme, _)| scheme);
            match scheme {
                Some(scheme) if !scheme.is_empty() && !other.contains(char::is_whitespace) => {
                    Ok(other.to_owned())
                }
                _ => Err(mark("A URI looks like “qemu+ssh://host/system”.")),
            }
        }
    }
}

/// The parts of the dialog.
struct Form {
    place: adw::ComboRow,
    host: adw::EntryRow,
    user: adw::EntryRow,
    other: adw::EntryRow,
    line: gtk::Label,
    at_start: gtk::Switch,
}

impl Form {
    fn place(&self) -> Place {
        let number = usize::try_from(self.place.selected()).unwrap_or(0);
        PLACES
            .get(number)
            .map_or(Place::System, |(place, _)| *place)
    }

    fn uri(&self) -> Result<String, &'static str> {
        uri(
            self.place(),
            &self.host.text(),
            &self.user.text(),
            &self.other.text(),
        )
    }

    /// Shows what the place needs, and what comes of it.
    fn show(&self, dialog: &adw::MessageDialog) {
        let place = self.place();
        self.host
            .set_visible(matches!(place, Place::Ssh | Place::Tls));
        self.user.set_visible(place == Place::Ssh);
        self.other.set_visible(place == Place::Other);
        let uri = self.uri();
        dialog.set_response_enabled("add", uri.is_ok());
        let line = match uri {
            Ok(uri) => uri,
            Err(why) => gettext(why),
        };
        self.line.set_label(&line);
    }
}

/// Asks for a connection over `parent`; `added` gets its URI, and whether it is opened at each
/// start.
pub fn add(parent: &impl IsA<gtk::Window>, added: impl Fn(String, bool) + 'static) {
    let dialog = adw::MessageDialog::new(
        Some(parent),
        Some(&gettext("Add Connection")),
        Some(&gettext("Passwords and keys are requested when needed.")),
    );
    dialog.add_response("cancel", &gettext("_Cancel"));
    dialog.add_response("add", &gettext("_Add"));
    dialog.set_response_appearance("add", adw::ResponseAppearance::Suggested);
    dialog.set_default_response(Some("add"));
    dialog.set_close_response("cancel");
    let names: Vec<String> = PLACES.iter().map(|(_, name)| gettext(*name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let entry = |title: String| {
        adw::EntryRow::builder()
            .title(title)
            .activates_default(true)
            .build()
    };
    let (row, at_start) = rows::switch_row(&gettext("Connect at Start"), "");
    at_start.set_active(true);
    let form = Rc::new(Form {
        place: adw::ComboRow::builder()
            .title(gettext("Location"))
            .model(&gtk::StringList::new(&names))
            .build(),
        host: entry(gettext("Host Name")),
        user: entry(gettext("User Name (Optional)")),
        other: entry(gettext("URI")),
        line: gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .max_width_chars(40)
            .css_classes(["dim-label", "caption"])
            .build(),
        at_start,
    });
    let list = gtk::ListBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .css_classes(["boxed-list"])
        .build();
    list.append(&form.place);
    for entry in [&form.host, &form.user, &form.other] {
        list.append(entry);
        let (weak, dialog) = (Rc::downgrade(&form), dialog.downgrade());
        entry.connect_changed(move |_| {
            if let (Some(form), Some(dialog)) = (weak.upgrade(), dialog.upgrade()) {
                form.show(&dialog);
            }
        });
    }
    list.append(&row);
    let (weak, shown) = (Rc::downgrade(&form), dialog.downgrade());
    form.place.connect_selected_notify(move |_| {
        if let (Some(form), Some(dialog)) = (weak.upgrade(), shown.upgrade()) {
            form.show(&dialog);
        }
    });
    let body = gtk::Box::new(gtk::Orientation::Vertical, 12);
    body.append(&list);
    body.append(&form.line);
    dialog.set_extra_child(Some(&body));
    form.show(&dialog);
    // The dialog holds the form, and lets go of it when it closes.
    dialog.connect_response(
        None,
        glib::clone!(
            #[strong]
            form,
            move |_, response| {
                if response == "add"
                    && let Ok(uri) = form.uri()
                {
                    added(uri, form.at_start.is_active());
                }
            }
        ),
    );
    dialog.present();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_its_uri() {
        let of = |place| uri(place, " attic ", "lena", "");
        assert_eq!(
            of(Place::Ssh).as_deref(),
            Ok("qemu+ssh://lena@attic/system")
        );
        assert_eq!(of(Place::Tls).as_deref(), Ok("qemu+tls://attic/system"));
        assert_eq!(of(Place::System).as_deref(), Ok("qemu:///system"));
        assert_eq!(
            uri(Place::Ssh, "attic:2222", "", "").as_deref(),
            Ok("qemu+ssh://attic:2222/system")
        );
    }

    #[test]
    fn what_can_not_be_one_is_said() {
        assert!(uri(Place::Ssh, "", "", "").is_err());
        assert!(uri(Place::Ssh, "the attic", "", "").is_err());
        assert!(uri(Place::Ssh, "attic", "a@b", "").is_err());
        assert!(uri(Place::Other, "", "", "attic").is_err());
        assert!(uri(Place::Other, "", "", "xen:///system").is_ok());
    }
}
