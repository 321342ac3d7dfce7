// SPDX-License-Identifier: GPL-3.0-or-later
//! `launch`, `shutdown`, `reboot`, `reset`, `force-off`, `suspend`, `resume`, `rename`, `save`,
//! `autostart`, `define`, `undefine` and `delete`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use oriel::guest::{Guest, lifecycle, manage, remove};
use oriel::model::act::Act;
use oriel::secret::handover::Source;
use oriel::{Connection, Error};
use serde_json::json;

use super::{Context, read_document, read_passphrase};
use crate::args::{
    AutostartArguments, DeleteArguments, LaunchArguments, PatientArguments, RenameArguments,
    SaveArguments,
};
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::output::{self, while_waiting};

pub async fn launch(context: &Context, arguments: &LaunchArguments) -> Result<(), Failure> {
    let source = match &arguments.passphrase_file {
        Some(path) => Source::Given(Arc::new(read_passphrase(path, false)?)),
        None => Source::Keyring,
    };
    let (connection, guest) = find(context, &arguments.name).await?;
    let what = format!("Starting “{}”", guest.name);
    tokio::select! {
        launched = while_waiting(&what, lifecycle::launch(&connection, &guest, &source)) => launched?,
        () = interrupted() => {
            // libvirt's start can't be stopped, and the passphrase must be taken back after it.
            output::note("Interrupted; waiting until libvirt gives the passphrase back …");
            connection.settle().await;
            let state = connection.guest(&arguments.name).await?.state;
            connection.close().await;
            return Err(Failure::Other(format!(
                "Interrupted; “{}” is {}.",
                guest.name,
                state.words()
            )));
        }
    }
    done(context, connection, &guest, "running", "runs").await
}

/// An act that the guest's own system carries out, for which it has `--timeout`.
pub async fn patient(
    context: &Context,
    act: Act,
    arguments: &PatientArguments,
) -> Result<(), Failure> {
    let patience = Duration::from_secs(arguments.timeout);
    carry_out(context, &arguments.name, act, patience).await
}

/// An act that the hypervisor carries out.
pub async fn prompt(context: &Context, act: Act, name: &str) -> Result<(), Failure> {
    carry_out(context, name, act, Duration::ZERO).await
}

async fn carry_out(
    context: &Context,
    name: &str,
    act: Act,
    patience: Duration,
) -> Result<(), Failure> {
    let (connection, guest) = find(context, name).await?;
    let source = Source::Keyring;
    let acting = lifecycle::carry_out(&connection, &guest, act, &source, patience);
    let waiting = match act {
        Act::ShutDown => Some(format!("Waiting for “{}” to shut down", guest.name)),
        Act::Reboot => Some(format!("Waiting for “{}” to reboot", guest.name)),
        Act::ForceOff => Some(format!("Forcing “{}” off", guest.name)),
        Act::Launch | Act::Resume | Act::Suspend | Act::Reset => None,
    };
    match waiting {
        Some(waiting) => while_waiting(&waiting, acting).await?,
        None => acting.await?,
    }
    let (state, words) = match act {
        Act::Launch | Act::Resume => ("running", "runs"),
        Act::ShutDown | Act::ForceOff => ("shut-off", "is off"),
        Act::Suspend => ("paused", "is paused"),
        Act::Reboot => ("running", "rebooted"),
        Act::Reset => (guest.state.name(), "was reset"),
    };
    done(context, connection, &guest, state, words).await
}

pub async fn rename(context: &Context, arguments: &RenameArguments) -> Result<(), Failure> {
    let (connection, guest) = find(context, &arguments.name).await?;
    manage::rename(&connection, &guest, &arguments.new_name).await?;
    let renamed = connection.guest(&guest.uuid.to_string()).await?;
    done(
        context,
        connection,
        &renamed,
        renamed.state.name(),
        "is its name now",
    )
    .await
}

pub async fn save(context: &Context, arguments: &SaveArguments) -> Result<(), Failure> {
    let (connection, guest) = find(context, &arguments.name).await?;
    while_waiting(
        &format!("Saving the state of “{}”", guest.name),
        manage::save(&connection, &guest, arguments.in_the_clear),
    )
    .await?;
    done(
        context,
        connection,
        &guest,
        "shut-off",
        "is off, and goes on from there at its next start",
    )
    .await
}

pub async fn autostart(context: &Context, arguments: &AutostartArguments) -> Result<(), Failure> {
    let (connection, guest) = find(context, &arguments.name).await?;
    manage::set_autostart(&connection, &guest, !arguments.off).await?;
    let what = if arguments.off {
        "starts with its host no longer"
    } else {
        "starts with its host"
    };
    done(context, connection, &guest, guest.state.name(), what).await
}

pub async fn undefine(context: &Context, name: &str) -> Result<(), Failure> {
    let (connection, guest) = find(context, name).await?;
    remove::undefine(&connection, &guest).await?;
    done(
        context,
        connection,
        &guest,
        "undefined",
        "is undefined; its disks, its passphrase, its firmware's variables and its TPM's state stay",
    )
    .await
}

pub async fn define(context: &Context, file: &Path) -> Result<(), Failure> {
    let text = String::from_utf8(read_document(file)?)
        .map_err(|_| Failure::Other(format!("{} is not UTF-8 text.", file.display())))?;
    let connection = context.connect().await?;
    let guest = lifecycle::define(&connection, text).await?;
    done(
        context,
        connection,
        &guest,
        guest.state.name(),
        "is defined",
    )
    .await
}

pub async fn delete(context: &Context, arguments: &DeleteArguments) -> Result<(), Failure> {
    let (connection, guest) = find(context, &arguments.name).await?;
    let report = while_waiting(
        &format!("Deleting “{}”", guest.name),
        remove::delete(&connection, &guest, arguments.storage, arguments.forget_key),
    )
    .await?;
    if context.json {
        output::json(&report)?;
    } else {
        output::line(&format!("“{}” is deleted.", guest.name));
        for path in &report.deleted {
            output::line(&format!("Deleted {path}."));
        }
        for (path, why) in &report.kept {
            output::note(&format!("Kept {path}: {why}."));
        }
        if report.firmware_variables_deleted {
            output::line("Its firmware's variables (UEFI) went with it.");
        }
        if report.tpm_state_deleted {
            output::line("The state of its virtual TPM went with it.");
        }
        if !report.keys_needed.is_empty() {
            output::note(&format!(
                "Passphrases stay in the keyring, since an image that stays needs them or may: {}.",
                report
                    .keys_needed
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
        }
        if !report.keys_in_use.is_empty() {
            output::note(
                "Its passphrase stays in the keyring, since another virtual machine or another \
                 host may need it.",
            );
        }
        if !report.keys_kept.is_empty() && arguments.forget_key {
            output::note(
                "Its passphrase was not removed from the keyring; “Passwords and Keys” shows and \
                 removes it.",
            );
        } else if !report.keys_kept.is_empty() {
            output::line(
                "Its passphrase stays in the keyring, since a backup may need it; \
                 “Passwords and Keys” shows and removes it.",
            );
        }
        if !report.keys_removed.is_empty() {
            output::line("Its passphrase was removed from the keyring.");
        }
    }
    connection.close().await;
    // What the person asked to have deleted and is still there is a failure.
    let keys_left = [&report.keys_kept, &report.keys_needed, &report.keys_in_use]
        .iter()
        .any(|keys| !keys.is_empty());
    let kept_key = arguments.forget_key && keys_left;
    if arguments.storage && !report.kept.is_empty() || kept_key {
        return Err(Failure::Silent(crate::failure::FAILED));
    }
    Ok(())
}

pub async fn find(context: &Context, name: &str) -> Result<(Connection, Arc<Guest>), Failure> {
    let connection = context.connect().await?;
    let guest = connection.guest(name).await?;
    Ok((connection, guest))
}

async fn done(
    context: &Context,
    connection: Connection,
    guest: &Guest,
    state: &str,
    words: &str,
) -> Result<(), Failure> {
    connection.close().await;
    if context.json {
        return output::json(&json!({
            "name": guest.name,
            "uuid": guest.uuid.to_string(),
            "state": state,
        }));
    }
    output::line(&format!("“{}” {words}.", guest.name));
    Ok::<(), Error>(()).map_err(Failure::from)
}
