// SPDX-License-Identifier: GPL-3.0-or-later
//! What a report may know besides the profile.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::monitor::Monitor;
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

impl From<&Monitor> for MonitorFacts {
    /// What is known of a monitor, for a report on the profile that it has.
    fn from(monitor: &Monitor) -> Self {
        let candidates = &monitor.candidates;
        let at = candidates.iter().position(|it| it.source == monitor.source);
        let other_sources = monitor
            .disagreements
            .iter()
            .filter(|it| !it.meant && Some(it.one) == at)
            .filter_map(|it| candidates.get(it.other))
            .filter_map(|candidate| {
                Some(OtherSource {
                    name: format!("{} ({})", candidate.source.key(), candidate.place),
                    profile: candidate.profile()?.id(),
                })
            })
            .collect();
        Self {
            edid: monitor.edid().map(|edid| edid.bytes.to_vec()),
            // Of colord's names, those that profiles hold begin like this.
            device_id: monitor
                .device_id
                .clone()
                .filter(|id| id.starts_with("xrandr-")),
            gamma: monitor.gamma().map_or(Gamma::Unknown, |gamma| {
                Gamma::Ramps([gamma.red.clone(), gamma.green.clone(), gamma.blue.clone()])
            }),
            other_sources,
        }
    }
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

impl DateTime {
    /// Today, by the system's clock (UTC).
    pub fn today() -> Option<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let days = i64::try_from(since.as_secs() / 86_400).ok()?;
        // Days from 1 March of year 0 on, in eras of 400 years (the Gregorian calendar's period).
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march = (5 * of_year + 2) / 153;
        let month = if march < 10 { march + 3 } else { march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Some(Self {
            year: u16::try_from(year).ok()?,
            month: u16::try_from(month).ok()?,
            day: u16::try_from(of_year - (153 * march + 2) / 5 + 1).ok()?,
            ..Self::default()
        })
    }
}
