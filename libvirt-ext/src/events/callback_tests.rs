// SPDX-License-Identifier: GPL-3.0-or-later
//! The C callbacks, called as libvirt would call them: with what it sends, with NULL in every
//! place that can hold it, and with numbers that nobody knows.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::mpsc::{Receiver, channel};

use virt::connect::Connect;
use virt::domain::Domain;
use virt_sys as sys;

use super::subscription::{free_test_slot, test_slot};
use super::{DomainEvent, Event, FieldValue, LifecycleKind, callbacks, object_callbacks};
use crate::params::{ParamList, ParamValue};

struct Stage {
    slot: *mut c_void,
    events: Receiver<Event>,
    dom: Domain,
    _conn: Connect,
}

impl Stage {
    fn new() -> Self {
        crate::initialize().unwrap();
        let conn = Connect::open(Some("test:///default")).unwrap();
        let (sender, events) = channel();
        let slot = test_slot(move |event| sender.send(event).unwrap());
        Self {
            slot,
            events,
            dom: conn.lookup_domain_by_name("test").unwrap(),
            _conn: conn,
        }
    }

    fn dom(&self) -> sys::virDomainPtr {
        // SAFETY: the guest lives as long as the stage.
        unsafe { self.dom.as_ptr() }
    }

    /// The guest event that was just delivered.
    fn got(&self) -> DomainEvent {
        match self.events.try_recv() {
            Ok(Event::Domain { domain, event }) => {
                assert_eq!(domain.name, "test");
                assert_eq!(domain.uuid, self.dom.uuid().unwrap());
                event
            }
            other => panic!("not a guest's event: {other:?}"),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        free_test_slot(self.slot);
    }
}

const NULL: *const c_char = null();
const CONN: sys::virConnectPtr = null_mut();

fn c(text: &'static CStr) -> *const c_char {
    text.as_ptr()
}

#[test]
fn null_texts_and_unknown_numbers_do_no_harm() {
    let stage = Stage::new();
    let (dom, slot) = (stage.dom(), stage.slot);
    // SAFETY: the callbacks take NULL wherever libvirt may send it; slot and guest are valid.
    unsafe {
        for number in [-1, 4711, c_int::MAX, c_int::MIN] {
            callbacks::lifecycle(CONN, dom, number, number, slot);
            assert_eq!(
                stage.got(),
                DomainEvent::Lifecycle {
                    kind: LifecycleKind::Unknown(number),
                    detail: "unknown"
                }
            );
            callbacks::watchdog(CONN, dom, number, slot);
            assert_eq!(stage.got(), DomainEvent::Watchdog { action: "unknown" });
            callbacks::io_error_reason(CONN, dom, NULL, NULL, number, NULL, slot);
            assert_eq!(
                stage.got(),
                DomainEvent::IoErrorReason {
                    path: String::new(),
                    device: String::new(),
                    action: "unknown",
                    reason: String::new(),
                }
            );
            callbacks::graphics(CONN, dom, number, null(), null(), NULL, null(), slot);
            assert!(matches!(
                stage.got(),
                DomainEvent::Graphics { phase: "unknown", identities, .. } if identities.is_empty()
            ));
            callbacks::disk_change(CONN, dom, NULL, NULL, NULL, number, slot);
            assert!(matches!(
                stage.got(),
                DomainEvent::DiskChange {
                    old_path: None,
                    new_path: None,
                    reason: "unknown",
                    ..
                }
            ));
            callbacks::metadata_change(CONN, dom, number, NULL, slot);
            assert_eq!(stage.got().fields().len(), 1);
            callbacks::tunable(CONN, dom, null_mut(), number, slot);
            assert_eq!(stage.got(), DomainEvent::Tunable { params: Vec::new() });
            callbacks::block_threshold(CONN, dom, NULL, NULL, u64::MAX, 0, slot);
            assert!(matches!(
                stage.got(),
                DomainEvent::BlockThreshold {
                    path: None,
                    threshold: u64::MAX,
                    ..
                }
            ));
        }
        // No guest, no slot: nothing comes, nothing breaks.
        callbacks::reboot(CONN, null_mut(), slot);
        callbacks::reboot(CONN, dom, null_mut());
        object_callbacks::network_lifecycle(CONN, null_mut(), 0, 0, slot);
        object_callbacks::pool_refresh(CONN, null_mut(), slot);
        object_callbacks::device_update(CONN, null_mut(), slot);
        object_callbacks::secret_value_changed(CONN, null_mut(), slot);
    }
    assert!(stage.events.try_recv().is_err());
}

#[test]
fn what_libvirt_sends_arrives_as_it_was() {
    let stage = Stage::new();
    let (dom, slot) = (stage.dom(), stage.slot);
    // SAFETY: all pointers are valid for the calls.
    unsafe {
        callbacks::device_added(CONN, dom, c(c"virtio-disk1"), slot);
        let event = stage.got();
        assert_eq!(event.name(), "device-added");
        assert_eq!(
            event.fields(),
            vec![("device".into(), FieldValue::Str("virtio-disk1".into()))]
        );
        callbacks::nic_mac_change(CONN, dom, c(c"net0"), c(c"52:54:00:00:00:01"), NULL, slot);
        assert!(
            matches!(stage.got(), DomainEvent::NicMacChange { old_mac, new_mac, .. }
            if old_mac == "52:54:00:00:00:01" && new_mac.is_empty())
        );
        callbacks::rtc_change(CONN, dom, -3600, slot);
        assert_eq!(stage.got(), DomainEvent::RtcChange { utc_offset: -3600 });
        callbacks::memory_failure(CONN, dom, 1, 2, 3, slot);
        assert_eq!(
            stage.got(),
            DomainEvent::MemoryFailure {
                recipient: "guest",
                action: "fatal",
                action_required: true,
                recursive: true
            }
        );
        callbacks::block_job(CONN, dom, c(c"/a.qcow2"), 5, 2, slot);
        let by_path = stage.got();
        callbacks::block_job_2(CONN, dom, c(c"vda"), 5, 2, slot);
        let by_target = stage.got();
        assert_eq!(
            (by_path.name(), by_target.name()),
            ("block-job", "block-job-2")
        );
        assert!(matches!(
            by_target,
            DomainEvent::BlockJob2 {
                job: "backup",
                status: "canceled",
                ..
            }
        ));
        // Bytes that are not UTF-8 are shown, not refused.
        callbacks::device_removed(CONN, dom, c(c"disk\xff"), slot);
        assert!(matches!(stage.got(), DomainEvent::DeviceRemoved { device }
            if device == "disk\u{fffd}"));
    }
}

#[test]
fn limits_and_viewers_are_copied_whole() {
    let stage = Stage::new();
    let (dom, slot) = (stage.dom(), stage.slot);
    let mut list = ParamList::single("cputune.cpu_shares", &ParamValue::ULLong(500)).unwrap();
    list.push("blkdeviotune.disk", &ParamValue::Str("vda".into()))
        .unwrap();
    let (params, count) = list.as_raw();
    let text = |text: &'static CStr| text.as_ptr().cast_mut();
    let local = sys::virDomainEventGraphicsAddress {
        family: 2,
        node: text(c"/run/vnc.sock"),
        service: null_mut(),
    };
    let remote = sys::virDomainEventGraphicsAddress {
        family: 1,
        node: text(c"::1"),
        service: text(c"5900"),
    };
    let mut identities = [sys::virDomainEventGraphicsSubjectIdentity {
        type_: text(c"saslUsername"),
        name: text(c"anna"),
    }];
    let subject = sys::virDomainEventGraphicsSubject {
        nidentity: 1,
        identities: identities.as_mut_ptr(),
    };
    // SAFETY: all pointers are valid for the calls.
    unsafe {
        callbacks::tunable(CONN, dom, params, count, slot);
        callbacks::graphics(
            CONN,
            dom,
            1,
            &raw const local,
            &raw const remote,
            c(c"sasl"),
            &raw const subject,
            slot,
        );
    }
    assert_eq!(
        stage.got().fields(),
        vec![
            ("cputune.cpu_shares".into(), FieldValue::UInt(500)),
            ("blkdeviotune.disk".into(), FieldValue::Str("vda".into())),
        ]
    );
    let event = stage.got();
    assert_eq!(event.name(), "graphics");
    let fields = event.fields();
    let find = |name: &str| {
        let found = fields.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.clone())
    };
    for (name, value) in [
        ("phase", "initialize"),
        ("local_family", "unix"),
        ("local_node", "/run/vnc.sock"),
        ("local_service", ""),
        ("remote_service", "5900"),
        ("identity_saslUsername", "anna"),
    ] {
        assert_eq!(find(name), Some(FieldValue::Str(value.into())), "{name}");
    }
}

#[test]
fn the_end_of_a_connection_names_its_reason() {
    let stage = Stage::new();
    for (number, word) in [
        (0, "error"),
        (1, "end-of-file"),
        (2, "keepalive"),
        (3, "client"),
        (-9, "unknown"),
    ] {
        // SAFETY: the slot is valid.
        unsafe { object_callbacks::closed(CONN, number, stage.slot) };
        let event = stage.events.try_recv().unwrap();
        assert_eq!((event.object(), event.name()), ("connection", "closed"));
        assert_eq!(
            event.fields(),
            vec![("reason".into(), FieldValue::Str(word.into()))]
        );
    }
}
