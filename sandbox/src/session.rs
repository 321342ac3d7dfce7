// SPDX-License-Identifier: GPL-3.0-or-later
//! A desktop session of its own: folders, session bus, keyring, and a display if asked.
//!
//! Owns HOME, the XDG folders, the bus, and what is started on it. A libvirt daemon in it
//! is [`SessionDaemon`](crate::SessionDaemon)'s. Never the person's own session: nothing of
//! its environment but language, terminal and tool settings goes into a command.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use crate::desktop;
use crate::display::Display;
use crate::error::{Error, Result};
use crate::keepassxc;
use crate::keeper::Keeper;
use crate::keyring::{self, Keyring};
use crate::monitors::MonitorSize;
use crate::process;

/// What is let through from our own environment.
const PASSED: &[&str] = &[
    "LANG", "LANGUAGE", "TERM", "USER", "LOGNAME", "SHELL", "COLUMNS", "NO_COLOR",
];
/// What is let through by its beginning: settings of locale, of Rust's tools and our own.
const PASSED_PREFIXES: &[&str] = &[
    "LC_",
    "RUST_",
    "CARGO_",
    "LLVM_PROFILE",
    "NEXTEST",
    "ORIEL_",
];

/// How to make a session.
#[derive(Debug, Clone, Default)]
pub struct SessionOptions {
    /// The state of the keyring at the start.
    pub keyring: Keyring,
    /// Start a display (Xvfb) before the bus, so that the keyring's own dialog shows.
    pub display: bool,
    /// The display's monitors, side by side (Xorg instead of Xvfb); without any, one screen.
    pub monitors: Vec<MonitorSize>,
    /// On the display, what windows find on a person's desktop: a window manager, and an
    /// accessibility bus that starts when a program asks for it.
    pub desktop: bool,
}

/// A private session.
#[derive(Debug)]
pub struct Session {
    keyring: Option<Child>,
    bus: Child,
    window_manager: Option<Child>,
    display: Option<Display>,
    keeper: Keeper,
}

impl Session {
    /// Starts one and awaits its bus, and its keyring if there is to be one.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where a program is absent; else what failed.
    pub fn start(options: &SessionOptions) -> Result<Self> {
        crate::needs::require(crate::Part::Session)?;
        if options.display {
            crate::needs::require(crate::Part::Display)?;
        }
        if options.display && !options.monitors.is_empty() {
            crate::needs::require(crate::Part::Monitors)?;
        }
        if options.desktop {
            crate::needs::require(crate::Part::Desktop)?;
        }
        let keeper = Keeper::new()?;
        for place in [
            "home", "config", "data", "cache", "state", "run", "log", "services",
        ] {
            keeper.folder(place)?;
        }
        let display = options
            .display
            .then(|| Display::start(&keeper, &options.monitors))
            .transpose()?;
        if display.is_some() {
            prompter_services(&keeper)?;
        }
        if options.desktop {
            desktop::accessibility_service(&keeper)?;
        }
        // A bus of our own making: the machine's would start the machine's keyring when
        // somebody asks for one.
        let config = keeper.file("bus.conf", bus_config(&keeper))?;
        let mut command = Command::new("dbus-daemon");
        command
            .arg("--nofork")
            .arg(format!("--config-file={}", config.display()));
        let variables = environment(&keeper, display.as_ref());
        in_environment(&mut command, &variables);
        process::log_to(&mut command, &keeper.path("log/bus.out"))?;
        let bus = command.spawn().map_err(Error::io("start dbus-daemon"))?;
        let mut session = Self {
            keyring: None,
            bus,
            window_manager: None,
            display,
            keeper,
        };
        let socket = session.keeper.path("run/bus");
        process::wait_for("the private session bus", Duration::from_secs(20), || {
            if socket.exists() {
                Ok(())
            } else {
                Err(process::tail(&session.keeper.path("log/bus.out")))
            }
        })?;
        if options.desktop && session.display.is_some() {
            let manager = desktop::window_manager(&session.keeper, &session.envs())?;
            session.window_manager = Some(manager);
        }
        session.start_keyring(&options.keyring)?;
        Ok(session)
    }

    /// Starts the keyring in the given state (ending one that runs; its content stays).
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Timeout`] where the service doesn't come up.
    pub fn start_keyring(&mut self, state: &Keyring) -> Result<()> {
        self.end_keyring();
        let variables = self.envs();
        self.keyring = match state {
            Keyring::None => None,
            Keyring::Fresh => Some(keyring::spawn(&self.keeper, &variables, None)?),
            Keyring::Unlocked(password) => {
                Some(keyring::spawn(&self.keeper, &variables, Some(password))?)
            }
            Keyring::Locked(password) => {
                // Once unlocked, to have the collection; locked by its own request after.
                let child = keyring::spawn(&self.keeper, &variables, Some(password))?;
                self.keyring = Some(child);
                self.lock()?;
                return Ok(());
            }
            Keyring::KeePassXc(password) => {
                Some(keepassxc::spawn(&self.keeper, &variables, password, false)?)
            }
            Keyring::KeePassXcLocked(password) => {
                Some(keepassxc::spawn(&self.keeper, &variables, password, true)?)
            }
        };
        Ok(())
    }

    /// Ends the keyring service, as a crash would. What it stored stays on disk.
    pub fn end_keyring(&mut self) {
        if let Some(mut child) = self.keyring.take() {
            let _ = child.kill();
            let _ = child.wait();
            let _ = std::fs::remove_file(self.keeper.path(format!(".pids/{}", child.id())));
        }
    }

    /// Locks the keyring's login collection.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] where the service refuses.
    pub fn lock(&self) -> Result<()> {
        keyring::lock(&self.envs())
    }

    /// Locks `KeePassXC`'s database.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] where it refuses.
    pub fn lock_keepassxc(&self) -> Result<()> {
        keepassxc::lock(&self.envs())
    }

    /// Unlocks the login collection with its password, without a dialog.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] where the password is wrong, [`Error::Io`] without a service.
    pub fn unlock(&self, password: &str) -> Result<()> {
        keyring::unlock(&self.keeper, &self.envs(), password)
    }

    /// Whether the login collection is locked; none where there is no such collection.
    pub fn locked(&self) -> Option<bool> {
        keyring::locked(&self.envs())
    }

    /// The environment of this session, for a child that otherwise keeps ours. The display
    /// variables of the person's session are not undone by it; [`Self::command`] does that.
    pub fn envs(&self) -> Vec<(String, String)> {
        environment(&self.keeper, self.display.as_ref())
    }

    /// A command in this session: its environment, and of ours only language, terminal and
    /// the settings of tools.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        pass_environment(&mut command);
        command.envs(self.envs());
        command
    }

    /// The display, where asked for.
    pub fn display(&self) -> Option<&Display> {
        self.display.as_ref()
    }

    /// The folder that holds all of the session.
    pub fn dir(&self) -> &Path {
        self.keeper.dir()
    }

    /// HOME.
    pub fn home(&self) -> PathBuf {
        self.keeper.path("home")
    }

    /// `XDG_CONFIG_HOME`.
    pub fn config(&self) -> PathBuf {
        self.keeper.path("config")
    }

    /// `XDG_DATA_HOME`.
    pub fn data(&self) -> PathBuf {
        self.keeper.path("data")
    }

    /// `XDG_CACHE_HOME`.
    pub fn cache(&self) -> PathBuf {
        self.keeper.path("cache")
    }

    /// `XDG_STATE_HOME`.
    pub fn state(&self) -> PathBuf {
        self.keeper.path("state")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.keeper.end();
        let rest = self.keyring.iter_mut().chain(&mut self.window_manager);
        for child in rest.chain([&mut self.bus]) {
            let _ = child.wait();
        }
    }
}

/// The session's own variables.
fn environment(keeper: &Keeper, display: Option<&Display>) -> Vec<(String, String)> {
    let path = |name: &str| keeper.path(name).to_string_lossy().into_owned();
    let mut list = vec![
        ("HOME", path("home")),
        ("XDG_CONFIG_HOME", path("config")),
        ("XDG_DATA_HOME", path("data")),
        ("XDG_CACHE_HOME", path("cache")),
        ("XDG_STATE_HOME", path("state")),
        ("XDG_RUNTIME_DIR", path("run")),
        (
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}", path("run/bus")),
        ),
        ("ORIEL_SANDBOX", path("")),
        // libvirt's library would start a daemon where it finds none: as root, the
        // machine's own.
        ("LIBVIRT_AUTOSTART", "0".to_owned()),
    ];
    if let Some(display) = display {
        list.push(("DISPLAY", display.name().to_owned()));
        list.push(("GDK_BACKEND", "x11".to_owned()));
    }
    list.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

/// Gives a daemon of the session its environment and a process group of its own (Ctrl-C in
/// a terminal is for the front end).
pub(crate) fn in_environment(command: &mut Command, variables: &[(String, String)]) {
    use std::os::unix::process::CommandExt;
    pass_environment(command);
    command
        .envs(variables.iter().map(|(k, v)| (k, v)))
        .env("PATH", process::PATH)
        .current_dir("/")
        .process_group(0);
}

fn pass_environment(command: &mut Command) {
    command.env_clear();
    let passed = |name: &str| {
        name != "ORIEL_SANDBOX"
            && (PASSED.contains(&name) || PASSED_PREFIXES.iter().any(|p| name.starts_with(p)))
    };
    command.envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(passed)));
    let own = std::env::var("PATH").unwrap_or_default();
    // The person's own order first, and the daemons' folders in any case.
    command.env(
        "PATH",
        if own.is_empty() {
            process::PATH.into()
        } else {
            format!("{own}:{}", process::PATH)
        },
    );
}

/// The bus's configuration: one socket, everything allowed, our own services alone.
fn bus_config(keeper: &Keeper) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
        keeper.path("run/bus").display(),
        keeper.path("services").display()
    )
}

/// Lets the bus start the keyring's dialog, as the machine's service files say.
fn prompter_services(keeper: &Keeper) -> Result<()> {
    for name in [
        "org.gnome.keyring.SystemPrompter",
        "org.gnome.keyring.PrivatePrompter",
    ] {
        let file = format!("{name}.service");
        let from = Path::new("/usr/share/dbus-1/services").join(&file);
        if from.is_file() {
            std::fs::copy(&from, keeper.path("services").join(&file))
                .map_err(Error::io("copy the dialog's service file"))?;
        }
    }
    Ok(())
}
