// SPDX-License-Identifier: GPL-3.0-or-later
//! Why a profile can't be used, in the person's language. Each reason fits behind a colon.

use oriel_colour::monitor::SourceRefusal;
use oriel_colour::picture::TagFault;
use oriel_colour::profile::{MAX_SIZE, MAX_TAGS, ReadError, Refusal};
use oriel_colour::transform::TransformError;
use relm4::gtk::glib;

use oriel_ui_kit::i18n::{gettext, gettext_f};

/// Why bytes are no profile, or not one that is wanted.
pub fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::TooLarge { size } => too_large(u64::try_from(*size).unwrap_or(u64::MAX)),
        Refusal::Truncated => gettext("the file is truncated"),
        Refusal::NotAProfile => gettext("it is no ICC profile"),
        Refusal::Version { major } => gettext_f(
            "its version is {version}, and only versions 2 and 4 are known",
            &[("version", &major.to_string())],
        ),
        Refusal::TooManyTags { count } => gettext_f(
            "it says it has {count} tags, and {most} is the most that is read",
            &[
                ("count", &count.to_string()),
                ("most", &MAX_TAGS.to_string()),
            ],
        ),
        Refusal::TagOutside { tag } => gettext_f(
            "the tag “{tag}” lies outside it",
            &[("tag", &tag.to_string())],
        ),
        Refusal::TagTwice { tag } => gettext_f(
            "the tag “{tag}” is there twice",
            &[("tag", &tag.to_string())],
        ),
        Refusal::GridTooLarge { tag, .. } => gettext_f(
            "the table “{tag}” is larger than what is read",
            &[("tag", &tag.to_string())],
        ),
        Refusal::Unfit { found, .. } => gettext_f(
            "it is a profile of another kind, “{found}”",
            &[("found", found)],
        ),
        other => other.to_string(),
    }
}

/// Why a file was not read as a profile.
pub fn file(why: &ReadError) -> String {
    match why {
        ReadError::File(error) => unreadable(&error.to_string()),
        ReadError::Refused(why) => refusal(why),
        other => other.to_string(),
    }
}

/// Why what a place holds is not used.
pub fn place(why: &SourceRefusal) -> String {
    match why {
        SourceRefusal::Type { found } => gettext_f(
            "the property has the type {found}, not CARDINAL",
            &[("found", found)],
        ),
        SourceRefusal::Format { bits } => gettext_f(
            "the items of the property have {bits} bits, not 8",
            &[("bits", &bits.to_string())],
        ),
        SourceRefusal::Empty => gettext("the property is empty"),
        SourceRefusal::TooLarge { size } => too_large(*size),
        SourceRefusal::Unsteady => gettext("it changed while it was read"),
        SourceRefusal::Profile(why) => refusal(why),
        SourceRefusal::File { why } => unreadable(why),
        SourceRefusal::NoFile => gettext("colord names no file"),
        SourceRefusal::Disabled => {
            gettext("color management is switched off for this monitor in colord")
        }
        SourceRefusal::Unmaintained => {
            gettext("below a Wayland compositor nobody keeps it up to date")
        }
        other => other.to_string(),
    }
}

/// Why nothing can be converted by a profile.
pub fn conversion(why: &TransformError) -> String {
    match why {
        TransformError::Refused(why) => refusal(why),
        TransformError::Unreadable => gettext("the color engine can’t read it"),
        TransformError::NoWay => gettext("it lacks what a conversion needs"),
        TransformError::TooSlow => gettext("it takes too long to be evaluated"),
        other => other.to_string(),
    }
}

/// Why a photo's own profile can't be used.
pub fn photo(why: &TagFault) -> String {
    match why {
        TagFault::Refused(why) => refusal(why),
        TagFault::Packed => gettext("it can’t be taken out of the file"),
        TagFault::Unusable(why) => conversion(why),
        TagFault::HighRange => gettext("it is made for HDR, which is not supported"),
        other => other.to_string(),
    }
}

fn too_large(size: u64) -> String {
    let most = u64::try_from(MAX_SIZE).unwrap_or(u64::MAX);
    gettext_f(
        "it has {size}, and {most} is the most that is read",
        &[
            ("size", &glib::format_size(size)),
            ("most", &glib::format_size(most)),
        ],
    )
}

fn unreadable(why: &str) -> String {
    gettext_f("the file can’t be read ({why})", &[("why", why)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_name_what_is_wrong() {
        assert_eq!(
            refusal(&Refusal::Version { major: 9 }),
            "its version is 9, and only versions 2 and 4 are known"
        );
        let large = place(&SourceRefusal::TooLarge { size: 9_000_000 });
        assert!(large.contains("9.0") && large.contains("8.4"), "{large}");
        let inner = photo(&TagFault::Unusable(TransformError::NoWay));
        assert_eq!(inner, "it lacks what a conversion needs");
    }
}
