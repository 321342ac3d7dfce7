// SPDX-License-Identifier: GPL-3.0-or-later
//! Guests small enough to boot in seconds without KVM: a kernel and an archive with busybox
//! and a first process that does as the kernel's command line says (`init.sh` lists the
//! words) and reports on the serial line.
//!
//! Owns what is built; where it runs is the caller's choice.

mod cpio;
mod kernel;
mod xml;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use cpio::Archive;
pub use kernel::Kernel;
pub use xml::{Container, Disk, Domain};

use crate::error::{Error, Result};
use crate::process;

/// The kernel's command line that every small guest needs; words for its first process are
/// added to it.
pub const CMDLINE: &str = "console=ttyS0 quiet panic=1";

/// A small guest's files, ready to boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The kernel image.
    pub kernel: PathBuf,
    /// The first file system.
    pub initrd: PathBuf,
}

impl Guest {
    /// Builds the archive `oriel-guest.img` in a folder, in well under a second.
    ///
    /// # Errors
    ///
    /// [`Error::NoKernel`]; [`Error::Missing`] without a static busybox; [`Error::Io`].
    pub fn build(folder: &Path) -> Result<Self> {
        let kernel = Kernel::find()?;
        let mut archive = archive(&kernel)?;
        archive.link("init", "oriel/init");
        let initrd = folder.join("oriel-guest.img");
        fs::write(&initrd, archive.finish()).map_err(Error::io("write the guest's archive"))?;
        Ok(Self {
            kernel: kernel.image,
            initrd,
        })
    }
}

/// Debian's netboot installer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installer {
    /// The kernel image.
    pub kernel: PathBuf,
    /// The installer's own first file system.
    pub initrd: PathBuf,
}

impl Installer {
    /// Finds the text installer: the folder that `ORIEL_INSTALLER` names, or the package
    /// debian-installer-NN-netboot-amd64 (the newest).
    pub fn find() -> Option<Self> {
        Self::find_flavour("text")
    }

    /// Finds the graphical installer, in the same places.
    pub fn find_graphical() -> Option<Self> {
        Self::find_flavour("gtk")
    }

    fn find_flavour(flavour: &str) -> Option<Self> {
        let own = std::env::var_os("ORIEL_INSTALLER").map(PathBuf::from);
        let mut folders: Vec<PathBuf> = own.into_iter().collect();
        let images = Path::new("/usr/lib/debian-installer/images");
        let mut versions: Vec<PathBuf> = fs::read_dir(images)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .collect();
        versions.sort();
        folders.extend(
            versions
                .into_iter()
                .rev()
                .map(|v| v.join(format!("amd64/{flavour}/debian-installer/amd64"))),
        );
        folders
            .into_iter()
            .map(|f| Self {
                kernel: f.join("linux"),
                initrd: f.join("initrd.gz"),
            })
            .find(|i| i.kernel.is_file() && i.initrd.is_file())
    }

    /// Writes a first file system that is the installer's with ours added, so that
    /// `rdinit=/oriel/init` does our words before the installer starts (`oriel.installer`).
    /// The modules must be of the installer's own kernel, as those are that
    /// `scripts/setup` fetches.
    ///
    /// # Errors
    ///
    /// As [`Guest::build`].
    pub fn with_words(&self, file: &Path) -> Result<()> {
        let mut bytes =
            fs::read(&self.initrd).map_err(Error::io("read the installer's archive"))?;
        // The kernel looks for the next archive at a multiple of 4 bytes.
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(archive(&Kernel::find()?)?.finish());
        fs::write(file, bytes).map_err(Error::io("write the installer's archive"))
    }
}

/// busybox, which must need no libraries.
fn busybox() -> Result<Vec<u8>> {
    let missing = || Error::Missing {
        program: "busybox".into(),
        package: "busybox-static".into(),
    };
    let path = process::find_program("busybox").ok_or_else(missing)?;
    let bytes = fs::read(&path).map_err(Error::io(format!("read {}", path.display())))?;
    // A program with libraries names its loader near the start of the file.
    let start = &bytes[..bytes.len().min(4096)];
    if start
        .windows(8)
        .any(|w| w == b"/ld-linu" || w == b"/ld-musl")
    {
        return Err(missing());
    }
    Ok(bytes)
}

/// The files below `/oriel` that all small guests share.
fn archive(kernel: &Kernel) -> Result<Archive> {
    let mut archive = Archive::default();
    for folder in ["oriel", "oriel/modules"] {
        archive.folder(folder);
    }
    archive.program("oriel/busybox", &busybox()?);
    archive.program("oriel/init", include_bytes!("init.sh"));
    let mut order = String::new();
    for (name, bytes) in kernel.module_bytes()? {
        archive.file(&format!("oriel/modules/{name}"), &bytes);
        order.push_str(&name);
        order.push('\n');
    }
    archive.file("oriel/modules/order", order.as_bytes());
    Ok(archive)
}

/// Awaits a word on a guest's serial line that libvirt writes to a file, and returns all
/// that stands there.
///
/// # Errors
///
/// [`Error::Timeout`] with the end of what it wrote.
pub fn await_serial(file: &Path, word: &str, timeout: Duration) -> Result<String> {
    process::wait_for(&format!("the guest to say {word:?}"), timeout, || {
        let text = serial(file);
        if text.contains(word) {
            Ok(text)
        } else {
            Err(process::tail(file))
        }
    })
}

/// All that a guest's serial line has said.
pub fn serial(file: &Path) -> String {
    fs::read(file)
        .map(|b| String::from_utf8_lossy(&b).into_owned())
        .unwrap_or_default()
}
