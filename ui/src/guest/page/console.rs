// SPDX-License-Identifier: GPL-3.0-or-later
//! The hand-over of a guest's screen to virt-viewer, and how to get it where it is not installed.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use uuid::Uuid;

/// The program.
const VIEWER: &str = "virt-viewer";

/// What became of the hand-over.
#[derive(Debug)]
pub enum Console {
    /// The viewer was closed by the person.
    Closed,
    /// It is not installed; with the command that installs it here, if that is known.
    Missing(Option<String>),
    /// It could not be started, or ended with a failure: why.
    Failed(String),
}

/// Opens a guest's screen and waits until the viewer is closed. Blocks: it has a thread of its own.
///
/// The viewer goes on when the window is closed. Its end is awaited so that it leaves no zombie.
pub fn open(uri: &str, guest: Uuid) -> Console {
    let started = Command::new(VIEWER)
        .args(["--connect", uri, "--wait", "--"])
        .arg(guest.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // Ctrl+C at the terminal of the window is not meant for it.
        .process_group(0)
        .spawn();
    let mut viewer = match started {
        Ok(viewer) => viewer,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
            return Console::Missing(installer(&release).map(str::to_owned));
        }
        Err(error) => return Console::Failed(format!("{VIEWER}: {error}")),
    };
    match viewer.wait() {
        Ok(status) if status.success() => Console::Closed,
        Ok(status) => Console::Failed(format!("{VIEWER}: {status}")),
        Err(error) => Console::Failed(format!("{VIEWER}: {error}")),
    }
}

/// The command that installs the viewer on the system of this `os-release`.
fn installer(release: &str) -> Option<&'static str> {
    let value = |name: &str| {
        release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(|value| value.trim_matches('"'))
            .unwrap_or_default()
    };
    let families = format!("{} {}", value("ID"), value("ID_LIKE"));
    families.split_whitespace().find_map(|family| {
        Some(match family {
            "debian" | "ubuntu" => "sudo apt install virt-viewer",
            "fedora" | "rhel" | "centos" => "sudo dnf install virt-viewer",
            "opensuse" | "suse" | "sles" => "sudo zypper install virt-viewer",
            "arch" => "sudo pacman -S virt-viewer",
            "alpine" => "sudo apk add virt-viewer",
            _ => return None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::installer;

    #[test]
    fn the_command_fits_the_system() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n";
        assert_eq!(installer(debian), Some("sudo apt install virt-viewer"));
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(installer(mint), Some("sudo apt install virt-viewer"));
        let rocky = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n";
        assert_eq!(installer(rocky), Some("sudo dnf install virt-viewer"));
        assert_eq!(installer("ID=own\n"), None);
        assert_eq!(installer(""), None);
    }
}
