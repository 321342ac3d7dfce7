// SPDX-License-Identifier: GPL-3.0-or-later
//! Finds a kernel that a small guest can boot, and the modules that it needs.
//!
//! Debian's netboot package has a kernel but not the virtio disk's module (the installer
//! fetches that), so `scripts/setup` downloads the same kernel's package without installing
//! it and lays out `vmlinuz` and the few modules. Owns no files, only knows where they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::process;

/// The modules of a small guest, in the order in which they must be loaded. What is absent
/// is built in.
const MODULES: &[&str] = &[
    "virtio",
    "virtio_ring",
    "virtio_pci_legacy_dev",
    "virtio_pci_modern_dev",
    "virtio_pci",
    "virtio_blk",
    "virtio_balloon",
    "rng-core",
    "virtio-rng",
    "virtio_console",
    "evdev",
    "button",
];

/// A kernel image and its modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    /// The image.
    pub image: PathBuf,
    /// The modules' files, in the order in which they must be loaded.
    pub modules: Vec<PathBuf>,
}

impl Kernel {
    /// Finds one: the folder that `ORIEL_GUEST_KERNEL` names, what `scripts/setup` fetched,
    /// or the kernel that this machine runs (if its image may be read).
    ///
    /// # Errors
    ///
    /// [`Error::NoKernel`] with the places that were tried.
    pub fn find() -> Result<Self> {
        let mut looked = Vec::new();
        let mut folders: Vec<PathBuf> = std::env::var_os("ORIEL_GUEST_KERNEL")
            .map(PathBuf::from)
            .into_iter()
            .collect();
        let fetched = fetched();
        // A name with a dot at its start is a download that is not finished.
        let finished = |path: &PathBuf| {
            path.file_name()
                .is_some_and(|n| !n.to_string_lossy().starts_with('.'))
        };
        let mut versions: Vec<PathBuf> = fs::read_dir(&fetched)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .filter(finished)
            .collect();
        versions.sort();
        if versions.is_empty() {
            looked.push(fetched);
        }
        folders.extend(versions.into_iter().rev());
        for folder in folders {
            let image = folder.join("vmlinuz");
            if fs::File::open(&image).is_ok() {
                return Ok(Self {
                    image,
                    modules: modules_below(&folder),
                });
            }
            looked.push(image);
        }
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let release = release.trim();
        let image = Path::new("/boot").join(format!("vmlinuz-{release}"));
        let modules = Path::new("/lib/modules").join(release);
        if fs::File::open(&image).is_ok() && modules.is_dir() {
            return Ok(Self {
                image,
                modules: modules_below(&modules),
            });
        }
        looked.push(image);
        Err(Error::NoKernel { looked })
    }

    /// Each module's name and bytes, decompressed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Failed`] where one can't be read or decompressed.
    pub(crate) fn module_bytes(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut list = Vec::new();
        for path in &self.modules {
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let name = file.split(".ko").next().unwrap_or_default().to_owned() + ".ko";
            let bytes = match path.extension().and_then(|e| e.to_str()) {
                Some("xz") => decompress("xz", path)?,
                Some("zst") => decompress("zstd", path)?,
                Some("gz") => decompress("gzip", path)?,
                _ => fs::read(path).map_err(Error::io(format!("read {}", path.display())))?,
            };
            list.push((name, bytes));
        }
        Ok(list)
    }
}

/// Where `scripts/setup` puts kernels.
fn fetched() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cache"));
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
        .or_else(home)
        .unwrap_or_default()
        .join("oriel/guest-kernel")
}

fn decompress(program: &str, path: &Path) -> Result<Vec<u8>> {
    let output = Command::new(program)
        .args(["-dc"])
        .arg(path)
        .env("PATH", process::PATH)
        .output()
        .map_err(Error::io(format!("run {program}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Failed {
        what: format!("Decompressing {}", path.display()),
        output: text,
    })
}

/// The files of [`MODULES`] that are anywhere below a folder, in that order.
fn modules_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    MODULES
        .iter()
        .filter_map(|name| {
            let prefix = format!("{name}.ko");
            files
                .iter()
                .find(|f| {
                    f.file_name()
                        .is_some_and(|n| n.to_string_lossy().starts_with(&prefix))
                })
                .cloned()
        })
        .collect()
}
