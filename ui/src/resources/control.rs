// SPDX-License-Identifier: GPL-3.0-or-later
//! The controls of the page, described: what each is called, what it means, its range and units.
//! A further control is a further line in the table, and an arm in each `match`.

use oriel::control::{ControlReading, Settings, Tuning};
use oriel::xml::MemoryLimit;

use crate::i18n::{gettext, mark};
use crate::util::units;

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// Which control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ControlId {
    /// The CPU weight.
    CpuShares,
    /// The hard memory limit, in bytes.
    MemoryLimit,
}

/// Where a control stands on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// With the processors.
    Processor,
    /// With the memory.
    Memory,
}

/// A control as the page shows it.
#[derive(Debug)]
pub struct Control {
    /// Which one.
    pub id: ControlId,
    /// Where it stands.
    pub group: Group,
    /// Its name.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub explanation: &'static str,
    /// What stands behind its number.
    pub unit: &'static str,
    /// How many of the engine's units are one of the number's.
    pub factor: u64,
    /// The least and the most of the number, until the host has told its own.
    pub range: (u64, u64),
    /// What a guest without a setting can be given at first.
    pub first: u64,
    /// The label of the switch that takes the setting away, if it can be without.
    pub without: Option<&'static str>,
}

/// All controls, in the order of the page.
pub const CONTROLS: [Control; 2] = [
    Control {
        id: ControlId::CpuShares,
        group: Group::Processor,
        title: mark("CPU Shares"),
        explanation: mark(
            "How much of the processors it gets when others want them too. Alone, it may always \
             use all.",
        ),
        unit: "",
        factor: 1,
        range: (2, 262_144),
        first: 1024,
        without: None,
    },
    Control {
        id: ControlId::MemoryLimit,
        group: Group::Memory,
        title: mark("Memory Limit"),
        explanation: mark(
            "The most that it may take of the host’s memory, the hypervisor’s own part included. \
             What is over it is swapped out, or the host ends the virtual machine.",
        ),
        unit: "MiB",
        factor: MIB,
        range: (16, 64 * 1024),
        first: 1024,
        without: Some(mark("No limit")),
    },
];

/// What is said of the group's name.
pub fn group_title(group: Group) -> String {
    gettext(match group {
        Group::Processor => "Processor",
        Group::Memory => "Memory",
    })
}

impl ControlId {
    /// Its name in the list of events, as the kernel's changes have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::CpuShares => "cpu_shares",
            Self::MemoryLimit => "memory_limit",
        }
    }

    /// What was read of it.
    pub fn reading(self, tuning: &Tuning) -> &ControlReading {
        match self {
            Self::CpuShares => &tuning.cpu_shares,
            Self::MemoryLimit => &tuning.memory_limit,
        }
    }

    /// What sets it to a value in the engine's units; `None` takes the setting away.
    pub fn settings(self, value: Option<u64>) -> Settings {
        let mut settings = Settings::default();
        match self {
            Self::CpuShares => settings.cpu_shares = value,
            Self::MemoryLimit => {
                settings.memory_limit = Some(value.map_or(MemoryLimit::Unlimited, |bytes| {
                    MemoryLimit::KiB(bytes / 1024)
                }));
            }
        }
        settings
    }

    /// A value in words.
    pub fn words(self, value: Option<u64>) -> String {
        match (self, value) {
            (Self::CpuShares, Some(shares)) => shares.to_string(),
            (Self::CpuShares, None) => gettext("not set"),
            (Self::MemoryLimit, Some(bytes)) => units::size(bytes / 1024),
            (Self::MemoryLimit, None) => gettext("no limit"),
        }
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
    use super::*;

    #[test]
    fn a_limit_is_set_in_kib_and_taken_away() {
        let set = ControlId::MemoryLimit.settings(Some(512 * MIB));
        assert_eq!(set.memory_limit, Some(MemoryLimit::KiB(512 * 1024)));
        assert_eq!(set.cpu_shares, None);
        let none = ControlId::MemoryLimit.settings(None);
        assert_eq!(none.memory_limit, Some(MemoryLimit::Unlimited));
    }

    #[test]
    fn values_have_words() {
        assert_eq!(ControlId::MemoryLimit.words(Some(512 * MIB)), "512 MiB");
        assert_eq!(ControlId::MemoryLimit.words(None), "no limit");
        assert_eq!(ControlId::CpuShares.words(Some(7)), "7");
    }

    #[test]
    fn the_usual_weight_goes_by_the_kernel() {
        assert_eq!(usual_shares(Some((2, 262_144))), 1024);
        assert_eq!(usual_shares(Some((1, 10_000))), 100);
        assert_eq!(usual_shares(None), 1024);
    }
}
