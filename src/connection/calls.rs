// SPDX-License-Identifier: GPL-3.0-or-later
//! Calls into libvirt: off the async threads, a few at a time, each with a deadline.
//!
//! libvirt's functions block and can't be stopped. A deadline therefore only ends the *wait*;
//! the call goes on in its thread and keeps its place until it returns, so that a hypervisor
//! that hangs can't collect threads without limit. libvirtd serves five requests of a client at
//! once by default (`max_client_requests`); four places leave one for events and keepalive:
//! three that anybody may take, of which statistics and previews get two at most, and one for
//! lifecycle actions alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;
use virt::connect::Connect;
use virt::domain::Domain;

use crate::error::{Error, Result};
use crate::host::HostIdentity;

const READ_DEADLINE: Duration = Duration::from_secs(30);
const BRIEF_DEADLINE: Duration = Duration::from_secs(2);
const ACTION_DEADLINE: Duration = Duration::from_mins(1);

/// How many calls may be under way that are not lifecycle actions.
const SHARED: u32 = 3;

/// What a call is for, which decides its place and its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Statistics and previews.
    Background,
    /// Reading and configuring.
    Ordinary,
    /// Reading what may be had only by waiting for the guest: not for long.
    Brief,
    /// Reading that watches its own progress.
    Patient,
    /// Start, stop and the like.
    Lifecycle,
    /// As `Lifecycle`, but nobody stops waiting: a lease may end only when the call returned.
    ToTheEnd,
}

/// An open connection's libvirt handles.
#[derive(Clone, Debug)]
pub(crate) struct Handles {
    /// Guests, storage, networks.
    pub main: Connect,
    /// Secrets: the same, except for the embedded QEMU driver, which keeps them apart.
    pub secrets: Connect,
    /// Whether `secrets` is a connection of its own, with events of its own.
    pub own_secrets: bool,
    /// The URI as the person gave it, for messages.
    pub uri: String,
    /// The URI that libvirt itself names (`virConnectGetURI`): the host, for leases.
    pub canonical: String,
    /// Where this leads, once somebody has asked.
    pub(super) identity: Arc<OnceLock<HostIdentity>>,
}

impl Handles {
    /// Which host this leads to. Blocks the first time.
    ///
    /// # Errors
    /// As [`HostIdentity::of`].
    pub(crate) fn identity(&self) -> Result<&HostIdentity> {
        if let Some(known) = self.identity.get() {
            return Ok(known);
        }
        let found = HostIdentity::of(self)?;
        Ok(self.identity.get_or_init(|| found))
    }

    /// Looks a guest up by its UUID.
    pub(crate) fn domain(&self, uuid: Uuid) -> Result<Domain> {
        self.main
            .lookup_domain_by_uuid(uuid)
            .map_err(|error| self.failed("find the virtual machine", error.into()))
    }

    /// Wraps a failed call.
    pub(crate) fn failed(&self, doing: impl Into<String>, error: libvirt_ext::Error) -> Error {
        Error::libvirt(&self.uri, doing, error)
    }
}

/// The way to libvirt for one connection.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    uri: String,
    handles: RwLock<Option<Handles>>,
    shared: Arc<Semaphore>,
    background: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
    lost: Notify,
    busy: Mutex<HashMap<Uuid, String>>,
}

impl Calls {
    pub(crate) fn new(uri: &str) -> Self {
        Self {
            inner: Arc::new(Inner {
                uri: uri.to_owned(),
                handles: RwLock::new(None),
                shared: Arc::new(Semaphore::new(SHARED as usize)),
                background: Arc::new(Semaphore::new(2)),
                reserved: Arc::new(Semaphore::new(1)),
                lost: Notify::new(),
                busy: Mutex::new(HashMap::new()),
            }),
        }
    }

    pub(crate) fn uri(&self) -> &str {
        &self.inner.uri
    }

    /// Puts the handles of an open connection in place, or takes them away.
    pub(crate) fn set_handles(&self, handles: Option<Handles>) -> Option<Handles> {
        let mut current = self
            .inner
            .handles
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut current, handles)
    }

    pub(crate) fn handles(&self, doing: &str) -> Result<Handles> {
        self.inner
            .handles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| Error::ConnectionLost {
                uri: self.inner.uri.clone(),
                doing: doing.to_owned(),
            })
    }

    /// Waits until a call has found the connection broken.
    pub(crate) async fn lost(&self) {
        self.inner.lost.notified().await;
    }

    /// Runs a blocking act with the connection's handles.
    pub(crate) async fn run<T, F>(&self, class: Class, doing: &str, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Handles) -> Result<T> + Send + 'static,
    {
        let asked = Instant::now();
        let places = self.places(class).await?;
        let handles = self.handles(doing)?;
        let began = Instant::now();
        let task = tokio::task::spawn_blocking(move || {
            let result = act(&handles);
            drop(handles);
            drop(places);
            result
        });
        let deadline = match class {
            Class::Brief => BRIEF_DEADLINE,
            Class::Background | Class::Ordinary => READ_DEADLINE,
            Class::Lifecycle => ACTION_DEADLINE,
            Class::Patient | Class::ToTheEnd => Duration::MAX,
        };
        let result = match tokio::time::timeout(deadline, task).await {
            Ok(Ok(result)) => result,
            Ok(Err(panicked)) => Err(Error::Internal(panicked.to_string())),
            Err(_) => Err(Error::Timeout {
                doing: doing.to_owned(),
                seconds: deadline.as_secs(),
            }),
        };
        tracing::debug!(
            doing,
            ?class,
            waited = ?began - asked,
            took = ?began.elapsed(),
            failed = result.is_err(),
            "asked libvirt"
        );
        if matches!(result, Err(Error::ConnectionLost { .. })) {
            self.inner.lost.notify_one();
        }
        result
    }

    /// Waits until no call is under way, those that nobody waits for any more included.
    pub(crate) async fn idle(&self) {
        let _others = self.inner.shared.acquire_many(SHARED).await;
        let _reserved = self.inner.reserved.acquire().await;
    }

    /// Keeps a second action off a guest while one is under way.
    pub(crate) fn claim(&self, uuid: Uuid, name: &str, doing: &str) -> Result<Claim> {
        let mut busy = self
            .inner
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = busy.get(&uuid) {
            return Err(Error::Busy {
                what: format!("“{name}”"),
                why: format!("Oriel is still trying to {other}"),
            });
        }
        busy.insert(uuid, doing.to_owned());
        Ok(Claim {
            calls: self.clone(),
            uuid,
        })
    }

    async fn places(&self, class: Class) -> Result<Vec<OwnedSemaphorePermit>> {
        let inner = &self.inner;
        let closed = |_| Error::Internal("the connection's queue is closed".into());
        Ok(match class {
            Class::Background => vec![
                inner
                    .background
                    .clone()
                    .acquire_owned()
                    .await
                    .map_err(closed)?,
                inner.shared.clone().acquire_owned().await.map_err(closed)?,
            ],
            Class::Ordinary | Class::Brief | Class::Patient => {
                vec![inner.shared.clone().acquire_owned().await.map_err(closed)?]
            }
            Class::Lifecycle | Class::ToTheEnd => vec![tokio::select! {
                biased;
                place = inner.shared.clone().acquire_owned() => place.map_err(closed)?,
                place = inner.reserved.clone().acquire_owned() => place.map_err(closed)?,
            }],
        })
    }
}

/// A guest that an action has to itself until this is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    calls: Calls,
    uuid: Uuid,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.calls
            .inner
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.uuid);
    }
}
