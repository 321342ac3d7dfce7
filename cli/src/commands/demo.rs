// SPDX-License-Identifier: GPL-3.0-or-later
//! `demo`: the main job with a real guest, in a keyring and a libvirt of its own.
//!
//! It runs this very program as a person would, so that what it prints can be typed. Everything is
//! made in a temporary folder and is gone at the end, however it ends.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use oriel_sandbox::guest::Installer;
use oriel_sandbox::{
    Keyring, Session, SessionDaemon, SessionOptions, SystemDaemon, SystemOptions, demo_parts,
    is_root, missing_for,
};

use crate::args::DemoArguments;
use crate::failure::Failure;
use crate::output;

/// The guest's name: with a space and letters that are not ASCII, for those are real names.
const NAME: &str = "Oriel demo ✓";
/// How long the installer may take to draw its first page.
const BOOT_TIME: Duration = Duration::from_mins(3);
/// How often the screen is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Everything private that the demo runs in; dropped in this order.
struct Stage {
    listener: Option<Child>,
    daemon: Daemon,
    session: Session,
    program: PathBuf,
}

enum Daemon {
    System(SystemDaemon),
    Session(SessionDaemon),
}

impl Daemon {
    fn uri(&self) -> String {
        match self {
            Self::System(daemon) => daemon.uri(),
            Self::Session(daemon) => daemon.uri(),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(listener) = &mut self.listener {
            let _ = listener.kill();
            let _ = listener.wait();
        }
    }
}

pub async fn demo(arguments: &DemoArguments) -> Result<(), Failure> {
    let output = std::path::absolute(&arguments.output).map_err(|error| {
        Failure::Other(format!("Could not find a place for the picture: {error}."))
    })?;
    let show = tokio::task::spawn_blocking(move || show(&output));
    tokio::select! {
        result = show => result.map_err(|panicked| Failure::Other(panicked.to_string()))?,
        // The sandbox ends its processes when this one ends.
        _ = tokio::signal::ctrl_c() => Err(Failure::Other("The demo was interrupted.".into())),
    }
}

fn show(picture: &Path) -> Result<(), Failure> {
    let installer = check_parts()?;
    title("A private keyring and a private libvirt");
    let mut stage = set_up()?;
    let system = matches!(stage.daemon, Daemon::System(_));
    output::line(&format!("Connection: {}", stage.daemon.uri()));
    stage.listen()?;

    title("An encrypted virtual machine from Debian's installer");
    let kernel = installer.kernel.to_string_lossy().into_owned();
    let initrd = installer.initrd.to_string_lossy().into_owned();
    let mut create = vec![
        "create",
        NAME,
        "--kernel",
        &kernel,
        "--initrd",
        &initrd,
        "--cmdline",
        "vga=788 quiet",
        "--memory",
        "1G",
        "--vcpus",
        "1",
        "--disk",
        "5G",
        "--start",
    ];
    if system {
        create.extend(["--cpu-shares", "500", "--memory-limit", "2G"]);
    }
    stage.run(&create)?;
    stage.run(&["info", NAME])?;

    title("Its passphrase is in the keyring, and libvirt has no secret any more");
    stage.virsh(&["secret-list"])?;

    title("Limits, and what the kernel holds");
    if system {
        stage.run(&["tune", NAME, "--cpu-shares", "256"])?;
        stage.run(&["tune", NAME, "--memory-limit", "3G", "--live"])?;
    } else {
        stage.run(&["tune", NAME])?;
    }

    title("Its screen");
    stage.wait_for_screen(picture)?;

    title("Off, and on again: the keyring gives the passphrase");
    stage.run(&["force-off", NAME])?;
    stage.run(&["launch", NAME])?;
    stage.run(&["list"])?;

    title("All of it away");
    stage.run(&["force-off", NAME])?;
    stage.run(&["delete", NAME, "--storage", "--forget-key"])?;
    stage.run(&["cleanup"])?;
    drop(stage);
    output::line("");
    output::line(&format!("The picture of its screen: {}", picture.display()));
    Ok(())
}

fn check_parts() -> Result<Installer, Failure> {
    let mut packages: Vec<&str> = demo_parts(is_root())
        .into_iter()
        .flat_map(missing_for)
        .map(|missing| missing.package)
        .collect();
    let installer = Installer::find_graphical();
    if installer.is_none() {
        packages.push("debian-installer-12-netboot-amd64");
    }
    packages.sort_unstable();
    packages.dedup();
    match installer {
        Some(installer) if packages.is_empty() => Ok(installer),
        _ => Err(Failure::Other(format!(
            "The demo needs packages that are not installed: {}. “make setup” in Oriel's source \
             folder installs them.",
            packages.join(", ")
        ))),
    }
}

fn set_up() -> Result<Stage, Failure> {
    let failed = |error: oriel_sandbox::Error| {
        // It may hold the last lines of a log.
        let why = error.to_string().replace('\n', "; ");
        Failure::Other(format!("The demo's stage could not be set up: {why}"))
    };
    let session = Session::start(&SessionOptions {
        keyring: Keyring::Unlocked("the demo's own keyring".into()),
        display: false,
        ..SessionOptions::default()
    })
    .map_err(failed)?;
    let probes = std::env::var_os("ORIEL_PROBES").map(PathBuf::from);
    output::line("Starting them; QEMU is asked what it can do, which takes some seconds …");
    let daemon = if is_root() {
        let options = SystemOptions {
            probes,
            ..SystemOptions::default()
        };
        Daemon::System(SystemDaemon::start(&options).map_err(failed)?)
    } else {
        Daemon::Session(SessionDaemon::start(&session, false, probes).map_err(failed)?)
    };
    let program = std::env::current_exe()
        .map_err(|error| Failure::Other(format!("Could not find this program: {error}.")))?;
    Ok(Stage {
        listener: None,
        daemon,
        session,
        program,
    })
}

impl Stage {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.session.command(&self.program);
        command
            .args(words)
            .env("ORIEL_DEFAULT_URI", self.daemon.uri())
            .stdin(Stdio::null());
        command
    }

    /// Prints the events as they come, from a second process.
    fn listen(&mut self) -> Result<(), Failure> {
        let mut listener = self
            .command(&["events"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| not_run("events", &error))?;
        if let Some(errors) = listener.stderr.take() {
            // Its first line says that it listens.
            let mut lines = BufReader::new(errors).lines();
            let _ = lines.next();
            thread::spawn(move || lines.for_each(drop));
        }
        if let Some(events) = listener.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(events).lines().map_while(Result::ok) {
                    output::line(&format!("    event: {line}"));
                }
            });
        }
        self.listener = Some(listener);
        Ok(())
    }

    fn run(&self, words: &[&str]) -> Result<(), Failure> {
        output::line(&format!("$ orielctl {}", quoted(words)));
        let status = self
            .command(words)
            .status()
            .map_err(|error| not_run(words[0], &error))?;
        // What it says of itself is on the screen already.
        if status.success() {
            return Ok(());
        }
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Err(Failure::Silent(code.unwrap_or(crate::failure::FAILED)))
    }

    fn virsh(&self, words: &[&str]) -> Result<(), Failure> {
        output::line(&format!("$ virsh {}", quoted(words)));
        let uri = self.daemon.uri();
        let answer = self
            .session
            .command("virsh")
            .args(["--connect", &uri])
            .args(words)
            .output()
            .map_err(|error| not_run("virsh", &error))?;
        output::lines(String::from_utf8_lossy(&answer.stdout).trim_end());
        Ok(())
    }

    /// Looks at the screen until it shows more than a console's few colours.
    fn wait_for_screen(&self, picture: &Path) -> Result<(), Failure> {
        let path = picture.to_string_lossy().into_owned();
        let begin = Instant::now();
        output::line("Waiting for the installer's first page …");
        loop {
            thread::sleep(LOOK_EVERY);
            let taken = self
                .command(&["preview", NAME, "--output", &path])
                .output()
                .map_err(|error| not_run("preview", &error))?;
            let waited = begin.elapsed();
            if taken.status.success() && is_drawn(picture) {
                return self.run(&["preview", NAME, "--output", &path]);
            }
            if waited > BOOT_TIME {
                output::note("The installer has drawn nothing yet; taking the screen as it is.");
                return self.run(&["preview", NAME, "--output", &path]);
            }
            output::line(&format!("  {} s …", waited.as_secs()));
        }
    }
}

/// Whether a picture is a page with something on it: the commonest colour is not black and does
/// not fill the part below the banner.
fn is_drawn(picture: &Path) -> bool {
    let Ok(bytes) = std::fs::read(picture) else {
        return false;
    };
    let Ok(decoded) = oriel::preview::Preview::decode(&bytes, None) else {
        return false;
    };
    let (pixels, rest) = decoded.rgba.as_chunks::<4>();
    if !rest.is_empty() || pixels.is_empty() {
        return false;
    }
    let page = &pixels[pixels.len() / 4..];
    let mut colours: HashMap<&[u8; 4], usize> = HashMap::new();
    for pixel in page {
        *colours.entry(pixel).or_default() += 1;
    }
    let commonest = colours.iter().max_by_key(|(_, count)| **count);
    commonest.is_some_and(|(colour, count)| {
        colour[..3].iter().any(|channel| *channel > 32) && count * 100 < page.len() * 98
    })
}

fn title(text: &str) {
    output::line("");
    output::line(&format!("== {text}"));
}

fn quoted(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| oriel::shown::shell_word(word))
        .collect::<Vec<_>>()
        .join(" ")
}

fn not_run(what: &str, error: &std::io::Error) -> Failure {
    Failure::Other(format!("Could not run {what}: {error}."))
}
