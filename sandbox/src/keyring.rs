// SPDX-License-Identifier: GPL-3.0-or-later
//! GNOME's keyring on a private bus, in the states that tests need.
//!
//! Owns how the service is started and asked. Its process belongs to the
//! [`Session`](crate::Session), its dialog to the [`Display`](crate::Display).

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::keeper::Keeper;
use crate::process;
use crate::session::in_environment;

/// The object path of the login collection (Secret Service API, "collections").
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
const TIMEOUT: Duration = Duration::from_secs(20);

/// The state of the keyring at a session's start. The passwords are a test's own and
/// protect nothing else.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Keyring {
    /// No Secret Service on the bus at all.
    #[default]
    None,
    /// A service without a default collection (only `session`, which is memory).
    Fresh,
    /// A login collection with this password, locked.
    Locked(String),
    /// A login collection with this password, unlocked, and the default.
    Unlocked(String),
    /// `KeePassXC` at its defaults, with a database that this password has opened. Wants a display.
    KeePassXc(String),
    /// The same, locked.
    KeePassXcLocked(String),
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Fresh => "Fresh",
            Self::Locked(_) => "Locked(..)",
            Self::Unlocked(_) => "Unlocked(..)",
            Self::KeePassXc(_) => "KeePassXc(..)",
            Self::KeePassXcLocked(_) => "KeePassXcLocked(..)",
        })
    }
}

/// Starts the service; with a password, unlocked by it (and made, the first time).
pub(crate) fn spawn(
    keeper: &Keeper,
    variables: &[(String, String)],
    password: Option<&str>,
) -> Result<Child> {
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--foreground", "--components=secrets"]);
    if password.is_some() {
        command.arg("--unlock");
    }
    in_environment(&mut command, variables);
    let log = keeper.path("log/keyring.out");
    process::log_to(&mut command, &log)?;
    let mut child = command
        .stdin(Stdio::piped())
        .spawn()
        .map_err(Error::io("start gnome-keyring-daemon"))?;
    keeper.note(child.id())?;
    if let Some(mut stdin) = child.stdin.take() {
        let sent = stdin.write_all(password.unwrap_or_default().as_bytes());
        sent.map_err(Error::io("hand the keyring its password"))?;
    }
    process::wait_for("the private keyring", TIMEOUT, || {
        let ready = match password {
            Some(_) => locked(variables) == Some(false),
            None => has_owner(variables),
        };
        if ready {
            Ok(())
        } else {
            Err(process::tail(&log))
        }
    })?;
    Ok(child)
}

/// Calls a method on the private bus and returns the printed reply.
pub(crate) fn call(
    variables: &[(String, String)],
    destination: &str,
    words: &[&str],
) -> Result<String> {
    let mut command = Command::new("dbus-send");
    command.args(["--session", "--print-reply", "--reply-timeout=10000"]);
    command.arg(format!("--dest={destination}")).args(words);
    in_environment(&mut command, variables);
    process::run(&mut command)
}

fn has_owner(variables: &[(String, String)]) -> bool {
    let words = [
        "/org/freedesktop/DBus",
        "org.freedesktop.DBus.NameHasOwner",
        "string:org.freedesktop.secrets",
    ];
    call(variables, "org.freedesktop.DBus", &words).is_ok_and(|r| r.contains("boolean true"))
}

/// Whether the login collection is locked; none without service or collection.
pub(crate) fn locked(variables: &[(String, String)]) -> Option<bool> {
    collection_locked(variables, LOGIN)
}

/// The same of any collection.
pub(crate) fn collection_locked(variables: &[(String, String)], path: &str) -> Option<bool> {
    // Asked first, because a call to an absent service waits for one to be started.
    if !has_owner(variables) {
        return None;
    }
    let words = [
        path,
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    ];
    let reply = call(variables, "org.freedesktop.secrets", &words).ok()?;
    Some(reply.contains("boolean true"))
}

/// Locks the login collection.
pub(crate) fn lock(variables: &[(String, String)]) -> Result<()> {
    let objects = format!("array:objpath:{LOGIN}");
    let words = [
        "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service.Lock",
        objects.as_str(),
    ];
    call(variables, "org.freedesktop.secrets", &words)?;
    process::wait_for("the keyring to lock", TIMEOUT, || match locked(variables) {
        Some(true) => Ok(()),
        other => Err(format!("locked: {other:?}")),
    })
}

/// Unlocks the login collection through the daemon's control socket, as a login does
/// (gnome-keyring, daemon/control: a byte that carries the credentials, then the packet of
/// big-endian numbers: length, operation, length of the password, password).
pub(crate) fn unlock(
    keeper: &Keeper,
    variables: &[(String, String)],
    password: &str,
) -> Result<()> {
    const OPERATION_UNLOCK: u32 = 1;
    let length = u32::try_from(password.len()).unwrap_or(u32::MAX);
    let mut packet = vec![0];
    for number in [length.saturating_add(12), OPERATION_UNLOCK, length] {
        packet.extend(number.to_be_bytes());
    }
    packet.extend(password.as_bytes());
    let mut answer = [0; 8];
    UnixStream::connect(keeper.path("run/keyring/control"))
        .and_then(|mut socket| {
            socket.write_all(&packet)?;
            socket.read_exact(&mut answer)
        })
        .map_err(Error::io("ask the keyring to unlock"))?;
    if answer[4..] != [0; 4] {
        let output = "it refused the password".into();
        return Err(Error::Failed {
            what: "Unlocking the keyring".into(),
            output,
        });
    }
    process::wait_for(
        "the keyring to unlock",
        Duration::from_secs(5),
        || match locked(variables) {
            Some(false) => Ok(()),
            other => Err(format!("locked: {other:?}")),
        },
    )
}
