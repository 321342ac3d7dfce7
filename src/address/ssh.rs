// SPDX-License-Identifier: GPL-3.0-or-later
//! What ssh itself makes of an address: its settings may name another host than the address does.

use std::process::{Command, Stdio};

/// What ssh makes of "me@host:port" by its settings.
pub(crate) fn ssh_address(authority: &str) -> Option<String> {
    let settings = ssh_settings(authority)?;
    let mut address = format!(
        "{}@{}:{}",
        value_of(&settings, "user")?,
        value_of(&settings, "hostname")?,
        value_of(&settings, "port")?
    );
    // Two machines behind two others may have one address; and the key is looked up by the alias.
    for name in ["hostkeyalias", "proxyjump", "proxycommand"] {
        match value_of(&settings, name) {
            None | Some("none") => {}
            Some(value) => address = format!("{address} {name}={value}"),
        }
    }
    Some(address)
}

/// One of ssh's settings for "me@host:port", by its name in lower case.
pub(crate) fn ssh_setting(authority: &str, name: &str) -> Option<String> {
    value_of(&ssh_settings(authority)?, name).map(str::to_owned)
}

fn value_of<'a>(settings: &'a str, name: &str) -> Option<&'a str> {
    settings
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

/// All of ssh's settings for "me@host:port" (`ssh -G`); `None` where it does not tell in 10 s.
fn ssh_settings(authority: &str) -> Option<String> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let (host, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    // A configuration may run programs (“Match exec”), which may wait for ever.
    let mut command = Command::new("timeout");
    command.args(["--kill-after=1", "10", "ssh", "-G"]);
    if let Some(user) = user {
        command.args(["-l", user]);
    }
    if let Some(port) = port {
        command.args(["-p", port]);
    }
    let output = command
        .args(["--", host.trim_matches(['[', ']'])])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}
