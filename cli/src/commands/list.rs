// SPDX-License-Identifier: GPL-3.0-or-later
//! `list` and `info`.

use std::sync::Arc;

use oriel::guest::Guest;
use oriel::secret::keyring::Keyring;
use oriel::secret::state::{self, KeyState};
use oriel::shown::shell_word;
use oriel::{Connection, control};
use serde::Serialize;

use super::Context;
use crate::failure::Failure;
use crate::{output, size};

/// One guest in JSON.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    uuid: String,
    state: &'static str,
    id: Option<u32>,
    vcpus: Option<u32>,
    memory_kib: Option<u64>,
    encrypted: Option<&'static str>,
    key: &'static str,
    key_holder: Option<&'static str>,
    cpu_shares: Option<u64>,
    memory_limit_kib: Option<u64>,
    persistent: bool,
    error: Option<String>,
}

/// A guest in detail, in JSON.
#[derive(Debug, Serialize)]
struct Details {
    #[serde(flatten)]
    row: Row,
    kind: Option<String>,
    title: Option<String>,
    disks: Vec<Disk>,
    graphics: Vec<String>,
}

#[derive(Debug, Serialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a word of the JSON that the manual has"
)]
struct Disk {
    target: String,
    device: String,
    format: Option<String>,
    encrypted: bool,
    exposes_data: bool,
    read_only: bool,
    source: Option<String>,
    missing: bool,
}

impl Row {
    fn new(guest: &Guest, key: KeyState) -> Self {
        let summary = guest.summary.as_deref();
        Self {
            name: guest.name.clone(),
            uuid: guest.uuid.to_string(),
            state: guest.state.name(),
            id: guest.id,
            vcpus: summary.map(|summary| summary.vcpus),
            memory_kib: summary.map(|summary| summary.memory_kib),
            encrypted: summary.map(|summary| summary.encrypted().as_str()),
            key: key.name(),
            key_holder: key.holder(),
            cpu_shares: summary.and_then(|summary| summary.cpu_shares),
            memory_limit_kib: summary.and_then(control::limit_kib),
            persistent: guest.persistent,
            error: guest.error.as_ref().map(ToString::to_string),
        }
    }
}

pub async fn list(context: &Context) -> Result<(), Failure> {
    let connection = context.connect().await?;
    let inventory = connection.complete_inventory().await?;
    let mut guests: Vec<Arc<Guest>> = inventory.guests.values().cloned().collect();
    guests.sort_by(|one, other| one.name.cmp(&other.name));
    let keys = keys_of(&connection, &guests).await?;
    let rows: Vec<Row> = guests
        .iter()
        .zip(keys)
        .map(|(guest, key)| Row::new(guest, key))
        .collect();
    if context.json {
        output::json(&rows)?;
    } else if rows.is_empty() {
        output::note(&format!(
            "No virtual machines on {}. “orielctl create --help” tells how to make one.",
            context.uri
        ));
    } else {
        print_table(&rows);
    }
    for row in &rows {
        if let Some(error) = &row.error {
            output::note(&format!("“{}” could not be read: {error}", row.name));
        }
    }
    connection.close().await;
    Ok(())
}

fn print_table(rows: &[Row]) {
    let number =
        |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let table: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.name.clone(),
                row.state.to_owned(),
                number(row.vcpus.map(u64::from)),
                row.memory_kib
                    .map_or_else(|| "-".to_owned(), size::show_kib),
                row.encrypted.unwrap_or("-").to_owned(),
                row.key.to_owned(),
                number(row.cpu_shares),
            ]
        })
        .collect();
    output::table(
        &[
            "NAME",
            "STATE",
            "VCPUS",
            "MEMORY",
            "ENCRYPTED",
            "KEY",
            "CPU SHARES",
        ],
        &table,
    );
}

/// What `info` says of a disk whose new data is not encrypted.
const EXPOSED: &str = "  not encrypted, over an encrypted image: new data is stored in the clear";

/// How the keys of the guests stand; the keyring is spoken to only if a guest needs one.
async fn keys_of(connection: &Connection, guests: &[Arc<Guest>]) -> Result<Vec<KeyState>, Failure> {
    let needs_key = |guest: &Guest| {
        guest
            .summary
            .as_ref()
            .is_some_and(|summary| !summary.secrets.is_empty())
    };
    let keyring = if guests.iter().any(|guest| needs_key(guest)) {
        Keyring::open().await.ok()
    } else {
        None
    };
    let mut keys = Vec::with_capacity(guests.len());
    for guest in guests {
        let references = guest.summary.as_ref().map_or(&[][..], |s| &s.secrets);
        let state = state::key_state(connection, keyring.as_ref(), references).await;
        // A key that can't be asked about spoils no other row.
        keys.push(state.unwrap_or(KeyState::Missing));
    }
    Ok(keys)
}

pub async fn info(context: &Context, name: &str) -> Result<(), Failure> {
    let connection = context.connect().await?;
    let guest = connection.guest(name).await?;
    let key = keys_of(&connection, std::slice::from_ref(&guest)).await?;
    // What can't be told about the files spoils nothing else.
    let missing = oriel::guest::disks::missing(&connection, &guest).await;
    let missing = missing.unwrap_or_default();
    let row = Row::new(&guest, key.first().copied().unwrap_or(KeyState::None));
    let summary = guest.summary.as_deref();
    let details = Details {
        kind: summary.map(|summary| summary.kind.clone()),
        title: summary.and_then(|summary| summary.title.clone()),
        disks: summary.map_or_else(Vec::new, |summary| {
            summary
                .disks
                .iter()
                .map(|disk| Disk {
                    target: disk.target.clone(),
                    device: disk.device.clone(),
                    format: disk.format.clone(),
                    encrypted: disk.encrypted,
                    exposes_data: disk.exposes_data(),
                    read_only: disk.read_only,
                    source: disk.source.as_ref().map(ToString::to_string),
                    missing: missing.contains(&disk.target),
                })
                .collect()
        }),
        graphics: summary.map_or_else(Vec::new, |summary| summary.graphics.clone()),
        row,
    };
    if context.json {
        output::json(&details)?;
    } else {
        print_details(&details);
    }
    connection.close().await;
    Ok(())
}

fn print_details(details: &Details) {
    let row = &details.row;
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let mut lines = vec![
        ("Name", row.name.clone()),
        ("Title", text(details.title.clone())),
        ("UUID", row.uuid.clone()),
        ("State", row.state.to_owned()),
        ("Kind", text(details.kind.clone())),
        ("Processors", text(row.vcpus.map(|count| count.to_string()))),
        ("Memory", text(row.memory_kib.map(size::show_kib))),
        (
            "Memory limit",
            row.memory_limit_kib
                .map_or_else(|| "none".into(), size::show_kib),
        ),
        (
            "CPU shares",
            text(row.cpu_shares.map(|shares| shares.to_string())),
        ),
        ("Encrypted", text(row.encrypted.map(str::to_owned))),
        ("Key", row.key.to_owned()),
    ];
    for disk in &details.disks {
        let lock = if disk.encrypted { ", encrypted" } else { "" };
        let format = disk.format.as_deref().unwrap_or("unknown format");
        let what = format!("{} ({}, {format}{lock})", disk.target, disk.device);
        lines.push(("Disk", what));
        let place = disk.source.as_deref().unwrap_or("empty");
        let gone = if disk.missing {
            ", which is missing"
        } else {
            ""
        };
        lines.push(("", format!("  {place}{gone}")));
        if disk.exposes_data {
            lines.push(("", EXPOSED.to_owned()));
            let merge = ["blockcommit", "--active", "--pivot"].join(" ");
            let (guest, target) = (shell_word(&row.name), shell_word(&disk.target));
            lines.push((
                "",
                format!("  To merge it, while it runs: virsh {merge} {guest} {target}"),
            ));
        }
    }
    if let Some(error) = &row.error {
        lines.push(("Trouble", error.clone()));
    }
    for (label, value) in lines {
        output::line(&format!("{label:<14}{value}"));
    }
}
