// SPDX-License-Identifier: GPL-3.0-or-later
//! Where a monitor's profile may come from, what was found there, and which one is used.
//!
//! Pure: whoever asks the places ([`super::x11`], [`super::colord`]) hands in what was found.

use crate::profile::{MAX_SIZE, Profile, Refusal};

/// A place that can hold a monitor's profile, in the order in which they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A file that the person has chosen for the monitor.
    Override,
    /// The property `_ICC_PROFILE` of a RandR output. ArgyllCMS and DisplayCAL set it.
    Output,
    /// The property `_ICC_DEVICE_PROFILE` or `_ICC_DEVICE_PROFILE_n` of the root window: where
    /// a colour server puts the monitor's profile that shows everybody else sRGB (ICC Profiles
    /// in X 0.4, draft).
    DeviceAtom,
    /// The property `_ICC_PROFILE` or `_ICC_PROFILE_n` of the root window (ICC Profiles in X).
    RootAtom,
    /// The first profile of colord's device with this connector.
    Colord,
    /// No place has one: sRGB, as ICC Profiles in X 0.3 says.
    Srgb,
}

impl Source {
    /// All of them, in the order of the look-up.
    pub const ALL: [Self; 6] = [
        Self::Override,
        Self::Output,
        Self::DeviceAtom,
        Self::RootAtom,
        Self::Colord,
        Self::Srgb,
    ];

    /// The name that JSON uses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Output => "output-property",
            Self::DeviceAtom => "device-atom",
            Self::RootAtom => "atom",
            Self::Colord => "colord",
            Self::Srgb => "srgb",
        }
    }
}

/// Why what a place holds is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceRefusal {
    /// A property of another type than `CARDINAL`.
    #[error("the property has the type {found}, not CARDINAL")]
    Type {
        /// The type's name.
        found: String,
    },
    /// A property whose items have not 8 bits.
    #[error("the items of the property have {bits} bits, not 8")]
    Format {
        /// 16 or 32.
        bits: u8,
    },
    /// A property without content.
    #[error("the property is empty")]
    Empty,
    /// More than is read, in bytes; its content was not asked for.
    #[error("it has {size} bytes, and {MAX_SIZE} is the most that is read")]
    TooLarge {
        /// Its size.
        size: u64,
    },
    /// A property that somebody changed again and again while it was read.
    #[error("it changed while it was read")]
    Unsteady,
    /// The bytes are no profile, or none of a monitor.
    #[error(transparent)]
    Profile(#[from] Refusal),
    /// A file that can't be read.
    #[error("the file can't be read: {why}")]
    File {
        /// What the system says.
        why: String,
    },
    /// colord knows the monitor and has no file for it.
    #[error("colord names no file")]
    NoFile,
    /// Colour management is switched off for the monitor in colord.
    #[error("color management is switched off for this monitor in colord")]
    Disabled,
    /// Below a Wayland compositor nobody keeps the properties of the X server up to date.
    #[error("below a Wayland compositor nobody maintains it")]
    Unmaintained,
}

/// What was found at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which kind of place.
    pub source: Source,
    /// Which one: the name of the property (of the output, as `DP-1/_ICC_PROFILE`), of the
    /// file, or of colord's device.
    pub place: String,
    /// The profile, checked to be one that a monitor can have, or why it is not used.
    pub found: Result<Profile, SourceRefusal>,
}

impl Candidate {
    /// The profile, unless it is refused.
    pub fn profile(&self) -> Option<&Profile> {
        self.found.as_ref().ok()
    }
}

/// Two places that have different profiles for one monitor: numbers of
/// [`Monitor::candidates`](super::Monitor::candidates), the one that is looked at first being
/// the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Disagreement {
    /// The place that goes first.
    pub one: usize,
    /// The other one.
    pub other: usize,
    /// Whether it is meant to be so: the person chose another file, or a colour server shows
    /// others sRGB in place of the monitor's profile.
    pub meant: bool,
}

/// Checks bytes of any place.
///
/// # Errors
///
/// [`SourceRefusal::Profile`] with the reason.
pub(super) fn check(bytes: Vec<u8>) -> Result<Profile, SourceRefusal> {
    fit(Profile::parse(bytes)?)
}

/// Checks that a profile can be a monitor's.
///
/// # Errors
///
/// [`SourceRefusal::Profile`] with the reason.
pub(super) fn fit(profile: Profile) -> Result<Profile, SourceRefusal> {
    profile.check_monitor()?;
    Ok(profile)
}

/// The first profile that is not refused, in the order of the look-up, and where it is from.
pub(super) fn choose(candidates: &[Candidate]) -> (Source, Profile) {
    candidates
        .iter()
        .filter_map(|it| Some((it.source, it.profile()?)))
        .min_by_key(|(source, _)| *source)
        .map_or_else(
            || (Source::Srgb, Profile::srgb()),
            |(source, profile)| (source, profile.clone()),
        )
}

/// Every pair of places whose profiles differ in content.
pub(super) fn disagreements(candidates: &[Candidate]) -> Vec<Disagreement> {
    let mut pairs = Vec::new();
    let with_profile: Vec<(usize, Source, &Profile)> = candidates
        .iter()
        .enumerate()
        .filter_map(|(index, it)| Some((index, it.source, it.profile()?)))
        .collect();
    for (position, (one, source, profile)) in with_profile.iter().enumerate() {
        for (other, other_source, other_profile) in &with_profile[position + 1..] {
            if profile.id() != other_profile.id() {
                let meant = *source == Source::Override
                    || (*source, *other_source) == (Source::DeviceAtom, Source::RootAtom);
                pairs.push(Disagreement {
                    one: *one,
                    other: *other,
                    meant,
                });
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::standard;

    fn candidate(source: Source, space: standard::Space) -> Candidate {
        Candidate {
            source,
            place: source.key().to_owned(),
            found: Ok(space.profile().unwrap()),
        }
    }

    fn refused(source: Source) -> Candidate {
        Candidate {
            source,
            place: source.key().to_owned(),
            found: Err(SourceRefusal::Empty),
        }
    }

    #[test]
    fn the_first_sound_one_in_the_order_of_the_look_up_is_used() {
        assert_eq!(choose(&[]), (Source::Srgb, Profile::srgb()));
        let all = [
            candidate(Source::Colord, standard::ADOBE_RGB),
            refused(Source::Override),
            candidate(Source::RootAtom, standard::DISPLAY_P3),
        ];
        let (source, profile) = choose(&all);
        assert_eq!(source, Source::RootAtom);
        assert_eq!(profile, standard::DISPLAY_P3.profile().unwrap());
        assert_eq!(choose(&[refused(Source::Output)]).0, Source::Srgb);
    }

    #[test]
    fn of_two_outputs_of_a_monitor_the_first_counts() {
        let all = [
            candidate(Source::Output, standard::DISPLAY_P3),
            candidate(Source::Output, standard::ADOBE_RGB),
        ];
        assert_eq!(choose(&all).1, standard::DISPLAY_P3.profile().unwrap());
        assert_eq!(disagreements(&all).len(), 1);
    }

    #[test]
    fn every_pair_that_differs_is_kept_and_refused_ones_are_in_none() {
        let all = [
            candidate(Source::Output, standard::DISPLAY_P3),
            refused(Source::DeviceAtom),
            candidate(Source::RootAtom, standard::ADOBE_RGB),
            candidate(Source::Colord, standard::DISPLAY_P3),
        ];
        let pair = |one, other| Disagreement {
            one,
            other,
            meant: false,
        };
        assert_eq!(disagreements(&all), [pair(0, 2), pair(2, 3)]);
        assert!(disagreements(&all[..2]).is_empty());
    }

    #[test]
    fn what_is_meant_to_differ_is_marked() {
        let server = [
            candidate(Source::DeviceAtom, standard::DISPLAY_P3),
            candidate(Source::RootAtom, standard::SRGB),
        ];
        assert!(disagreements(&server)[0].meant);
        let chosen = [
            candidate(Source::Override, standard::DISPLAY_P3),
            candidate(Source::Colord, standard::SRGB),
        ];
        assert!(disagreements(&chosen)[0].meant);
    }
}
