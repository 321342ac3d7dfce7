// SPDX-License-Identifier: GPL-3.0-or-later
//! Who converts to the monitor's colours: this program, the compositor, or nobody.
//!
//! One pure function, [`decide`]; the reasons are an enum whose English texts are in
//! [`super::text`].

/// What the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// What fits the session.
    #[default]
    Auto,
    /// Convert to the monitor's profile in any session.
    Always,
    /// Leave the monitor's profile alone: sRGB goes out.
    Never,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Always, Self::Never];

    /// The name that settings and command lines use.
    pub fn key(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// The mode of a name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.key() == key)
    }
}

/// What shows the windows of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Session {
    /// An X server that owns the monitors.
    #[default]
    X11,
    /// An X server below a Wayland compositor.
    Xwayland,
    /// A Wayland compositor.
    Wayland,
}

impl Session {
    /// The name that JSON uses.
    pub fn key(self) -> &'static str {
        match self {
            Self::X11 => "x11",
            Self::Xwayland => "xwayland",
            Self::Wayland => "wayland",
        }
    }
}

/// What a Wayland compositor does with a surface that says nothing of its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compositor {
    /// Nobody knows: it was not asked, and its name tells nothing.
    #[default]
    Unknown,
    /// It takes the surface for sRGB and converts to the monitor (`wp_color_manager_v1`, with
    /// a preferred image description that is an ICC profile or not sRGB).
    Converts,
    /// It passes the values through (no `wp_color_manager_v1`, or sRGB preferred).
    PassesThrough,
}

impl Compositor {
    /// A guess from the desktop's names in `XDG_CURRENT_DESKTOP`, for who can't ask: KDE's
    /// converts by the profile of its display settings (since 6.0), GNOME's does not use the
    /// profile for what it shows (as of 51).
    pub fn guess(desktops: &str) -> Self {
        let mut names = desktops.split(':');
        if names.clone().any(|name| name.eq_ignore_ascii_case("KDE")) {
            Self::Converts
        } else if names.any(|name| name.eq_ignore_ascii_case("GNOME")) {
            Self::PassesThrough
        } else {
            Self::Unknown
        }
    }
}

/// What pictures are converted to before they go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The monitor's profile.
    Monitor,
    /// sRGB: whoever comes after takes it for that, or nobody does anything.
    Srgb,
    /// Nothing: RGB values go out as they are.
    Raw,
}

impl Target {
    /// The name that JSON uses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Srgb => "srgb",
            Self::Raw => "raw",
        }
    }
}

/// Why a [`Target`] is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// On an X server of its own every program converts for itself.
    X11,
    /// Xwayland is sRGB, and the compositor does the rest.
    Xwayland,
    /// The compositor converts to the monitor; to do so as well would do it twice.
    CompositorConverts,
    /// The compositor passes values through.
    CompositorPasses,
    /// It is not known what the compositor does, and twice is worse than not at all.
    CompositorUnknown,
    /// The person said always.
    Always,
    /// The person said never.
    Never,
    /// A calibration or a measurement is running on the monitor and needs its raw colours.
    Calibrating,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::X11,
        Self::Xwayland,
        Self::CompositorConverts,
        Self::CompositorPasses,
        Self::CompositorUnknown,
        Self::Always,
        Self::Never,
        Self::Calibrating,
    ];

    /// The name that JSON uses.
    pub fn key(self) -> &'static str {
        match self {
            Self::X11 => "x11",
            Self::Xwayland => "xwayland",
            Self::CompositorConverts => "compositor-converts",
            Self::CompositorPasses => "compositor-passes",
            Self::CompositorUnknown => "compositor-unknown",
            Self::Always => "always",
            Self::Never => "never",
            Self::Calibrating => "calibrating",
        }
    }
}

/// What is in force for a monitor, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InForce {
    /// What pictures are converted to.
    pub target: Target,
    /// Why.
    pub why: Why,
}

/// What is in force. `calibrating` is whether colord has an inhibitor for the monitor, which
/// goes before everything else.
pub fn decide(mode: Mode, session: Session, compositor: Compositor, calibrating: bool) -> InForce {
    let (target, why) = match (mode, session, compositor) {
        _ if calibrating => (Target::Raw, Why::Calibrating),
        (Mode::Never, ..) => (Target::Srgb, Why::Never),
        (_, Session::X11, _) => (Target::Monitor, Why::X11),
        (Mode::Always, ..) => (Target::Monitor, Why::Always),
        (Mode::Auto, Session::Xwayland, _) => (Target::Srgb, Why::Xwayland),
        (Mode::Auto, Session::Wayland, Compositor::Converts) => {
            (Target::Srgb, Why::CompositorConverts)
        }
        (Mode::Auto, Session::Wayland, Compositor::PassesThrough) => {
            (Target::Monitor, Why::CompositorPasses)
        }
        (Mode::Auto, Session::Wayland, Compositor::Unknown) => {
            (Target::Srgb, Why::CompositorUnknown)
        }
    };
    InForce { target, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSITORS: [Compositor; 3] = [
        Compositor::Unknown,
        Compositor::Converts,
        Compositor::PassesThrough,
    ];

    #[test]
    fn never_sends_srgb_and_always_converts_in_any_session() {
        for session in [Session::X11, Session::Xwayland, Session::Wayland] {
            for compositor in COMPOSITORS {
                let never = decide(Mode::Never, session, compositor, false);
                assert_eq!((never.target, never.why), (Target::Srgb, Why::Never));
                let always = decide(Mode::Always, session, compositor, false);
                assert_eq!(always.target, Target::Monitor);
                for mode in Mode::ALL {
                    let raw = decide(mode, session, compositor, true);
                    assert_eq!((raw.target, raw.why), (Target::Raw, Why::Calibrating));
                }
            }
        }
    }

    #[test]
    fn by_itself_it_never_converts_twice() {
        let auto = |session, compositor| decide(Mode::Auto, session, compositor, false);
        for compositor in COMPOSITORS {
            assert_eq!(auto(Session::X11, compositor).target, Target::Monitor);
            assert_eq!(auto(Session::Xwayland, compositor).target, Target::Srgb);
        }
        let wayland = |compositor| auto(Session::Wayland, compositor).target;
        assert_eq!(wayland(Compositor::Converts), Target::Srgb);
        assert_eq!(wayland(Compositor::Unknown), Target::Srgb);
        assert_eq!(wayland(Compositor::PassesThrough), Target::Monitor);
    }

    #[test]
    fn desktops_are_told_by_their_names() {
        assert_eq!(Compositor::guess("KDE"), Compositor::Converts);
        assert_eq!(Compositor::guess("ubuntu:GNOME"), Compositor::PassesThrough);
        assert_eq!(Compositor::guess("sway"), Compositor::Unknown);
        assert_eq!(Compositor::guess(""), Compositor::Unknown);
    }

    #[test]
    fn modes_are_found_by_their_keys() {
        for mode in Mode::ALL {
            assert_eq!(Mode::from_key(mode.key()), Some(mode));
        }
        assert_eq!(Mode::from_key("maybe"), None);
    }
}
