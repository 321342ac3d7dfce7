// SPDX-License-Identifier: GPL-3.0-or-later
//! Which monitors there are, which profile each one has, where it is from, and when any of it
//! changes.
//!
//! [`Watcher`] asks and listens on a thread of its own; what it knows is a [`Monitors`] in a
//! [`tokio::sync::watch`] channel, which is replaced only when something in it has changed. A
//! program without a tokio runtime (GTK's main loop) may await that channel as well.
//!
//! On X11 the profile of the monitor with index n of RandR 1.5 (the server's own order, the
//! same as Xinerama's: the primary monitor first) is looked for in these places, and the first
//! sound one is used: a file that the person has chosen, the RandR property `_ICC_PROFILE` of
//! the output, the properties `_ICC_DEVICE_PROFILE[_n]` and `_ICC_PROFILE[_n]` of the root window
//! (ICC Profiles in X 0.4; the suffix is left out for index 0), colord's device of the connector.
//! On Wayland only the person's file and colord are asked, and the compositor whether it converts
//! by itself. Every place that has something is
//! kept, with the reason where it is refused, and so is every pair that disagrees.
//!
//! Nothing here knows of toolkits; nothing here converts pixels.

mod area;
mod assemble;
mod colord;
mod edid;
mod files;
mod policy;
mod source;
mod text;
mod watcher;
mod wayland;
mod window;
mod x11;

use std::sync::Arc;

pub use self::area::{Area, monitor_for};
pub use self::edid::{Chromaticities, Edid, EdidMd5};
pub use self::policy::{Compositor, InForce, Mode, Session, Target, Why, decide};
pub use self::source::{Candidate, Disagreement, Source, SourceRefusal};
pub use self::watcher::{Options, Overrides, Watcher};
pub use self::window::follow_window;
use crate::profile::Profile;

/// The tone curves that the graphics card applies to what it sends to a monitor. A calibration
/// (`vcgt`) is loaded there; so is the tint of a night light.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gamma {
    /// Red: 16-bit output for evenly spaced inputs.
    pub red: Vec<u16>,
    /// Green, of the same length.
    pub green: Vec<u16>,
    /// Blue, of the same length.
    pub blue: Vec<u16>,
}

impl Gamma {
    /// Whether nothing is changed on the way to the monitor: each value is the straight line's,
    /// to within the rounding of 8-bit tables.
    pub fn is_straight(&self) -> bool {
        [&self.red, &self.green, &self.blue]
            .into_iter()
            .all(|ramp| {
                let last = ramp.len().saturating_sub(1).max(1);
                ramp.iter().enumerate().all(|(index, value)| {
                    let straight = index * 65535 / last;
                    usize::from(*value).abs_diff(straight) <= 257
                })
            })
    }
}

/// An output of the graphics card with a monitor at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The server's number for it; 0 on Wayland.
    pub id: u32,
    /// The connector, as `DP-1`.
    pub name: String,
    /// What the monitor says of itself, where the server passes it on.
    pub edid: Option<Arc<Edid>>,
    /// What is loaded into the graphics card; `None` where that can't be read (Wayland).
    pub gamma: Option<Arc<Gamma>>,
}

/// A monitor, with its profile and how that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    /// Its place in the server's order, from 0; the n of `_ICC_PROFILE_n`.
    pub index: usize,
    /// Its name in RandR 1.5: the connector, unless somebody defined monitors of their own.
    pub name: String,
    /// Where it lies, in the server's pixels. Empty where nobody told.
    pub area: Area,
    /// Its size in millimetres, width and height; 0 where not known.
    pub millimetres: (u32, u32),
    /// Whether it is the primary one.
    pub primary: bool,
    /// The outputs that show it: one, or several that show the same or parts of it.
    pub outputs: Vec<Output>,
    /// The place that [`Self::profile`] is from.
    pub source: Source,
    /// Its profile.
    pub profile: Profile,
    /// All that was found, in the order of the look-up.
    pub candidates: Vec<Candidate>,
    /// Which of them have different profiles.
    pub disagreements: Vec<Disagreement>,
    /// colord's id of it, where colord knows it (`MAPPING_device_id` of profiles).
    pub device_id: Option<String>,
    /// Whether colord says that it is being calibrated or measured.
    pub calibrating: bool,
    /// What its pictures are to be converted to, and why.
    pub in_force: InForce,
}

impl Monitor {
    /// A monitor of which nothing but its name is known.
    fn unknown(name: &str, index: usize) -> Self {
        Self {
            index,
            name: name.to_owned(),
            area: Area::default(),
            millimetres: (0, 0),
            primary: false,
            outputs: Vec::new(),
            source: Source::Srgb,
            profile: Profile::srgb(),
            candidates: Vec::new(),
            disagreements: Vec::new(),
            device_id: None,
            calibrating: false,
            in_force: decide(Mode::Auto, Session::X11, Compositor::Unknown, false),
        }
    }

    /// The connector of its first output; its name where it has none.
    pub fn connector(&self) -> &str {
        self.outputs
            .first()
            .map_or(&self.name, |output| &output.name)
    }

    /// What its first output says of it.
    pub fn edid(&self) -> Option<&Arc<Edid>> {
        self.outputs.iter().find_map(|output| output.edid.as_ref())
    }

    /// What is loaded into the graphics card for its first output.
    pub fn gamma(&self) -> Option<&Arc<Gamma>> {
        self.outputs.iter().find_map(|output| output.gamma.as_ref())
    }

    /// The profile that pictures are to be converted to; `None` where their values are to go
    /// out as they are, since the monitor is being calibrated.
    pub fn target(&self) -> Option<Profile> {
        match self.in_force.target {
            Target::Monitor => Some(self.profile.clone()),
            Target::Srgb => Some(Profile::srgb()),
            Target::Raw => None,
        }
    }

    /// The name by which [`Overrides`] should remember this very monitor wherever it is plugged
    /// in: the MD5 of its EDID, else its connector.
    pub fn key(&self) -> String {
        self.edid()
            .map_or_else(|| self.connector().to_owned(), |edid| edid.md5.to_string())
    }
}

/// How far the display server is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Display {
    /// It has not answered yet.
    #[default]
    Starting,
    /// It is read and listened to.
    Open,
    /// It can't be talked to, or is gone. What was known last stays.
    Gone {
        /// Why.
        why: String,
    },
}

/// How far colord is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Colord {
    /// It has not answered yet.
    #[default]
    Asking,
    /// It has answered.
    Present,
    /// There is none, or it may not be asked. That is fine.
    Absent {
        /// Why.
        why: String,
    },
    /// It did not answer in time.
    Silent,
}

/// All monitors, and what holds for all of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Monitors {
    /// In the server's order.
    pub monitors: Vec<Monitor>,
    /// What kind of session they are in.
    pub session: Session,
    /// What the person wants.
    pub mode: Mode,
    /// How far the display server is known.
    pub display: Display,
    /// How far colord is known.
    pub colord: Colord,
    /// `_ICC_PROFILE_IN_X_VERSION` as its setter has written it, such as `0.3`. Nothing depends
    /// on it.
    pub specification: Option<String>,
}

impl Monitors {
    /// Whether everybody who was asked has answered, or has failed to.
    pub fn is_settled(&self) -> bool {
        self.display != Display::Starting && self.colord != Colord::Asking
    }

    /// The monitor that shows the larger part of a window ([`monitor_for`]).
    pub fn at(&self, window: Area) -> Option<&Monitor> {
        monitor_for(&self.monitors, window)
    }

    /// The monitor of a connector or a RandR name.
    pub fn named(&self, name: &str) -> Option<&Monitor> {
        self.monitors
            .iter()
            .find(|it| it.name == name || it.outputs.iter().any(|output| output.name == name))
    }
}

/// The name of a root window property for a monitor (ICC Profiles in X 0.3: no suffix for the
/// first one, and never `_0`).
fn atom_name(base: &str, index: usize) -> String {
    match index {
        0 => base.to_owned(),
        index => format!("{base}_{index}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_monitor_has_no_suffix() {
        assert_eq!(atom_name("_ICC_PROFILE", 0), "_ICC_PROFILE");
        assert_eq!(atom_name("_ICC_PROFILE", 1), "_ICC_PROFILE_1");
        assert_eq!(
            atom_name("_ICC_DEVICE_PROFILE", 12),
            "_ICC_DEVICE_PROFILE_12"
        );
    }

    #[test]
    fn straight_ramps_are_told_from_loaded_ones() {
        let ramp = |length: u32, by: u32| -> Vec<u16> {
            (0..length)
                .map(|index| u16::try_from(index * (65535 - by) / (length - 1)).unwrap_or(0))
                .collect()
        };
        let gamma = |blue: Vec<u16>| Gamma {
            red: ramp(256, 0),
            green: ramp(256, 0),
            blue,
        };
        assert!(gamma(ramp(256, 0)).is_straight());
        assert!(gamma(ramp(1024, 0)).is_straight());
        assert!(gamma(ramp(256, 255)).is_straight());
        assert!(!gamma(ramp(256, 5000)).is_straight());
    }

    #[test]
    fn a_monitor_is_found_by_its_connector_and_by_its_name() {
        let mut monitor = Monitor::unknown("Desk", 0);
        monitor.outputs.push(Output {
            id: 1,
            name: "DP-1".to_owned(),
            edid: None,
            gamma: None,
        });
        assert_eq!(monitor.key(), "DP-1");
        let monitors = Monitors {
            monitors: vec![monitor],
            ..Monitors::default()
        };
        assert!(monitors.named("Desk").is_some() && monitors.named("DP-1").is_some());
        assert!(monitors.named("DP-2").is_none());
    }
}
