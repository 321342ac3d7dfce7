// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading guests' documents so that one guest that hangs keeps no other waiting.
//!
//! QEMU's driver takes a guest's job lock even for its inactive document, and a stopped QEMU with a
//! call under way holds that lock: libvirt waits 30 s for it and then fails. So a batch that makes
//! no progress is given up at the guest that it stands at, and single readings wait briefly.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use super::calls::{Calls, Class};
use crate::driver::{Domain, Driver};
use crate::model::doing;
use crate::model::error::{ConnectionError, Error, Result, SILENT};
use crate::model::guest::Guest;

/// How long one document may keep a batch.
const STALL: Duration = Duration::from_millis(1500);

/// What became of a batch.
pub(super) struct Batch {
    /// The guests that were read.
    pub read: Vec<Guest>,
    /// The guest at which it stood still, with the reason on it.
    pub stuck: Option<Guest>,
    /// Those that it did not come to.
    pub rest: Vec<Uuid>,
}

#[derive(Default)]
struct Shared {
    read: Mutex<Vec<Guest>>,
    done: AtomicUsize,
    abandoned: AtomicBool,
}

/// Reads the documents of many guests in one go, for as long as it goes on.
pub(super) async fn read_batch(calls: Calls, batch: Vec<(Domain, Guest)>) -> Batch {
    let guests: Vec<Guest> = batch.iter().map(|(_, guest)| guest.clone()).collect();
    let shared = Arc::new(Shared::default());
    let worker = shared.clone();
    let mut task = tokio::spawn(async move {
        calls
            .run(Class::Patient, doing::READ_GUESTS, move |_| {
                for (domain, mut guest) in batch {
                    if worker.abandoned.load(Ordering::Acquire) {
                        break;
                    }
                    domain.read_document(&mut guest);
                    lock(&worker.read).push(guest);
                    worker.done.fetch_add(1, Ordering::AcqRel);
                }
                Ok(())
            })
            .await
    });
    let mut before = 0;
    loop {
        if tokio::time::timeout(STALL, &mut task).await.is_ok() {
            let read = std::mem::take(&mut *lock(&shared.read));
            // All of them, unless the call could not be made.
            let left = guests.into_iter().skip(read.len());
            return Batch {
                stuck: None,
                rest: left.map(|guest| guest.uuid).collect(),
                read,
            };
        }
        let done = shared.done.load(Ordering::Acquire);
        if done > before {
            before = done;
            continue;
        }
        shared.abandoned.store(true, Ordering::Release);
        let read = std::mem::take(&mut *lock(&shared.read));
        let mut left = guests.into_iter().skip(read.len());
        return Batch {
            stuck: left.next().map(|guest| silent(guest, None)),
            rest: left.map(|guest| guest.uuid).collect(),
            read,
        };
    }
}

/// Reads one guest: what never waits, and its document if that comes soon; else with the document
/// known before and the reason. `None` if it is gone.
pub(super) async fn read_one(
    calls: &Calls,
    uuid: Uuid,
    known: Option<&Guest>,
) -> Result<Option<Guest>> {
    let doing = doing::READ_GUEST;
    let basics = move |driver: &Driver| {
        let found = driver.basics(uuid);
        found.map_err(|failure| driver.failed(doing, failure))
    };
    let basics = calls.run(Class::Ordinary, doing, basics).await?;
    let Some((domain, guest)) = basics else {
        return Ok(None);
    };
    let mut reading = guest.clone();
    let read = calls
        .run_on(uuid, Class::Brief, doing::READ_GUEST, move |_| {
            domain.read_document(&mut reading);
            Ok(reading)
        })
        .await;
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Error::Connection(ConnectionError::Timeout { .. })) => Ok(Some(silent(guest, known))),
        Err(error) => Err(error),
    }
}

/// A guest that does not answer, with what was known of it.
fn silent(mut guest: Guest, known: Option<&Guest>) -> Guest {
    guest.summary = known.and_then(|known| known.summary.clone());
    guest.error = Some(SILENT.into());
    guest
}

fn lock(guests: &Mutex<Vec<Guest>>) -> std::sync::MutexGuard<'_, Vec<Guest>> {
    guests.lock().unwrap_or_else(PoisonError::into_inner)
}
