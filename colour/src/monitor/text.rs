// SPDX-License-Identifier: GPL-3.0-or-later
//! English texts for what a person may see of this module, in one place; the window translates
//! them. None has a placeholder.

use super::policy::{Target, Why};
use super::source::Source;

impl Source {
    /// The place in English.
    pub fn text(self) -> &'static str {
        match self {
            Self::Override => "A file chosen for this monitor",
            Self::Output => "The output’s property _ICC_PROFILE",
            Self::DeviceAtom => "The X server’s property _ICC_DEVICE_PROFILE",
            Self::RootAtom => "The X server’s property _ICC_PROFILE",
            Self::Colord => "colord",
            Self::Srgb => "None is set: sRGB is assumed",
        }
    }
}

impl Target {
    /// The target in English.
    pub fn text(self) -> &'static str {
        match self {
            Self::Monitor => "Pictures are converted to the monitor’s profile",
            Self::Srgb => "Pictures are sent out as sRGB",
            Self::Raw => "Pictures are sent out unchanged",
        }
    }
}

impl Why {
    /// The reason in English.
    pub fn text(self) -> &'static str {
        match self {
            Self::X11 => "On an X server each program converts for itself.",
            Self::Xwayland => {
                "Below a Wayland compositor, X programs send out sRGB and the compositor does the rest."
            }
            Self::CompositorConverts => "The compositor converts to the monitor’s profile itself.",
            Self::CompositorPasses => "The compositor passes colours through unchanged.",
            Self::CompositorUnknown => {
                "It is not known whether the compositor converts, and twice would be worse than not at all."
            }
            Self::Always => "The settings say so.",
            Self::Never => "The settings say that the monitor’s profile is not used.",
            Self::Calibrating => {
                "The monitor is being calibrated or measured, which needs its own colours."
            }
        }
    }
}
