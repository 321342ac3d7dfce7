// SPDX-License-Identifier: GPL-3.0-or-later
//! Finds the process of a guest by its command line.
//!
//! Anybody can start a process with such a command line, so what is found is only believed
//! once it is in a control group that libvirt made ([`super::GuestCgroup`]).

use std::path::Path;

use uuid::Uuid;

use super::{CgroupError, below, read};

/// The guest whose process is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guest<'a> {
    /// A QEMU or KVM guest.
    Qemu {
        /// Its UUID.
        uuid: Uuid,
        /// Its name.
        name: &'a str,
    },
    /// An LXC container.
    Lxc {
        /// Its name.
        name: &'a str,
        /// Its number in libvirt, which is the process ID of its controller.
        id: Option<u32>,
    },
}

impl<'a> Guest<'a> {
    /// The guest's name.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Qemu { name, .. } | Self::Lxc { name, .. } => name,
        }
    }
}

/// A process that says it is a guest's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestProcess {
    /// The process ID.
    pub pid: u32,
    /// The guest's name, if the command line has it.
    pub name: Option<String>,
    /// The guest's UUID; only QEMU's command line has it.
    pub uuid: Option<Uuid>,
}

impl GuestProcess {
    /// All guests' processes on the host, by process ID. Many guests are best looked up in one
    /// scan ([`Self::is`]).
    ///
    /// # Errors
    ///
    /// [`CgroupError::Read`] if `/proc` can't be listed.
    pub fn scan(root: &Path) -> Result<Vec<Self>, CgroupError> {
        let proc = below(root, Path::new("/proc"));
        let unreadable = |source| CgroupError::Read {
            path: proc.clone(),
            source,
        };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&proc).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let pid = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            let Some(pid) = pid else { continue };
            // Processes end at any time, and others' may not be readable.
            if let Ok(bytes) = std::fs::read(entry.path().join("cmdline")) {
                found.extend(Self::recognise(pid, &bytes));
            }
        }
        found.sort_by_key(|process| process.pid);
        Ok(found)
    }

    /// Whether this is the guest's process.
    pub fn is(&self, guest: &Guest<'_>) -> bool {
        let named = |name: &str| self.name.as_deref().is_none_or(|own| own == name);
        match guest {
            Guest::Qemu { uuid, name } => self.uuid == Some(*uuid) && named(name),
            Guest::Lxc { name, id } => {
                self.uuid.is_none()
                    && self.name.as_deref() == Some(name)
                    && id.is_none_or(|id| id == self.pid)
            }
        }
    }

    fn recognise(pid: u32, cmdline: &[u8]) -> Option<Self> {
        let arguments: Vec<_> = cmdline
            .split(|byte| *byte == 0)
            .map(String::from_utf8_lossy)
            .collect();
        let after = |option: &str| {
            let at = arguments.iter().position(|argument| argument == option)?;
            arguments.get(at + 1).map(|value| &**value)
        };
        if let Some(uuid) = after("-uuid") {
            return Some(Self {
                pid,
                name: after("-name").map(qemu_name),
                uuid: Some(Uuid::parse_str(uuid).ok()?),
            });
        }
        let program = Path::new(&**arguments.first()?);
        if program.file_name()? == "libvirt_lxc" {
            return Some(Self {
                pid,
                name: after("--name").map(str::to_owned),
                uuid: None,
            });
        }
        None
    }
}

/// The name in QEMU's `-name guest=NAME,debug-threads=on`, where a comma is written twice.
fn qemu_name(option: &str) -> String {
    let value = option.strip_prefix("guest=").unwrap_or(option);
    let mut name = String::new();
    let mut rest = value.chars().peekable();
    while let Some(character) = rest.next() {
        if character == ',' && rest.next_if_eq(&',').is_none() {
            break;
        }
        name.push(character);
    }
    name
}

/// The processes that may be the guest's, the likeliest first.
///
/// # Errors
///
/// [`CgroupError::NotRunning`] if there is none, [`CgroupError::Read`].
pub(super) fn candidates(root: &Path, guest: &Guest<'_>) -> Result<Vec<u32>, CgroupError> {
    let mut pids = Vec::new();
    for process in GuestProcess::scan(root)? {
        if process.is(guest) {
            pids.push(process.pid);
        }
    }
    if let Guest::Lxc { .. } = guest {
        // Where the controller stays outside, the container's first process is inside.
        for pid in pids.clone() {
            let children = format!("/proc/{pid}/task/{pid}/children");
            if let Ok(text) = read(&below(root, Path::new(&children))) {
                pids.extend(
                    text.split_whitespace()
                        .filter_map(|pid| pid.parse::<u32>().ok()),
                );
            }
        }
    }
    if pids.is_empty() {
        let name = guest.name().to_owned();
        return Err(CgroupError::NotRunning { name });
    }
    Ok(pids)
}
