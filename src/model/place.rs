// SPDX-License-Identifier: GPL-3.0-or-later
//! Where in a virtual machine a secret is used, in words.
//!
//! [`crate::xml::summary::SecretReference::place`] writes it in parts: "disk vda, backing image 1,
//! login". The keyring keeps that form.

use crate::message::{Message, mark, texts};

texts! {
    /// The parts of a place.
    PLACES;
    DISK = "place-disk", mark("disk {name}");
    DEVICE = "place-device", mark("host device {name}");
    TPM = "place-tpm", mark("TPM");
    SAVED = "place-other", "{name}";
    BACKING = "place-backing", mark("{place}, backing image {name}");
    MIRROR = "place-mirror", mark("{place}, mirror");
    DATA_FILE = "place-data-file", mark("{place}, data file");
    LOGIN = "place-login", mark("{place}, login");
    PART = "place-part", "{place}, {name}";
}

/// A place in words. What is no place of ours, such as a path, stays as it is.
pub fn words(place: &str) -> Message {
    let mut parts = place.split(", ");
    let first = parts.next().unwrap_or_default();
    let mut message = match first.split_once(' ') {
        Some(("disk", name)) => DISK.named(name),
        _ if first == "TPM" => TPM.into(),
        _ => match first.strip_prefix("host device ") {
            Some(name) => DEVICE.named(name),
            None => return SAVED.named(place),
        },
    };
    for part in parts {
        let text = match part {
            "mirror" => MIRROR,
            "data file" => DATA_FILE,
            "login" => LOGIN,
            _ => {
                message = match part.strip_prefix("backing image ") {
                    Some(number) => BACKING.named(number),
                    None => PART.named(part),
                }
                .with("place", message);
                continue;
            }
        };
        message = text.with("place", message);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn each_part_is_a_text_of_its_own() {
        for (place, id) in [
            ("disk vda", "place-disk"),
            ("disk vda, backing image 2", "place-backing"),
            ("disk vda, backing image 2, login", "place-login"),
            ("disk my, disk, mirror", "place-mirror"),
            ("host device 1, login", "place-login"),
            ("TPM", "place-tpm"),
            ("/pool/a disk, login", "place-other"),
            ("", "place-other"),
        ] {
            let message = words(place);
            assert_eq!(message.to_string(), place);
            assert_eq!(message.id(), id);
        }
    }
}
