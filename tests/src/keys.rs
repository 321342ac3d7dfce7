// SPDX-License-Identifier: GPL-3.0-or-later
//! What a session's unlocked keyring has of Oriel's, as `secret-tool` reads it.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use oriel::model::host::HostIdentity;
use oriel_sandbox::{Session, process};

/// Puts a passphrase into it as Oriel would, for this machine.
///
/// # Panics
///
/// With what secret-tool said.
pub fn keep(session: &Session, uri: &str, secret: &str, passphrase: &str) {
    let host = HostIdentity::of_local(uri).unwrap().unwrap();
    let hosts = serde_json::to_string(&[host]).unwrap();
    store(session, uri, secret, passphrase, &hosts);
}

/// The same, for hosts that the test names; the empty text is an item from before hosts were noted.
///
/// # Panics
///
/// With what secret-tool said.
pub fn store(session: &Session, uri: &str, secret: &str, passphrase: &str, hosts: &str) {
    let mut command = session.command("secret-tool");
    command.args(["store", "--label=test", "application", "oriel"]);
    command.args(["secret-uuid", secret, "connection", uri]);
    if !hosts.is_empty() {
        command.args(["hosts", hosts]);
    }
    process::run_with_input(&mut command, passphrase.as_bytes()).unwrap();
}

/// What it holds for a secret.
pub fn value(session: &Session, secret: &str) -> Option<String> {
    let mut command = session.command("secret-tool");
    command.args(["lookup", "application", "oriel", "secret-uuid", secret]);
    process::run(&mut command).ok()
}

/// The secrets that it has items for.
///
/// # Panics
///
/// Where secret-tool can't be run.
pub fn all(session: &Session) -> Vec<String> {
    let mut command = session.command("secret-tool");
    command.args(["search", "--all", "application", "oriel"]);
    // The attributes go to standard error, the rest to standard output.
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| line.strip_prefix("attribute.secret-uuid = "))
        .map(str::to_owned)
        .collect()
}
