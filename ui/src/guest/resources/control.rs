// SPDX-License-Identifier: GPL-3.0-or-later
//! How the page shows a control: the engine's table says which there are and what each means, and
//! the unit of its number how it looks.

use oriel::model::control::{About, Control, Unit};

use oriel_ui_kit::i18n::{gettext, gettext_f, mark};
use oriel_ui_kit::units;

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// Which control, by its name.
pub type ControlId = &'static str;

/// How numbers of a unit look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// What stands behind the number.
    pub unit: &'static str,
    /// How many of the engine's units are one of the number's.
    pub factor: u64,
    /// The least and the most of the number, until the host has told its own.
    pub range: (u64, u64),
    /// What a guest without a setting can be given at first.
    pub first: u64,
    /// The label of the switch that takes the setting away.
    pub without: &'static str,
}

impl Look {
    /// The look of a control's number.
    pub fn of(control: &Control) -> Self {
        match control.unit {
            Unit::Weight => Self {
                unit: "",
                factor: 1,
                range: (2, 262_144),
                first: 1024,
                without: mark("Not set"),
            },
            Unit::Bytes => Self {
                unit: "MiB",
                factor: MIB,
                range: (16, 64 * 1024),
                first: 1024,
                without: mark("No memory limit"),
            },
            Unit::Percent => Self {
                unit: "%",
                factor: 1,
                range: (1, 100),
                first: 100,
                without: mark("No CPU limit"),
            },
        }
    }
}

/// What the page is divided into, in its order.
pub const GROUPS: [About; 2] = [About::Processor, About::Memory];

/// What is said of the group's name.
pub fn group_title(group: About) -> String {
    gettext(match group {
        About::Processor => "Processor",
        About::Memory => "Memory",
    })
}

/// A value in words.
pub fn words(control: &Control, value: Option<u64>) -> String {
    match (control.unit, value) {
        (Unit::Weight, Some(shares)) => shares.to_string(),
        (Unit::Weight, None) => gettext("not set"),
        (Unit::Bytes, Some(bytes)) => units::size(bytes / 1024),
        (Unit::Percent, Some(percent)) => {
            gettext_f("{percent} %", &[("percent", &percent.to_string())])
        }
        (Unit::Bytes | Unit::Percent, None) => gettext("no limit"),
    }
}

/// The weight that the kernel gives a guest without one, by the range of the host's kernel.
pub fn usual_shares(range: Option<(u64, u64)>) -> u64 {
    match range {
        // Control groups of version 2.
        Some((_, 10_000)) => 100,
        _ => 1024,
    }
}

#[cfg(test)]
mod tests {
    use oriel::model::control::{CPU_SHARES, MEMORY_LIMIT};

    use super::*;

    #[test]
    fn values_have_words() {
        assert_eq!(words(&MEMORY_LIMIT, Some(512 * MIB)), "512 MiB");
        assert_eq!(words(&MEMORY_LIMIT, None), "no limit");
        assert_eq!(words(&CPU_SHARES, Some(7)), "7");
    }

    #[test]
    fn the_usual_weight_goes_by_the_kernel() {
        assert_eq!(usual_shares(Some((2, 262_144))), 1024);
        assert_eq!(usual_shares(Some((1, 10_000))), 100);
        assert_eq!(usual_shares(None), 1024);
    }
}
