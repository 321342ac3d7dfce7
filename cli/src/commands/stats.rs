// SPDX-License-Identifier: GPL-3.0-or-later
//! `stats`: what running guests use, again and again; one JSON object a guest and reading.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use oriel::stats::{self, History, Rates, Reading};
use serde::Serialize;
use tokio::sync::watch;
use uuid::Uuid;

use super::Context;
use crate::args::StatsArguments;
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::{output, size};

/// What one guest used since the reading before, in JSON. Units stand in the names.
#[derive(Debug, Serialize)]
struct Row {
    time: String,
    name: String,
    uuid: String,
    cpu: Option<f32>,
    memory_kib: Option<u64>,
    disk_read_bytes_per_second: Option<f32>,
    disk_written_bytes_per_second: Option<f32>,
    net_received_bytes_per_second: Option<f32>,
    net_sent_bytes_per_second: Option<f32>,
}

pub async fn stats(context: &Context, arguments: &StatsArguments) -> Result<(), Failure> {
    let connection = context.connect().await?;
    let mut names: HashMap<Uuid, String> = HashMap::new();
    if arguments.names.is_empty() {
        for guest in connection.complete_inventory().await?.guests.values() {
            if guest.state.is_active() {
                names.insert(guest.uuid, guest.name.clone());
            }
        }
    } else {
        for name in &arguments.names {
            let guest = connection.guest(name).await?;
            names.insert(guest.uuid, guest.name.clone());
        }
    }
    if names.is_empty() {
        output::note(&format!("No virtual machine runs on {}.", context.uri));
        connection.close().await;
        return Ok(());
    }
    let interval = Duration::from_secs(arguments.interval);
    let (_shown, shown) = watch::channel(names.keys().copied().collect());
    let mut readings = stats::follow(&connection, shown, interval);
    let mut histories: HashMap<Uuid, History> = HashMap::new();
    let mut left = arguments.count;
    let watching = async {
        while left != Some(0) {
            let Some(reading) = readings.recv().await else {
                return Ok(());
            };
            let rows = rows(&reading, &names, &mut histories, interval);
            if rows.is_empty() && !reading.is_empty() {
                // The first reading: a rate takes two.
                continue;
            }
            print(context, &rows)?;
            left = left.map(|left| left - 1);
        }
        Ok(())
    };
    let result = tokio::select! {
        result = watching => result,
        () = interrupted() => Ok(()),
    };
    connection.close().await;
    result
}

fn rows(
    reading: &Reading,
    names: &HashMap<Uuid, String>,
    histories: &mut HashMap<Uuid, History>,
    interval: Duration,
) -> Vec<Row> {
    let time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    let mut rows: Vec<Row> = reading
        .iter()
        .filter_map(|(uuid, counters)| {
            let history = histories
                .entry(*uuid)
                .or_insert_with(|| History::new(interval));
            let rates = history.take(*counters)?;
            Some(Row::new(&time, *uuid, names.get(uuid)?, &rates))
        })
        .collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    rows
}

impl Row {
    fn new(time: &str, uuid: Uuid, name: &str, rates: &Rates) -> Self {
        Self {
            time: time.to_owned(),
            name: name.to_owned(),
            uuid: uuid.to_string(),
            cpu: rates.cpu,
            memory_kib: rates.memory_kib,
            disk_read_bytes_per_second: rates.disk_read,
            disk_written_bytes_per_second: rates.disk_written,
            net_received_bytes_per_second: rates.net_received,
            net_sent_bytes_per_second: rates.net_sent,
        }
    }
}

fn print(context: &Context, rows: &[Row]) -> Result<(), Failure> {
    if context.json {
        return rows.iter().try_for_each(output::json_line);
    }
    if rows.is_empty() {
        output::line("None of them runs now.");
        return Ok(());
    }
    let rate = |value: Option<f32>| {
        value.map_or_else(
            || "-".to_owned(),
            |bytes| {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let kib = (bytes / 1024.0).round() as u64;
                format!("{}/s", size::show_kib(kib))
            },
        )
    };
    let table: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.name.clone(),
                row.cpu
                    .map_or_else(|| "-".to_owned(), |cpu| format!("{:.0} %", cpu * 100.0)),
                row.memory_kib
                    .map_or_else(|| "-".to_owned(), size::show_kib),
                rate(row.disk_read_bytes_per_second),
                rate(row.disk_written_bytes_per_second),
                rate(row.net_received_bytes_per_second),
                rate(row.net_sent_bytes_per_second),
            ]
        })
        .collect();
    output::table(
        &[
            "NAME", "CPU", "MEMORY", "READ", "WRITTEN", "RECEIVED", "SENT",
        ],
        &table,
    );
    Ok(())
}
