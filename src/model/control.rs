// SPDX-License-Identifier: GPL-3.0-or-later
//! Resource controls: the table of all that there are, and what front ends hear of them.
//!
//! A control is one row of [`CONTROLS`]. Options of `orielctl`, rows of the window, keys in JSON,
//! names in events, and what is read and set in documents, libvirt and the kernel come from it.

use std::path::PathBuf;

use uuid::Uuid;

use crate::message::{Text, mark};
use crate::xml::{Setting, UNLIMITED_KIB, Unit as Writing};

/// A resource control of a guest.
#[derive(Debug, PartialEq, Eq)]
pub struct Control {
    /// Its name in JSON and in events; with dashes, the option.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static Text,
    /// What it does, in a sentence or two; an English text to be translated.
    pub explanation: &'static str,
    /// What it is about.
    pub about: About,
    /// What its number is.
    pub unit: Unit,
    /// Whether there can be none; if not, taking it away is no wish.
    pub can_be_unset: bool,
    /// The call of libvirt's that reads and sets it.
    pub group: Group,
    /// libvirt's name for it.
    pub parameter: &'static str,
    /// Where a domain's document says it.
    pub setting: Setting,
    /// The period that its number is a part of, if it is a quota.
    pub period: Option<Period>,
    /// The kernel's file.
    pub file: KernelFile,
}

/// The period of a quota, in microseconds. It is set to the usual one along with the quota.
#[derive(Debug, PartialEq, Eq)]
pub struct Period {
    /// libvirt's name for it.
    pub parameter: &'static str,
    /// Where a domain's document says it.
    pub setting: Setting,
}

impl Period {
    /// What libvirt takes where none is set.
    pub const USUAL: u64 = 100_000;
}

/// What a control is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// The processors.
    Processor,
    /// The memory.
    Memory,
}

/// What the number of a control is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A weight against other guests, which has no unit.
    Weight,
    /// Bytes. libvirt has KiB.
    Bytes,
    /// Percent of one processor. libvirt has microseconds in each 100 ms.
    Percent,
}

/// The call of libvirt's that reads and sets a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// `virDomainSetSchedulerParametersFlags`.
    Scheduler,
    /// `virDomainSetMemoryParameters`.
    Memory,
}

/// A value as libvirt wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlValue {
    /// A whole number.
    Unsigned(u64),
    /// A whole number that may be below zero.
    Signed(i64),
}

/// A file of the kernel's control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelFile {
    /// The controller: "cpu" or "memory".
    pub controller: &'static str,
    /// Its names in version 1 and 2.
    pub names: [&'static str; 2],
    /// Whether it is in the group inside the machine's, which systemd does not reset, if libvirt
    /// made one.
    pub inside: bool,
    /// How it is to be read.
    pub reading: KernelFormat,
}

/// How a file of the kernel's is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelFormat {
    /// A plain number.
    Count,
    /// Bytes, in which a huge number means none.
    Bytes,
    /// Microseconds in each period; in percent of a processor here.
    Quota,
}

/// The weight against other guests.
pub static CPU_SHARES: Control = Control {
    name: "cpu_shares",
    title: &Text {
        id: "title-cpu-shares",
        text: mark("CPU Shares"),
    },
    explanation: mark(
        "Share of CPU time when other machines need it too. Alone, a machine may use all of it.",
    ),
    about: About::Processor,
    unit: Unit::Weight,
    can_be_unset: false,
    group: Group::Scheduler,
    parameter: "cpu_shares",
    setting: Setting::SHARES,
    period: None,
    file: KernelFile {
        controller: "cpu",
        names: ["cpu.shares", "cpu.weight"],
        inside: false,
        reading: KernelFormat::Count,
    },
};

/// The most of the processors, all of the guest's together.
pub static CPU_LIMIT: Control = Control {
    name: "cpu_limit",
    title: &Text {
        id: "title-cpu-limit",
        text: mark("CPU Limit"),
    },
    explanation: mark("Maximum CPU time, even when the host is idle. 100 % is one processor."),
    about: About::Processor,
    unit: Unit::Percent,
    can_be_unset: true,
    group: Group::Scheduler,
    parameter: "global_quota",
    setting: Setting {
        path: &["cputune", "global_quota"],
        unit: Writing::Number,
    },
    period: Some(Period {
        parameter: "global_period",
        setting: Setting {
            path: &["cputune", "global_period"],
            unit: Writing::Number,
        },
    }),
    file: KernelFile {
        controller: "cpu",
        names: ["cpu.cfs_quota_us", "cpu.max"],
        inside: true,
        reading: KernelFormat::Quota,
    },
};

/// The hard memory limit.
pub static MEMORY_LIMIT: Control = Control {
    name: "memory_limit",
    title: &Text {
        id: "title-memory-limit",
        text: mark("Memory Limit"),
    },
    explanation: mark(
        "Maximum host memory, including the hypervisor’s overhead. Anything above it is swapped out, or the host stops the virtual machine.",
    ),
    about: About::Memory,
    unit: Unit::Bytes,
    can_be_unset: true,
    group: Group::Memory,
    parameter: "hard_limit",
    setting: Setting::HARD_LIMIT,
    period: None,
    file: KernelFile {
        controller: "memory",
        names: ["memory.limit_in_bytes", "memory.max"],
        inside: true,
        reading: KernelFormat::Bytes,
    },
};

/// All controls, in the order in which they are shown.
pub static CONTROLS: [&Control; 3] = [&CPU_SHARES, &CPU_LIMIT, &MEMORY_LIMIT];

/// The control of that name.
pub fn find(name: &str) -> Option<&'static Control> {
    CONTROLS.into_iter().find(|control| control.name == name)
}

impl Control {
    /// libvirt's value for one in the control's own unit; `None` takes the control away.
    pub(crate) fn libvirt_value(&self, value: Option<u64>) -> ControlValue {
        match self.unit {
            Unit::Weight => ControlValue::Unsigned(value.unwrap_or(0)),
            Unit::Bytes => ControlValue::Unsigned(value.map_or(UNLIMITED_KIB, |it| it / 1024)),
            Unit::Percent => ControlValue::Signed(value.map_or(-1, |percent| {
                i64::try_from(percent.saturating_mul(QUOTA_OF_PERCENT)).unwrap_or(i64::MAX)
            })),
        }
    }

    /// A number of libvirt's in the control's own unit; `None` for what stands for no limit. A quota
    /// is a part of `period`, or of the usual one.
    pub(crate) fn own_value(&self, value: u64, period: Option<u64>) -> Option<u64> {
        match self.unit {
            Unit::Weight => Some(value),
            Unit::Bytes => (value < UNLIMITED_KIB).then(|| value.saturating_mul(1024)),
            Unit::Percent => {
                let period = period.filter(|it| *it > 0).unwrap_or(Period::USUAL);
                let percent = value.saturating_mul(100) / period;
                (1..UNLIMITED_QUOTA).contains(&value).then_some(percent)
            }
        }
    }

    /// The number for a document, for one in the control's own unit.
    pub fn document_value(&self, value: u64) -> u64 {
        match (self.unit, self.setting.unit) {
            (_, Writing::Kibibytes) => value / 1024,
            (Unit::Percent, Writing::Number) => value.saturating_mul(QUOTA_OF_PERCENT),
            (_, Writing::Number) => value,
        }
    }
}

/// Microseconds in each usual period that are one percent of a processor.
const QUOTA_OF_PERCENT: u64 = Period::USUAL / 100;
/// The most percent that libvirt takes.
pub(crate) const MOST_PERCENT: u64 = UNLIMITED_QUOTA / QUOTA_OF_PERCENT - 1;
/// From here on libvirt takes a quota as none at all (`VIR_DOMAIN_SCHEDULER_VCPU_QUOTA`: the
/// kernel's largest, in microseconds).
const UNLIMITED_QUOTA: u64 = 17_592_186_044_415;

/// The kernel's value of a control changed.
#[derive(Clone, Debug)]
pub struct KernelChange {
    /// The guest.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// Which control.
    pub control: &'static Control,
    /// The file that changed.
    pub path: PathBuf,
    /// Its value now, in the control's own unit; `None` for unlimited or gone.
    pub value: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::DomainEdit;

    #[test]
    fn each_control_is_said_in_documents_and_taken_back() {
        let document = b"<domain>\n  <name>web</name>\n</domain>\n";
        for (place, control) in CONTROLS.into_iter().enumerate() {
            assert_eq!(find(control.name), Some(control));
            let others = CONTROLS[..place].iter();
            assert!(
                others
                    .clone()
                    .all(|other| other.parameter != control.parameter)
            );
            assert!(others.clone().all(|other| other.setting != control.setting));
            let value = 64 << 20;
            let number = control.document_value(value);
            let set = DomainEdit::default().set(control.setting, Some(number));
            let edited = set.apply(document.to_vec()).expect("an edit");
            let read = control.setting.read(&edited).expect("a number");
            assert_eq!(
                control.own_value(read, None),
                Some(value),
                "{}",
                control.name
            );
            let taken = DomainEdit::default().set(control.setting, None);
            assert_eq!(taken.apply(edited).expect("an edit"), document);
        }
    }

    #[test]
    fn no_limit_is_no_number() {
        for (control, none) in [
            (&MEMORY_LIMIT, ControlValue::Unsigned(UNLIMITED_KIB)),
            (&CPU_LIMIT, ControlValue::Signed(-1)),
        ] {
            assert_eq!(control.libvirt_value(None), none);
        }
        assert_eq!(MEMORY_LIMIT.own_value(UNLIMITED_KIB, None), None);
        assert_eq!(CPU_LIMIT.own_value(UNLIMITED_QUOTA, None), None);
        assert_eq!(
            CPU_LIMIT.libvirt_value(Some(150)),
            ControlValue::Signed(150_000)
        );
        assert_eq!(CPU_LIMIT.own_value(150_000, None), Some(150));
        assert_eq!(CPU_LIMIT.own_value(150_000, Some(50_000)), Some(300));
        assert_eq!(CPU_LIMIT.own_value(150_000, Some(0)), Some(150));
        assert_ne!(
            CPU_LIMIT.libvirt_value(Some(u64::MAX)),
            CPU_LIMIT.libvirt_value(None)
        );
    }
}
