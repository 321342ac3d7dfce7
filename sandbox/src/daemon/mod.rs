// SPDX-License-Identifier: GPL-3.0-or-later
//! Private libvirt daemons: one for `qemu:///system`, one for `qemu:///session`.
//!
//! Owns what both share: the configuration text, the kept answers of QEMU probes, and
//! running `virsh`. Never the machine's own daemon or its folders.

mod session;
mod system;
mod tls;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub use session::SessionDaemon;
pub use system::{Network, SystemDaemon, SystemOptions};
pub use tls::Certificates;

use crate::error::{Error, Result};
use crate::process;

/// How long a daemon may take until it answers. Probing QEMU for the first time takes about
/// 8 s on an idle machine.
const READY: Duration = Duration::from_mins(2);

/// The lines of `libvirtd.conf` that both daemons have.
fn common_config(log: &Path, debug: bool) -> String {
    // 1 is debug, 3 is warning (libvirt's logging levels).
    let level = if debug { 1 } else { 3 };
    format!(
        "log_level = {level}\nlog_outputs = \"{level}:file:{}\"\n\
         auth_unix_rw = \"none\"\nauth_unix_ro = \"none\"\n",
        log.display()
    )
}

/// Runs `virsh -c URI ARGS` with a bare environment that starts no daemon by itself.
fn virsh(uri: &str, dir: &Path, args: &[&str]) -> Result<String> {
    let mut command = Command::new("virsh");
    command
        .env_clear()
        .env("PATH", process::PATH)
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", dir.join("home"))
        .env("XDG_RUNTIME_DIR", dir.join("run"))
        .env("LIBVIRT_AUTOSTART", "0")
        .args(["-q", "-c", uri])
        .args(args);
    process::run(&mut command)
}

/// Awaits the daemon's answer, and QEMU's probes with it.
///
/// # Errors
///
/// [`Error::Failed`] where it has ended, [`Error::Timeout`] where it is silent; both with
/// the end of its log.
fn await_ready(uri: &str, dir: &Path, mut alive: impl FnMut() -> bool) -> Result<()> {
    let log = || {
        let name = |name: &str| process::tail(&dir.join("log").join(name));
        format!("{}\n{}", name("libvirtd.out"), name("libvirtd.log"))
            .trim()
            .to_owned()
    };
    process::wait_for("the private libvirt daemon to answer", READY, || {
        // Asked first: if it ended after that, the next round says so.
        let lives = alive();
        match virsh(uri, dir, &["capabilities"]) {
            Ok(_) => Ok(Ok(())),
            Err(_) if !lives => Ok(Err(Error::Failed {
                what: "The private libvirt daemon".into(),
                output: log(),
            })),
            Err(e) => Err(format!("{e}\n{}", log())),
        }
    })?
}

/// Copies kept answers of QEMU probes into the cache folder of libvirt's QEMU driver.
/// libvirt itself throws away what no longer fits (another QEMU, kernel or libvirt). What
/// can't be read (kept by root, say) is probed anew.
fn probes_in(kept: Option<&Path>, cache: &Path) -> Result<()> {
    let target = cache.join("capabilities");
    fs::create_dir_all(&target).map_err(Error::io("make libvirt's cache folder"))?;
    let Some(entries) = kept.and_then(|k| fs::read_dir(k).ok()) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        if entry.path().extension().is_some_and(|e| e == "xml") {
            let _ = fs::copy(entry.path(), target.join(entry.file_name()));
        }
    }
    Ok(())
}

/// Keeps the answers of QEMU probes for the next daemon. Written beside and renamed, for
/// several daemons may do so at once. Where that fails, the next one only starts later.
fn probes_out(cache: &Path, kept: Option<&Path>) {
    let Some(kept) = kept else { return };
    let _ = fs::create_dir_all(kept);
    let Ok(entries) = fs::read_dir(cache.join("capabilities")) else {
        return;
    };
    for entry in entries.flatten() {
        let (from, to) = (entry.path(), kept.join(entry.file_name()));
        if fs::read(&from).ok() == fs::read(&to).ok() {
            continue;
        }
        if let Ok(part) = tempfile::NamedTempFile::new_in(kept)
            && fs::copy(&from, part.path()).is_ok()
        {
            let _ = part.persist(&to);
        }
    }
}
