// SPDX-License-Identifier: GPL-3.0-or-later
//! `KeePassXC` as the Secret Service of a private session, at its own defaults: it asks before a
//! program reads an item for the first time, before it deletes one, and for the database's
//! password where a search meets a locked one.
//!
//! Owns how it is started. Its dialogs are answered through
//! [`Session::answer_keepassxc`](crate::Session::answer_keepassxc).

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::keeper::Keeper;
use crate::process;
use crate::session::in_environment;

const TIMEOUT: Duration = Duration::from_secs(30);

/// The root group, which is what the database gives to the Secret Service.
const GROUP: &str = "6f726965-6c20-4f72-a965-6c206f726965";
/// The same, as the XML of `KeePass` writes UUIDs: in base64.
const GROUP_BASE64: &str = "b3JpZWwgT3KpZWwgb3JpZQ==";

/// Starts it on a screen, with a database that this password opens; locked, it waits for somebody
/// to type it.
pub(crate) fn spawn(
    keeper: &Keeper,
    variables: &[(String, String)],
    password: &str,
    locked: bool,
) -> Result<Child> {
    crate::needs::require(crate::Part::KeePassXc)?;
    let database = database(keeper, variables, password)?;
    let settings = "[General]\nUpdateCheckMessageShown=true\n[GUI]\nCheckForUpdates=false\n\
                    [FdoSecrets]\nEnabled=true\n";
    keeper.folder("config/keepassxc")?;
    keeper.file("config/keepassxc/keepassxc.ini", settings)?;
    let mut command = Command::new("keepassxc");
    command.arg(&database);
    in_environment(&mut command, variables);
    // It lets one of a person run at a time, by a file in the folder of temporary files.
    command
        .env("QT_QPA_PLATFORM", "xcb")
        .env("TMPDIR", keeper.path("run"));
    let log = keeper.path("log/keyring.out");
    process::log_to(&mut command, &log)?;
    let child = command
        .stdin(Stdio::null())
        .spawn()
        .map_err(Error::io("start keepassxc"))?;
    keeper.note(child.id())?;
    let wait = |wanted: bool| {
        process::wait_for(
            "KeePassXC's Secret Service",
            TIMEOUT,
            || match self::locked(variables) {
                Some(now) if now == wanted => Ok(()),
                other => Err(format!("locked: {other:?}; {}", process::tail(&log))),
            },
        )
    };
    wait(true)?;
    if !locked {
        // Debian 13's crashes when it gets a password on its standard input.
        let file = format!("string:{}", database.display());
        let password = format!("string:{password}");
        let words = [
            "/keepassxc",
            "org.keepassxc.KeePassXC.MainWindow.openDatabase",
            &file,
            &password,
        ];
        crate::keyring::call(variables, "org.keepassxc.KeePassXC.MainWindow", &words)?;
        wait(false)?;
    }
    Ok(child)
}

/// The database; made the first time.
fn database(keeper: &Keeper, variables: &[(String, String)], password: &str) -> Result<PathBuf> {
    let database = keeper.path("data/passwords.kdbx");
    if database.exists() {
        return Ok(database);
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<KeePassFile><Meta>");
    let _ = write!(
        text,
        "<DatabaseName>passwords</DatabaseName><RecycleBinEnabled>False</RecycleBinEnabled>\
         <CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{{{GROUP}}}</Value></Item>\
         </CustomData></Meta><Root><Group><UUID>{GROUP_BASE64}</UUID><Name>Root</Name></Group>\
         </Root></KeePassFile>"
    );
    let source = keeper.file("data/passwords.xml", &text)?;
    let mut command = Command::new("keepassxc-cli");
    command.args([
        "import",
        "--quiet",
        "--set-password",
        "--decryption-time",
        "100",
    ]);
    command.arg(source).arg(&database);
    in_environment(&mut command, variables);
    process::run_with_input(&mut command, format!("{password}\n{password}\n").as_bytes())?;
    Ok(database)
}

/// Whether the default collection is locked; none without service or collection. Asks by
/// properties alone, which raise no dialog.
pub(crate) fn locked(variables: &[(String, String)]) -> Option<bool> {
    crate::keyring::collection_locked(variables, "/org/freedesktop/secrets/collection/passwords")
}

/// Locks all databases.
pub(crate) fn lock(variables: &[(String, String)]) -> Result<()> {
    let words = [
        "/keepassxc",
        "org.keepassxc.KeePassXC.MainWindow.lockAllDatabases",
    ];
    crate::keyring::call(variables, "org.keepassxc.KeePassXC.MainWindow", &words)?;
    process::wait_for("KeePassXC to lock", TIMEOUT, || match locked(variables) {
        Some(true) => Ok(()),
        other => Err(format!("locked: {other:?}")),
    })
}
