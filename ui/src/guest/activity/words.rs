// SPDX-License-Identifier: GPL-3.0-or-later
//! Events in words, and their times as the person writes them.

use std::time::{SystemTime, UNIX_EPOCH};

use oriel::model::control::find;
use oriel::model::happening::LifecycleKind;
use oriel::shown::shown;
use relm4::gtk::glib;

use crate::engine::log::What;
use crate::engine::look;
use crate::guest::resources::words as control_words;
use oriel_ui_kit::i18n::{gettext, gettext_f, mark};
use oriel_ui_kit::units;

/// Why something changed, by libvirt's word for it; words without an entry are left out.
const REASONS: &[(&str, &str)] = &[
    ("migrated", mark("it moved to or from another host")),
    ("restored", mark("from its saved state")),
    ("from snapshot", mark("from a snapshot")),
    ("wakeup", mark("it woke up")),
    ("io-error", mark("a disk failed")),
    ("watchdog", mark("its watchdog fired")),
    ("api-error", mark("an operation failed")),
    ("shutdown", mark("it shut down")),
    ("destroyed", mark("forced off")),
    ("crashed", mark("it crashed")),
    ("saved", mark("its state was saved")),
    ("failed", mark("the hypervisor failed")),
    ("guest request", mark("its system asked for it")),
    ("host request", mark("the host asked for it")),
    ("panicked", mark("its system panicked")),
    ("renamed", mark("renamed")),
];

/// What happened.
pub fn event(what: &What) -> String {
    match what {
        What::Lifecycle(kind, detail) => lifecycle(*kind, detail),
        What::Rebooted => gettext("Its system rebooted"),
        What::Watchdog(action) => gettext_f("Its watchdog fired ({action})", &[("action", action)]),
        What::DiskFailed(device, reason) => gettext_f(
            "A disk failed: {device} ({reason})",
            &[("device", device), ("reason", reason)],
        ),
        What::Limit(name, value) => limit(name, *value),
        What::NextLimit(name, value) => next_limit(name, *value),
        What::Balloon(kib) => {
            gettext_f("Its memory is {size} now", &[("size", &units::size(*kib))])
        }
        What::Began(action) => gettext(look(*action).began),
        What::Done(action) => gettext(look(*action).done),
        What::Failed(action, why) => {
            let what = gettext(look(*action).began);
            gettext_f("{what}: failed. {why}", &[("what", &what), ("why", why)])
        }
        What::Said(text) => shown(text).into_owned(),
    }
}

fn lifecycle(kind: LifecycleKind, detail: &str) -> String {
    let text = match (kind, detail) {
        (LifecycleKind::Defined, "renamed") => gettext("Renamed"),
        (LifecycleKind::Defined, "added") => gettext("Created"),
        (LifecycleKind::Defined, _) => gettext("Its definition changed"),
        (LifecycleKind::Undefined, _) => gettext("Its definition was removed"),
        (LifecycleKind::Started, _) => gettext("Running"),
        (LifecycleKind::Suspended, _) => gettext("Paused"),
        (LifecycleKind::Resumed, _) => gettext("Resumed"),
        (LifecycleKind::Stopped, _) => gettext("Off"),
        (LifecycleKind::Shutdown, _) => gettext("Shutting down"),
        (LifecycleKind::PmSuspended, _) => gettext("Asleep"),
        (LifecycleKind::Crashed, _) => gettext("Crashed"),
        (LifecycleKind::Unknown, _) => gettext("Its state changed"),
    };
    let reason = REASONS.iter().find(|(word, _)| *word == detail);
    match reason {
        Some((_, why)) if !matches!(kind, LifecycleKind::Defined) => {
            let why = gettext(*why);
            gettext_f("{what}: {why}", &[("what", &text), ("why", &why)])
        }
        _ => text,
    }
}

fn next_limit(name: &str, value: Option<u64>) -> String {
    let (control, value) = limit_words(name, value);
    gettext_f(
        "{control} at the next start: {value}",
        &[("control", &control), ("value", &value)],
    )
}

fn limit(name: &str, value: Option<u64>) -> String {
    let (control, value) = limit_words(name, value);
    gettext_f(
        "{control} now: {value}",
        &[("control", &control), ("value", &value)],
    )
}

/// A control and its value in words. The hypervisor tells of more than the page has.
fn limit_words(name: &str, value: Option<u64>) -> (String, String) {
    if let Some(control) = find(name) {
        return (gettext(control.title.text), control_words(control, value));
    }
    let value = value.map_or_else(|| gettext("changed"), |value| value.to_string());
    (shown(name).into_owned(), value)
}

/// A time as the person's locale writes it: the clock's alone for today.
pub fn time(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let seconds = i64::try_from(seconds).unwrap_or_default();
    let Ok(at) = glib::DateTime::from_unix_local(seconds) else {
        return String::new();
    };
    let today = glib::DateTime::now_local().is_ok_and(|now| now.ymd() == at.ymd());
    let text = at.format(if today { "%X" } else { "%x %X" });
    text.map(|text| text.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use oriel::model::happening::LifecycleKind;

    use super::*;

    #[test]
    fn a_state_says_why() {
        let off = What::Lifecycle(LifecycleKind::Stopped, "destroyed");
        assert_eq!(event(&off), "Off: forced off");
        let on = What::Lifecycle(LifecycleKind::Started, "booted");
        assert_eq!(event(&on), "Running");
        let renamed = What::Lifecycle(LifecycleKind::Defined, "renamed");
        assert_eq!(event(&renamed), "Renamed");
    }

    #[test]
    fn limits_are_named_as_on_the_page() {
        let text = event(&What::Limit("cpu_shares".into(), Some(500)));
        assert_eq!(text, "CPU Shares now: 500");
        let text = event(&What::NextLimit("cpu_shares".into(), Some(500)));
        assert_eq!(text, "CPU Shares at the next start: 500");
        let text = event(&What::Limit("memory_limit".into(), None));
        assert_eq!(text, "Memory Limit now: no limit");
    }

    #[test]
    fn todays_times_are_the_clocks() {
        let now = time(SystemTime::now());
        let old = time(UNIX_EPOCH);
        assert!(!now.is_empty() && old.len() > now.len(), "{now} {old}");
    }
}
