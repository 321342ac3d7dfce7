// SPDX-License-Identifier: GPL-3.0-or-later
//! `create`.

use std::time::Duration;

use oriel::guest::create::{
    self, CreateRequest, Created, Encryption, InstallSource, Network, Plan, VirtType,
};
use oriel::job::{self, JobHandle, Progress};
use oriel::shown::last_argument;

use super::{Context, read_passphrase};
use crate::args::{CreateArguments, VirtTypeArgument};
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::output;

pub async fn create(context: &Context, arguments: CreateArguments) -> Result<(), Failure> {
    let print_only = arguments.print_xml;
    let request = request(arguments)?;
    let connection = context.connect().await?;
    let plan = create::plan(&connection, request).await?;
    if print_only {
        output::raw(plan.document.trim_end());
        connection.close().await;
        return Ok(());
    }
    tell_plan(&plan);
    let (control, handle) = job::control();
    let watching = tokio::spawn(show_progress(handle.clone()));
    let stopping = tokio::spawn(cancel_on_interrupt(handle));
    let result = create::carry_out(&connection, plan, &control).await;
    drop(control);
    stopping.abort();
    let _ = watching.await;
    let created = result?;
    connection.close().await;
    if context.json {
        return output::json(&created);
    }
    tell_result(context, &created);
    Ok(())
}

/// From the command line to a request. Reads the passphrase, if one is given.
fn request(arguments: CreateArguments) -> Result<CreateRequest, Failure> {
    let source = match (arguments.cdrom, arguments.kernel, arguments.initrd) {
        (Some(image), ..) => InstallSource::Cdrom(image),
        (None, Some(kernel), Some(initrd)) => InstallSource::Kernel {
            kernel,
            initrd,
            cmdline: arguments.cmdline.unwrap_or_default(),
            keep: arguments.keep_kernel,
        },
        _ => {
            return Err(Failure::Usage(
                "Give --cdrom, or --kernel and --initrd.".into(),
            ));
        }
    };
    let disk = arguments.disk.0;
    let encryption = match (
        &arguments.passphrase_file,
        arguments.no_encrypt || disk.is_none(),
    ) {
        (Some(_), true) => {
            return Err(Failure::Usage(
                "A passphrase is of no use without a disk to encrypt.".into(),
            ));
        }
        (_, true) => Encryption::None,
        (Some(path), false) => Encryption::Passphrase(read_passphrase(path, true)?),
        (None, false) => Encryption::Generated,
    };
    Ok(CreateRequest {
        name: arguments.name,
        source,
        memory_kib: arguments.memory.kib(),
        vcpus: arguments.vcpus,
        disk_bytes: disk.map(|size| size.0),
        pool: arguments.pool,
        encryption,
        cpu_shares: arguments.cpu_shares,
        memory_limit_kib: arguments.memory_limit.map(super::super::size::Size::kib),
        virt_type: arguments.virt_type.map(|kind| match kind {
            VirtTypeArgument::Kvm => VirtType::Kvm,
            VirtTypeArgument::Qemu => VirtType::Qemu,
        }),
        network: arguments.network.map(|name| match name.as_str() {
            "user" => Network::User,
            "none" => Network::None,
            _ => Network::Named(name),
        }),
        start: arguments.start,
    })
}

fn tell_plan(plan: &Plan) {
    for remark in &plan.remarks {
        output::note(&format!("Note: {remark}"));
    }
}

/// Tells each step as it begins, and a sign of life every few seconds.
pub async fn show_progress(handle: JobHandle) {
    let mut progress = handle.progress();
    let mut ticks = tokio::time::interval(Duration::from_secs(5));
    ticks.reset();
    loop {
        tokio::select! {
            changed = progress.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = progress.borrow_and_update().clone();
                output::note(&progress_words(&now));
                ticks.reset();
            }
            _ = ticks.tick() => output::note("      still at it …"),
        }
    }
}

fn progress_words(now: &Progress) -> String {
    let words = step_words(now.name);
    let again = if now.attempt > 1 && now.name != job::UNDO {
        format!(" again (try {}; the host was too busy)", now.attempt)
    } else {
        String::new()
    };
    format!("[{}/{}] {words}{again} …", now.step, now.steps)
}

fn step_words(name: &str) -> &str {
    match name {
        "key" => "Storing the passphrase in the keyring",
        "pool" => "Making a storage pool",
        "volume" => "Making the disk",
        "domain" => "Defining the virtual machine",
        "start" => "Starting it",
        job::UNDO => "Removing what was made so far",
        other => other,
    }
}

/// Cancels at the first wish to stop. At the second it ends the program where it stands, since the
/// undoing may wait for somebody who does not come: the keyring asks before it deletes, say.
async fn cancel_on_interrupt(handle: JobHandle) {
    interrupted().await;
    output::note("Stopping, and undoing what was begun …");
    handle.cancel();
    interrupted().await;
    output::error("Interrupted once more; the undoing was not awaited.");
    output::note(
        "What next: “orielctl cleanup --list” tells what is left, and “cleanup” undoes it.",
    );
    std::process::exit(i32::from(crate::failure::FAILED));
}

fn tell_result(context: &Context, created: &Created) {
    let state = if created.started {
        "made and runs"
    } else {
        "made"
    };
    output::line(&format!("“{}” is {state}.", created.name));
    if let Some(disk) = &created.disk {
        let lock = match (created.encrypted, created.key_stored) {
            (true, true) => ", encrypted; its passphrase is in your keyring",
            (true, false) => {
                ", encrypted; there is no keyring, so you will be asked for the passphrase at \
                 each start"
            }
            (false, _) => ", not encrypted",
        };
        output::line(&format!("Disk: {disk}{lock}."));
    }
    if !created.started {
        output::line(&format!(
            "Start it with: orielctl {}launch {}",
            context.connect_words(),
            last_argument(&created.name)
        ));
    }
}
