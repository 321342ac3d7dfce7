// SPDX-License-Identifier: GPL-3.0-or-later
//! Domain documents for plain test guests and containers.
//!
//! Not the engine's documents: these are made from nothing, for a libvirt that a test owns.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::{CMDLINE, Guest};
use crate::error::{Error, Result};
use crate::process;

/// A disk of a test guest, always on virtio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// The image's path.
    pub path: PathBuf,
    /// `raw` or `qcow2`.
    pub format: String,
    /// The UUID of the libvirt secret, for a LUKS image.
    pub secret: Option<String>,
}

/// A test guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its name; see [`crate::unique_name`].
    pub name: String,
    /// What it boots.
    pub guest: Guest,
    /// Words for its first process, added to [`CMDLINE`].
    pub words: String,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Number of CPUs.
    pub vcpus: u32,
    /// Its disks, `vda` first.
    pub disks: Vec<Disk>,
    /// The file that takes its serial line; without one it is a pseudo-terminal
    /// (`virsh console`).
    pub serial: Option<PathBuf>,
    /// Whether it has a screen.
    pub video: bool,
    /// Whether it boots nothing: its firmware finds no system and rests. A kernel that boots by
    /// emulation takes a processor some seconds.
    pub idle: bool,
}

impl Domain {
    /// A guest of 128 MiB and one CPU, without disks.
    pub fn new(name: impl Into<String>, guest: &Guest) -> Self {
        Self {
            name: name.into(),
            guest: guest.clone(),
            words: "oriel.wait".into(),
            memory_mib: 128,
            vcpus: 1,
            disks: Vec::new(),
            serial: None,
            video: false,
            idle: false,
        }
    }

    /// A guest that runs and boots nothing.
    pub fn idle(name: impl Into<String>, guest: &Guest) -> Self {
        Self {
            idle: true,
            ..Self::new(name, guest)
        }
    }

    /// The document, for `virsh define` or `create`.
    pub fn to_xml(&self) -> String {
        let mut devices = String::new();
        for (disk, letter) in self.disks.iter().zip('a'..='z') {
            let encryption = disk.secret.as_ref().map_or(String::new(), |uuid| {
                format!("<encryption format='luks'><secret type='passphrase' uuid='{uuid}'/></encryption>")
            });
            let _ = write!(
                devices,
                "\n    <disk type='file' device='disk'><driver name='qemu' type='{}'/>\
                 <source file='{}'>{encryption}</source><target dev='vd{letter}' bus='virtio'/></disk>",
                escape(&disk.format),
                escape(&disk.path.to_string_lossy()),
            );
        }
        let serial = match &self.serial {
            Some(path) => format!(
                "\n    <serial type='file'><source path='{}'/><target port='0'/></serial>",
                escape(&path.to_string_lossy())
            ),
            None => "\n    <serial type='pty'><target port='0'/></serial>".to_owned(),
        };
        devices.push_str(&serial);
        if self.video {
            devices += "\n    <video><model type='vga'/></video>";
        }
        let boot = if self.idle {
            String::new()
        } else {
            format!(
                "
    <kernel>{}</kernel>
    <initrd>{}</initrd>
    <cmdline>{CMDLINE} {}</cmdline>",
                escape(&self.guest.kernel.to_string_lossy()),
                escape(&self.guest.initrd.to_string_lossy()),
                escape(&self.words),
            )
        };
        format!(
            "<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>{memory}</memory>
  <vcpu>{vcpus}</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>{boot}
  </os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>{devices}
    <memballoon model='virtio'/>
  </devices>
</domain>
",
            name = escape(&self.name),
            memory = self.memory_mib,
            vcpus = self.vcpus,
        )
    }
}

/// A container of LXC with busybox in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name; see [`crate::unique_name`].
    pub name: String,
    /// Its root folder.
    pub root: PathBuf,
    /// Memory in MiB.
    pub memory_mib: u32,
}

impl Container {
    /// Makes the root folder below `folder` and a container of 128 MiB that idles.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] without a static busybox, [`Error::Io`].
    pub fn build(name: impl Into<String>, folder: &Path) -> Result<Self> {
        let name = name.into();
        let root = folder.join(&name);
        for place in ["bin", "dev", "proc", "sys", "tmp", "run", "etc"] {
            fs::create_dir_all(root.join(place)).map_err(Error::io("make the container's root"))?;
        }
        super::busybox()?;
        let from = process::find_program("busybox").unwrap_or_default();
        fs::copy(from, root.join("bin/busybox")).map_err(Error::io("copy busybox"))?;
        Ok(Self {
            name,
            root,
            memory_mib: 128,
        })
    }

    /// The document, for `virsh -c lxc:///system define` or `create`.
    pub fn to_xml(&self) -> String {
        format!(
            "<domain type='lxc'>
  <name>{}</name>
  <memory unit='MiB'>{}</memory>
  <vcpu>1</vcpu>
  <os><type>exe</type><init>/bin/busybox</init><initarg>sleep</initarg><initarg>1000000</initarg></os>
  <devices>
    <filesystem type='mount'><source dir='{}'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>
",
            escape(&self.name),
            self.memory_mib,
            escape(&self.root.to_string_lossy()),
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_are_escaped() {
        let guest = Guest {
            kernel: "/k".into(),
            initrd: "/i".into(),
        };
        let mut domain = Domain::new("a&b", &guest);
        domain.words = "oriel.write=<x>".into();
        domain.disks.push(Disk {
            path: "/it's".into(),
            format: "raw".into(),
            secret: None,
        });
        let xml = domain.to_xml();
        assert!(xml.contains("<name>a&amp;b</name>"));
        assert!(xml.contains("oriel.write=&lt;x&gt;</cmdline>"));
        assert!(xml.contains("file='/it&apos;s'"));
        assert!(xml.contains("dev='vda'"));
    }
}
