// SPDX-License-Identifier: GPL-3.0-or-later
//! `tune`: resource controls, as configured, as libvirt has them live, and as the kernel holds them.

use oriel::control::{self, ControlReading, Scope, Tuning};
use oriel::model::control::{Control, Unit};

use super::Context;
use super::lifecycle::find;
use crate::args::TuneArguments;
use crate::failure::Failure;
use crate::{output, size};

pub async fn tune(context: &Context, arguments: &TuneArguments) -> Result<(), Failure> {
    let (connection, guest) = find(context, &arguments.name).await?;
    let wanted = arguments.settings.changes.clone();
    if wanted.is_empty() && (arguments.live || arguments.config) {
        return Err(Failure::Usage(
            "--live and --config say where a setting goes; give one, such as --cpu-shares 500."
                .into(),
        ));
    }
    if !wanted.is_empty() {
        let scope = match (arguments.live, arguments.config) {
            (false, false) => Scope::Whatever,
            (true, false) => Scope::Live,
            (false, true) => Scope::Config,
            (true, true) => Scope::Both,
        };
        let remarks = control::apply(&connection, &guest, wanted, scope).await?;
        for remark in remarks {
            output::note(&format!("Note: {remark}"));
        }
    }
    let tuning = control::read(&connection, &guest).await?;
    connection.close().await;
    if context.json {
        return output::json(&tuning);
    }
    print(&tuning);
    Ok(())
}

fn print(tuning: &Tuning) {
    let rows = tuning
        .all()
        .map(|(control, reading)| row(tuning, control, reading));
    output::table(
        &["CONTROL", "CONFIGURED", "LIVE", "KERNEL"],
        &rows.collect::<Vec<_>>(),
    );
    for (control, reading) in tuning.all() {
        if let Some(reason) = &reading.unavailable {
            output::note(&format!("{}: {reason}", label(control)));
        }
    }
}

fn row(tuning: &Tuning, control: &Control, reading: &ControlReading) -> Vec<String> {
    let cell = |value| show(control, value);
    let live = if tuning.active && reading.unavailable.is_none() {
        cell(reading.live)
    } else {
        "-".into()
    };
    let kernel = reading.kernel.as_ref().map_or_else(
        || "-".to_owned(),
        |kernel| format!("{} ({})", cell(kernel.value), kernel.path.display()),
    );
    vec![label(control), cell(reading.configured), live, kernel]
}

fn label(control: &Control) -> String {
    control.name.replace('_', " ")
}

fn show(control: &Control, value: Option<u64>) -> String {
    match (control.unit, value) {
        (Unit::Weight, None) => "default".into(),
        (_, None) => "none".into(),
        (Unit::Weight, Some(number)) => number.to_string(),
        (Unit::Bytes, Some(bytes)) => size::show_kib(bytes / 1024),
        (Unit::Percent, Some(percent)) => format!("{percent} %"),
    }
}
