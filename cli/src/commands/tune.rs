// SPDX-License-Identifier: GPL-3.0-or-later
//! `tune`: resource controls, as configured, as libvirt has them live, and as the kernel holds them.

use oriel::control::{self, ControlReading, Scope, Settings as Wanted, Tuning};
use oriel::xml::MemoryLimit;

use super::Context;
use super::lifecycle::find;
use crate::args::{Settings, TuneArguments};
use crate::failure::Failure;
use crate::{output, size};

pub async fn tune(context: &Context, arguments: &TuneArguments) -> Result<(), Failure> {
    let (connection, guest) = find(context, &arguments.name).await?;
    let wanted = wanted(&arguments.settings);
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
            output::note(&format!("Note: {remark}."));
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

/// The settings of the command line in the engine's terms.
pub fn wanted(settings: &Settings) -> Wanted {
    Wanted {
        cpu_shares: settings.cpu_shares,
        memory_limit: settings.memory_limit.map(|limit| match limit.0 {
            Some(size) => MemoryLimit::KiB(size.kib()),
            None => MemoryLimit::Unlimited,
        }),
    }
}

fn print(tuning: &Tuning) {
    let bytes = |value: u64| size::show_kib(value / 1024);
    let plain = |value: u64| value.to_string();
    let row = |label: &str, reading: &ControlReading, unset: &str, show: &dyn Fn(u64) -> String| {
        let cell = |value: Option<u64>| value.map_or_else(|| unset.to_owned(), show);
        let live = if tuning.active && reading.unavailable.is_none() {
            cell(reading.live)
        } else {
            "-".into()
        };
        let kernel = reading.kernel.as_ref().map_or_else(
            || "-".to_owned(),
            |kernel| match kernel.value {
                Some(value) => format!("{} ({})", show(value), kernel.path.display()),
                None => format!("{unset} ({})", kernel.path.display()),
            },
        );
        vec![label.to_owned(), cell(reading.configured), live, kernel]
    };
    output::table(
        &["CONTROL", "CONFIGURED", "LIVE", "KERNEL"],
        &[
            row("cpu shares", &tuning.cpu_shares, "default", &plain),
            row("memory limit", &tuning.memory_limit, "none", &bytes),
        ],
    );
    for (label, reading) in [
        ("cpu shares", &tuning.cpu_shares),
        ("memory limit", &tuning.memory_limit),
    ] {
        if let Some(reason) = &reading.unavailable {
            output::note(&format!("{label}: {reason}."));
        }
    }
}
