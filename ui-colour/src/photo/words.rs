// SPDX-License-Identifier: GPL-3.0-or-later
//! What is said of a photo, its colours, and who converts them.

use oriel_colour::monitor::{Monitor, Source, Target};
use oriel_colour::picture::{Origin, Picture, PictureError, Tag};
use oriel_colour::profile::Profile;
use oriel_colour::report::languages;
use oriel_ui_kit::i18n::{gettext, gettext_f};

use super::setting::Setting;
use crate::{PhotoMode, reasons};

/// A profile's name.
pub(super) fn name(profile: &Profile) -> String {
    let languages = languages();
    let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
    profile
        .description(&languages)
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| gettext("a profile without a name"))
}

/// Format, size and bits of a picture.
pub(super) fn facts(picture: &Picture) -> String {
    gettext_f(
        "{format}, {width} × {height}, {bits} bits",
        &[
            ("format", picture.format.name()),
            ("width", &picture.width.to_string()),
            ("height", &picture.height.to_string()),
            ("bits", &picture.bits().to_string()),
        ],
    )
}

/// Why a file is not shown.
pub(super) fn failure(error: &PictureError) -> String {
    match error {
        PictureError::File(error) => gettext_f(
            "The file can’t be read: {why}.",
            &[("why", &error.to_string())],
        ),
        PictureError::NoFile(_) => gettext("It is no regular file."),
        PictureError::FileTooLarge | PictureError::TooLarge { .. } => {
            gettext("It is larger than what is read.")
        }
        PictureError::Unknown => gettext("It is no PNG, JPEG, TIFF, WebP or AVIF picture."),
        PictureError::Unsupported { what } => {
            gettext_f("It uses what is not supported: {what}.", &[("what", what)])
        }
        PictureError::Damaged { reason } => {
            gettext_f("It is damaged: {reason}.", &[("reason", reason)])
        }
        other => other.to_string(),
    }
}

/// All that is in force, in plain words.
pub(super) fn line(
    setting: &Setting<'_>,
    monitor: Option<&Monitor>,
    display: Option<&Result<Profile, String>>,
    fault: Option<&str>,
) -> String {
    let mut parts = vec![of_photo(setting)];
    if setting.is_managed() {
        if let Some(Err(why)) = display {
            parts.push(gettext_f(
                "The display profile of the preferences can’t be used: {why}.",
                &[("why", why)],
            ));
        }
        parts.push(of_target(setting, monitor));
        if let (Some(proof), true) = (setting.proof, setting.aim.target.is_some()) {
            parts.push(gettext_f(
                "“{profile}” is imitated.",
                &[("profile", &name(proof))],
            ));
        }
        if let Some(why) = fault {
            parts.push(gettext_f(
                "The conversion failed, so its values are shown unchanged: {why}.",
                &[("why", why)],
            ));
        }
    } else if setting.mode() == PhotoMode::Off {
        parts.push(gettext(
            "Color management is off: its values are shown unchanged.",
        ));
    } else {
        parts.push(gettext(
            "Such photos are not converted: its values are shown unchanged.",
        ));
    }
    parts.join(" ")
}

fn of_photo(setting: &Setting<'_>) -> String {
    match setting.tag {
        Tag::Profile(profile, origin) => {
            let name = name(profile);
            let values: &[(&str, &str)] = &[("profile", &name)];
            match origin {
                Origin::Embedded => gettext_f("The photo’s profile is “{profile}”.", values),
                Origin::Figures => gettext_f("The photo says that it is “{profile}”.", values),
                Origin::Camera => {
                    gettext_f("The camera says that the photo is “{profile}”.", values)
                }
            }
        }
        Tag::None if setting.is_managed() => {
            gettext("The photo has no profile and is taken for sRGB.")
        }
        Tag::None => gettext("The photo has no profile."),
        Tag::Broken(fault) => {
            let why = reasons::photo(fault);
            let values: &[(&str, &str)] = &[("why", &why)];
            if setting.is_managed() {
                gettext_f(
                    "The photo’s profile can’t be used ({why}), so it is taken for sRGB.",
                    values,
                )
            } else {
                gettext_f("The photo’s profile can’t be used ({why}).", values)
            }
        }
    }
}

fn of_target(setting: &Setting<'_>, monitor: Option<&Monitor>) -> String {
    if setting.aim.target.is_none() {
        return gettext("The monitor is being calibrated: values are shown unchanged.");
    }
    if let Some(display) = setting.display {
        return gettext_f(
            "Oriel converts it to “{profile}”, as the preferences say.",
            &[("profile", &name(display))],
        );
    }
    let Some(monitor) = monitor else {
        return gettext("No monitor is known: Oriel converts it to sRGB.");
    };
    match monitor.in_force.target {
        Target::Srgb => gettext("Oriel converts it to sRGB, and the desktop does the rest."),
        _ if monitor.source == Source::Srgb => gettext_f(
            "The monitor {monitor} has no profile: Oriel converts it to sRGB.",
            &[("monitor", &monitor.name)],
        ),
        _ => gettext_f(
            "Oriel converts it to “{profile}”, the profile of the monitor {monitor}.",
            &[
                ("profile", &name(&monitor.profile)),
                ("monitor", &monitor.name),
            ],
        ),
    }
}
