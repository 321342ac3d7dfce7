// SPDX-License-Identifier: GPL-3.0-or-later
//! From a process to the folders in which libvirt keeps the guest's controls.
//!
//! Owns the reading of `/proc/self/mountinfo` and `/proc/PID/cgroup` (cgroups(7)), for each
//! controller by itself: on a host that has both versions, cpu may be in one and memory in
//! the other.

use std::path::{Path, PathBuf};

use super::process::{Guest, candidates};
use super::value::KernelValue;
use super::{CgroupError, ControlRange, below, read};
use crate::model::control::{CONTROLS, CPU_SHARES, KernelFile, MEMORY_LIMIT};

/// The generation of the kernel's interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CgroupVersion {
    /// A hierarchy for each controller.
    V1,
    /// One hierarchy for all.
    V2,
}

impl CgroupVersion {
    /// The version that holds the cpu controller on the host, so that a slider has its range
    /// before the guest runs.
    ///
    /// # Errors
    ///
    /// [`CgroupError::NoController`] if neither has it, [`CgroupError::Read`].
    pub fn of_host(root: &Path) -> Result<Self, CgroupError> {
        let mounts = Mount::all(root)?;
        if mounts.iter().any(|mount| mount.holds("cpu")) {
            return Ok(Self::V1);
        }
        let offers = |mount: &&Mount| {
            let file = below(root, &mount.point).join("cgroup.controllers");
            read(&file).is_ok_and(|list| list.split_whitespace().any(|name| name == "cpu"))
        };
        let unified = |mount: &&Mount| mount.version == CgroupVersion::V2;
        match mounts.iter().filter(unified).find(offers) {
            Some(_) => Ok(Self::V2),
            None => Err(CgroupError::NoController { controller: "cpu" }),
        }
    }

    /// What `cpu_shares` may be (libvirt's `virCgroupSetCpuShares`): `cpu.shares` on version
    /// 1, `cpu.weight` on version 2.
    pub fn cpu_shares(self) -> ControlRange {
        match self {
            Self::V1 => ControlRange {
                min: 2,
                max: 262_144,
                default: 1024,
            },
            Self::V2 => ControlRange {
                min: 1,
                max: 10_000,
                default: 100,
            },
        }
    }
}

/// The folders of a running guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestCgroup {
    /// The process by which they were found.
    pub pid: u32,
    cpu: Option<Folder>,
    memory: Option<Folder>,
}

/// A folder of one controller.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Folder {
    version: CgroupVersion,
    path: PathBuf,
}

impl GuestCgroup {
    /// Finds the folders of a running guest.
    ///
    /// # Errors
    ///
    /// [`CgroupError::NotRunning`], [`CgroupError::NotConfined`] for a guest without a group
    /// of its own, [`CgroupError::Read`].
    pub fn find(root: &Path, guest: &Guest<'_>) -> Result<Self, CgroupError> {
        let mut reason = CgroupError::NotRunning {
            name: guest.name().to_owned(),
        };
        for pid in candidates(root, guest)? {
            match Self::of_process(root, pid) {
                Ok(found) => return Ok(found),
                Err(error) if error.is_gone() => {}
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    /// Finds the folders by a process of the guest.
    ///
    /// # Errors
    ///
    /// As [`GuestCgroup::find`].
    pub fn of_process(root: &Path, pid: u32) -> Result<Self, CgroupError> {
        let mounts = Mount::all(root)?;
        let groups = read(&below(root, Path::new(&format!("/proc/{pid}/cgroup"))))?;
        let memberships: Vec<_> = groups.lines().filter_map(Membership::parse).collect();
        let find = |controller, files| folder(root, &mounts, &memberships, controller, files);
        // The share of the cpu is set on the machine's folder, beside the other machines;
        // limits are set inside, where systemd does not reset them (libvirt's "nested" group).
        let cpu = find("cpu", ["cpu.shares", "cpu.weight"]);
        let memory = find("memory", ["memory.limit_in_bytes", "memory.max"]).map(nested);
        if cpu.is_none() && memory.is_none() {
            let group = memberships
                .iter()
                .map(|own| own.path)
                .max_by_key(|path| path.len());
            return Err(CgroupError::NotConfined {
                pid,
                group: group.unwrap_or("/").to_owned(),
            });
        }
        Ok(Self { pid, cpu, memory })
    }

    /// The version that holds the guest's share of the cpu.
    pub fn cpu_version(&self) -> Option<CgroupVersion> {
        self.cpu.as_ref().map(|folder| folder.version)
    }

    /// What a file of the guest's says.
    ///
    /// # Errors
    ///
    /// [`CgroupError::NoController`], [`CgroupError::Read`], [`CgroupError::Number`].
    pub fn value(&self, file: &KernelFile) -> Result<KernelValue, CgroupError> {
        KernelValue::read(&self.path(file)?, file.reading)
    }

    /// A file of the guest's.
    fn path(&self, file: &KernelFile) -> Result<PathBuf, CgroupError> {
        let folder = match file.controller {
            "cpu" => &self.cpu,
            _ => &self.memory,
        };
        let folder = folder.clone().ok_or(CgroupError::NoController {
            controller: file.controller,
        })?;
        let folder = if file.inside { nested(folder) } else { folder };
        Ok(folder.file(file.names))
    }

    /// The guest's share of the cpu: `cpu.shares` or `cpu.weight`.
    ///
    /// # Errors
    ///
    /// As [`GuestCgroup::value`].
    pub fn cpu_shares(&self) -> Result<KernelValue, CgroupError> {
        self.value(&CPU_SHARES.file)
    }

    /// The guest's memory limit in bytes: `memory.limit_in_bytes` or `memory.max`.
    ///
    /// # Errors
    ///
    /// As [`GuestCgroup::value`].
    pub fn memory_limit(&self) -> Result<KernelValue, CgroupError> {
        self.value(&MEMORY_LIMIT.file)
    }

    /// The memory in use in bytes, caches included: `memory.usage_in_bytes` or
    /// `memory.current`. A limit below it is refused (version 1) or kills (version 2).
    ///
    /// # Errors
    ///
    /// [`CgroupError::NoController`], [`CgroupError::Read`], [`CgroupError::Number`].
    pub fn memory_usage(&self) -> Result<KernelValue, CgroupError> {
        self.value(&KernelFile {
            names: ["memory.usage_in_bytes", "memory.current"],
            ..MEMORY_LIMIT.file
        })
    }

    /// The files to [`super::watch`] for changes of the controls.
    pub fn watched(&self) -> Vec<PathBuf> {
        let files = CONTROLS.iter().map(|control| self.path(&control.file));
        // A kernel may be built without one.
        files.flatten().filter(|path| path.is_file()).collect()
    }
}

impl Folder {
    /// A file by its names in version 1 and 2.
    fn file(&self, names: [&str; 2]) -> PathBuf {
        match self.version {
            CgroupVersion::V1 => self.path.join(names[0]),
            CgroupVersion::V2 => self.path.join(names[1]),
        }
    }
}

/// The folder that libvirt made inside the machine's, if it made one.
fn nested(folder: Folder) -> Folder {
    let path = folder.path.join("libvirt");
    if path.is_dir() {
        return Folder { path, ..folder };
    }
    folder
}

/// The machine's folder in the hierarchy that has the controller.
fn folder(
    root: &Path,
    mounts: &[Mount],
    memberships: &[Membership<'_>],
    controller: &str,
    files: [&str; 2],
) -> Option<Folder> {
    for membership in memberships {
        let holds = |mount: &&Mount| match membership.controllers {
            "" => mount.version == CgroupVersion::V2,
            list => list.split(',').any(|name| name == controller) && mount.holds(controller),
        };
        let Some(machine) = machine_group(membership.path) else {
            continue;
        };
        for mount in mounts.iter().filter(holds) {
            let Some(inside) = mount.inside(machine) else {
                continue;
            };
            let found = Folder {
                version: mount.version,
                path: below(root, &mount.point).join(inside),
            };
            // In the unified hierarchy of a mixed host a controller may be absent.
            if found.file(files).exists() || nested(found.clone()).file(files).exists() {
                return Some(found);
            }
        }
    }
    None
}

/// A line of `/proc/PID/cgroup`.
#[derive(Debug, Clone, Copy)]
struct Membership<'a> {
    /// The controllers of a version 1 hierarchy; empty for version 2.
    controllers: &'a str,
    path: &'a str,
}

impl<'a> Membership<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.splitn(3, ':');
        let (id, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        // Version 2 is "0::"; a named hierarchy without controllers is "N:name=NAME:".
        (id == "0" || !controllers.is_empty()).then_some(Self { controllers, path })
    }
}

/// The group that libvirt made for the machine, without the groups inside it for the
/// emulator, virtual processors and I/O threads. `None` for a group that is no machine's.
fn machine_group<'a>(path: &'a str) -> Option<&'a str> {
    let numbered = |name: &str, kind: &str| {
        name.strip_prefix(kind)
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    let cut = |path: &'a str| path.rsplit_once('/');
    let mut machine = path;
    if let Some((outer, name)) = cut(machine)
        && (name == "emulator" || numbered(name, "vcpu") || numbered(name, "iothread"))
    {
        machine = outer;
    }
    if let Some((outer, "libvirt")) = cut(machine) {
        machine = outer;
    }
    let (_, name) = cut(machine)?;
    let by_libvirt = name.ends_with(".libvirt-qemu") || name.ends_with(".libvirt-lxc");
    let by_systemd = name
        .strip_suffix(".scope")
        .is_some_and(|name| name.starts_with("machine-"));
    (by_libvirt || by_systemd).then_some(machine)
}

/// A mounted hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    version: CgroupVersion,
    /// Which part of the hierarchy is mounted.
    root: String,
    point: PathBuf,
    /// The options of the file system, among them version 1's controllers.
    options: String,
}

impl Mount {
    fn all(root: &Path) -> Result<Vec<Self>, CgroupError> {
        let text = read(&below(root, Path::new("/proc/self/mountinfo")))?;
        Ok(text.lines().filter_map(Self::parse).collect())
    }

    /// A line: `31 23 0:28 ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE OPTIONS` (proc(5)).
    fn parse(line: &str) -> Option<Self> {
        let (mount, system) = line.split_once(" - ")?;
        let mut system = system.split(' ');
        let version = match system.next()? {
            "cgroup" => CgroupVersion::V1,
            "cgroup2" => CgroupVersion::V2,
            _ => return None,
        };
        let mut mount = mount.split(' ').skip(3);
        Some(Self {
            version,
            root: unescape(mount.next()?),
            point: PathBuf::from(unescape(mount.next()?)),
            options: system.nth(1).unwrap_or_default().to_owned(),
        })
    }

    /// Whether this is a version 1 hierarchy with the controller.
    fn holds(&self, controller: &str) -> bool {
        self.version == CgroupVersion::V1 && self.options.split(',').any(|name| name == controller)
    }

    /// A group's place below the mount point, if it is in the part that is mounted.
    fn inside<'a>(&self, group: &'a str) -> Option<&'a Path> {
        if group.split('/').any(|name| name == "..") {
            // Outside our cgroup namespace.
            return None;
        }
        let inside = Path::new(group).strip_prefix(&self.root).ok()?;
        Some(inside.strip_prefix("/").unwrap_or(inside))
    }
}

/// Resolves the octal escapes of mountinfo: `\040` is a blank.
fn unescape(field: &str) -> String {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after
            .get(..3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        if let Some(code) = code.filter(|_| byte == b'\\') {
            bytes.push(code);
            rest = &after[3..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
