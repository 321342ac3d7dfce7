// SPDX-License-Identifier: GPL-3.0-or-later
//! What a report may know besides the profile.

use crate::profile::{DateTime, ProfileId};

/// What a report may know besides the profile.
#[derive(Debug, Clone, Default)]
pub struct Options<'a> {
    /// Languages of the person, the best one first, as in LANG.
    pub languages: Vec<&'a str>,
    /// Today; `None` where the age of a measurement is not to be judged.
    pub today: Option<DateTime>,
    /// The monitor that the profile is used for; `None` where it is looked at by itself.
    pub monitor: Option<MonitorFacts>,
}

/// The monitor that a profile is used for.
#[derive(Debug, Clone, Default)]
pub struct MonitorFacts {
    /// Its EDID, as the display server has it.
    pub edid: Option<Vec<u8>>,
    /// Colord's id of it.
    pub device_id: Option<String>,
    /// What is loaded in the graphics card.
    pub gamma: Gamma,
    /// What the other sources have for it.
    pub other_sources: Vec<OtherSource>,
}

/// What is loaded in the graphics card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Gamma {
    /// This can't be asked: Wayland, Xwayland, or a driver without gamma.
    #[default]
    Unknown,
    /// The ramps of red, green and blue.
    Ramps([Vec<u16>; 3]),
}

/// Another place that names a profile for the monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSource {
    /// What people call the place, such as `colord`.
    pub name: String,
    /// The profile that is there.
    pub profile: ProfileId,
}

/// The languages of the person by the environment, in the order that gettext has.
pub fn languages() -> Vec<String> {
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(read);
    let listed = read("LANGUAGE").unwrap_or_default();
    let mut languages: Vec<String> = listed
        .split(':')
        .map(str::to_owned)
        .chain(locale)
        .filter(|name| !matches!(name.as_str(), "" | "C" | "POSIX"))
        .collect();
    languages.dedup();
    languages
}
