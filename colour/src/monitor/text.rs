// SPDX-License-Identifier: GPL-3.0-or-later
//! English texts for what a person may see of this module, in one place; the window translates
//! them. None has a placeholder.

use super::policy::{Target, Why};
use super::source::Source;

/// Marks a text for the translators; the window has it translated.
const fn mark(text: &'static str) -> &'static str {
    text
}

impl Source {
    /// The place in English.
    pub fn text(self) -> &'static str {
        match self {
            Self::Override => mark("A file chosen for this monitor"),
            Self::Output => mark("The output’s property _ICC_PROFILE"),
            Self::DeviceAtom => mark("The X server’s property _ICC_DEVICE_PROFILE"),
            Self::RootAtom => mark("The X server’s property _ICC_PROFILE"),
            Self::Colord => mark("colord"),
            Self::Srgb => mark("None is set: sRGB is assumed"),
        }
    }
}

impl Target {
    /// The target in English.
    pub fn text(self) -> &'static str {
        match self {
            Self::Monitor => mark("Pictures are converted to the monitor’s profile"),
            Self::Srgb => mark("Pictures are sent out as sRGB"),
            Self::Raw => mark("Pictures are sent out unchanged"),
        }
    }
}

impl Why {
    /// The reason in English.
    pub fn text(self) -> &'static str {
        match self {
            Self::X11 => mark("On an X server each program converts for itself."),
            Self::Xwayland => mark(
                "Below a Wayland compositor, X programs send out sRGB and the compositor does the rest.",
            ),
            Self::CompositorConverts => {
                mark("The compositor converts to the monitor’s profile itself.")
            }
            Self::CompositorPasses => mark("The compositor passes colors through unchanged."),
            Self::CompositorUnknown => mark(
                "It is not known whether the compositor converts, and twice would be worse than not at all.",
            ),
            Self::Always => mark("The settings say so."),
            Self::Never => mark("The settings say that the monitor’s profile is not used."),
            Self::Calibrating => {
                mark("The monitor is being calibrated or measured, which needs its own colors.")
            }
        }
    }
}
