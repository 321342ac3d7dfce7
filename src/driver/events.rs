// SPDX-License-Identifier: GPL-3.0-or-later
//! What the hypervisor tells by itself.

use std::borrow::Cow;

use libvirt_ext::events::{
    CloseReason, DomainEvent, Event, FieldValue as RawValue, LifecycleKind as RawKind,
};

use super::{Answer, Driver};
use crate::message::Text;
use crate::model::control::CONTROLS;
use crate::model::error::{BROKEN, HUNG_UP, NO_ANSWER};
use crate::model::happening::{FieldValue, Happening, LifecycleKind, What};

/// What comes from a connection.
#[derive(Debug)]
pub(crate) enum Notice {
    /// Something happened.
    Happened(Happening),
    /// The connection ended, for this reason. Nothing comes after it.
    Closed(&'static Text),
}

/// A connection's events, until this is dropped, which talks to the daemon.
pub(crate) struct Subscription(libvirt_ext::events::Subscription);

impl std::fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Subscription(..)")
    }
}

impl Subscription {
    /// Whether it tells when guests change their state.
    pub(crate) fn tells_lifecycle(&self) -> bool {
        let refused = self.0.unsupported();
        !refused.iter().any(|kind| kind.event == "domain/lifecycle")
    }
}

impl Driver {
    /// Has everything told to `hear`, on a thread of its own. The first subscription is the one of
    /// guests.
    pub(crate) fn subscribe(
        &self,
        hear: impl Fn(Notice) + Clone + Send + Sync + 'static,
    ) -> Answer<Vec<Subscription>> {
        let listen = |connection| {
            let hear = hear.clone();
            libvirt_ext::events::subscribe(connection, move |event| hear(notice(event)))
        };
        let mut subscriptions = vec![Subscription(listen(&self.main)?)];
        if self.own_secrets {
            subscriptions.push(Subscription(listen(&self.secrets)?));
        }
        Ok(subscriptions)
    }
}

fn notice(event: Event) -> Notice {
    let (name, uuid) = match &event {
        Event::Closed { reason } => return Notice::Closed(lost_because(*reason)),
        Event::Domain { domain, .. } => (Some(domain.name.clone()), Some(domain.uuid)),
        Event::Network { name, uuid, .. } | Event::StoragePool { name, uuid, .. } => {
            (Some(name.clone()), Some(*uuid))
        }
        Event::NodeDevice { name, .. } => (Some(name.clone()), None),
        Event::Secret { uuid, usage_id, .. } => (Some(usage_id.clone()), Some(*uuid)),
    };
    let fields = event.fields().into_iter();
    Notice::Happened(Happening {
        object: event.object(),
        event: event.name(),
        fields: fields
            .map(|(key, value)| (key, field(value)))
            .collect::<Vec<(Cow<'static, str>, _)>>(),
        what: match event {
            Event::Domain { event, .. } => what(event),
            _ => What::Other,
        },
        name,
        uuid,
    })
}

fn what(event: DomainEvent) -> What {
    match event {
        DomainEvent::Lifecycle { kind, detail } => What::Lifecycle(lifecycle(kind), detail),
        DomainEvent::Reboot => What::Rebooted,
        DomainEvent::Watchdog { action } => What::Watchdog(action),
        DomainEvent::IoErrorReason { device, reason, .. } => What::DiskFailed { device, reason },
        DomainEvent::BalloonChange { actual_kib } => What::Balloon(actual_kib),
        DomainEvent::Tunable { params } => match params.first() {
            Some((name, value)) => {
                // "cputune.cpu_shares": the kernel tells the same by the last part alone.
                let name = name.rsplit('.').next().unwrap_or(name);
                let value = value.as_u64();
                match CONTROLS.iter().find(|known| known.parameter == name) {
                    Some(known) => {
                        let own = value.and_then(|value| known.own_value(value, None));
                        What::Control(known.name.to_owned(), own)
                    }
                    None => What::Control(name.to_owned(), value),
                }
            }
            None => What::Other,
        },
        _ => What::Other,
    }
}

fn lifecycle(kind: RawKind) -> LifecycleKind {
    match kind {
        RawKind::Defined => LifecycleKind::Defined,
        RawKind::Undefined => LifecycleKind::Undefined,
        RawKind::Started => LifecycleKind::Started,
        RawKind::Suspended => LifecycleKind::Suspended,
        RawKind::Resumed => LifecycleKind::Resumed,
        RawKind::Stopped => LifecycleKind::Stopped,
        RawKind::Shutdown => LifecycleKind::Shutdown,
        RawKind::PmSuspended => LifecycleKind::PmSuspended,
        RawKind::Crashed => LifecycleKind::Crashed,
        RawKind::Unknown(_) => LifecycleKind::Unknown,
    }
}

fn field(value: RawValue) -> FieldValue {
    match value {
        RawValue::Str(text) => FieldValue::Text(text),
        RawValue::Int(number) => FieldValue::Int(number),
        RawValue::UInt(number) => FieldValue::UInt(number),
        RawValue::Float(number) => FieldValue::Float(number),
        RawValue::Bool(flag) => FieldValue::Bool(flag),
    }
}

fn lost_because(reason: CloseReason) -> &'static Text {
    match reason {
        CloseReason::Keepalive => NO_ANSWER,
        CloseReason::EndOfFile => HUNG_UP,
        _ => BROKEN,
    }
}
