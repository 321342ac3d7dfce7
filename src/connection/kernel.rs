// SPDX-License-Identifier: GPL-3.0-or-later
//! Follows the kernel's own values of controls on a local host: for most of them libvirt has no
//! event, so the files of the guests' control groups are watched.
//!
//! One task with one inotify handle watches the files of all running guests; it is replaced when a
//! guest starts or stops. What changed between two of them shows in the values, which are kept.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Calls;
use crate::cgroup::subject::{Subject, subject};
use crate::cgroup::{self, GuestCgroup, KernelNumber, KernelValue};
use crate::model::control::{CONTROLS, KernelChange};
use crate::model::guest::Guest;
use crate::model::inventory::Inventory;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Guests that start together are looked for together.
const SETTLE: Duration = Duration::from_millis(50);

/// Values by file. A guest's next start has other files, so it begins with nothing known.
type Values = HashMap<PathBuf, Option<u64>>;

/// The watch of one connection.
pub(super) struct KernelWatch {
    enabled: bool,
    sender: mpsc::UnboundedSender<KernelChange>,
    running: HashSet<Subject>,
    values: Arc<Mutex<Values>>,
    task: Option<JoinHandle<()>>,
}

impl KernelWatch {
    /// A watch that sends changes to `sender`; idle where the host is remote or has no controls.
    pub(super) fn new(calls: &Calls, sender: mpsc::UnboundedSender<KernelChange>) -> Self {
        let site = calls.site();
        Self {
            enabled: site.is_local && !site.is_session(),
            sender,
            running: HashSet::new(),
            values: Arc::default(),
            task: None,
        }
    }

    /// Watches the guests that run now.
    pub(super) fn follow(&mut self, inventory: &Inventory) {
        if !self.enabled || !inventory.complete {
            return;
        }
        let running: HashSet<Subject> = inventory
            .guests
            .values()
            .filter(|guest| has_cgroup(guest))
            .map(|guest| subject(guest))
            .collect();
        if running == self.running {
            return;
        }
        self.running.clone_from(&running);
        if let Some(task) = self.task.take() {
            task.abort();
        }
        if running.is_empty() {
            return;
        }
        let (values, sender) = (self.values.clone(), self.sender.clone());
        self.task = Some(tokio::spawn(watch(running, values, sender)));
    }
}

impl Drop for KernelWatch {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

fn has_cgroup(guest: &Guest) -> bool {
    guest.state.is_active()
        && guest
            .summary
            .as_ref()
            .is_some_and(|summary| matches!(&*summary.kind, "qemu" | "kvm" | "lxc"))
}

async fn watch(
    subjects: HashSet<Subject>,
    values: Arc<Mutex<Values>>,
    sender: mpsc::UnboundedSender<KernelChange>,
) {
    tokio::time::sleep(SETTLE).await;
    let found = tokio::task::spawn_blocking(move || {
        subjects
            .into_iter()
            .filter_map(|subject| Some((subject.cgroup().ok()?, subject)))
            .collect::<Vec<_>>()
    })
    .await
    .unwrap_or_default();
    let mut owners: HashMap<PathBuf, usize> = HashMap::new();
    for (index, (group, _)) in found.iter().enumerate() {
        owners.extend(group.watched().into_iter().map(|path| (path, index)));
    }
    values
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .retain(|path, _| owners.contains_key(path));
    let mut changes = match cgroup::watch(owners.keys().cloned()) {
        Ok(changes) => changes,
        Err(error) => {
            tracing::warn!(%error, "the kernel's values are not followed");
            return;
        }
    };
    let compare = |index: usize| {
        let (group, subject) = &found[index];
        for change in differences(group, subject, &values) {
            let _ = sender.send(change);
        }
    };
    // What changed while nobody watched.
    (0..found.len()).for_each(compare);
    while let Some(path) = changes.next().await {
        if let Some(index) = owners.get(&path) {
            compare(*index);
        }
    }
}

/// Reads a guest's values (files of `/sys`, which never wait for a disk) and keeps them; gives
/// those that were known and are different now.
fn differences(
    group: &GuestCgroup,
    subject: &Subject,
    values: &Mutex<Values>,
) -> Vec<KernelChange> {
    let mut known = values.lock().unwrap_or_else(PoisonError::into_inner);
    let mut changed = Vec::new();
    for control in CONTROLS {
        let Ok(KernelValue { path, value, .. }) = group.value(&control.file) else {
            continue;
        };
        let value = match value {
            KernelNumber::Number(number) => Some(number),
            KernelNumber::Unlimited => None,
        };
        let before = known.insert(path.clone(), value);
        if before.is_some_and(|before| before != value) {
            changed.push(KernelChange {
                uuid: subject.uuid,
                name: subject.name.clone(),
                control,
                path,
                value,
            });
        }
    }
    changed
}
