// SPDX-License-Identifier: GPL-3.0-or-later
//! Puts together what the display server, colord and the person say.

use super::colord::{Device, Facts};
use super::files::Files;
use super::policy::{Compositor, Mode, Session, decide};
use super::source::{self, Candidate, Source, SourceRefusal};
use super::watcher::Overrides;
use super::wayland::Answer;
use super::x11::Seen;
use super::{Monitor, Output};

/// What holds for all monitors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) mode: Mode,
    pub(super) session: Session,
    /// What the compositor does, where somebody has said so.
    pub(super) compositor: Option<Compositor>,
    /// What it says itself.
    pub(super) answer: &'a Answer,
    /// What it does by its name, where it says nothing.
    pub(super) guess: Compositor,
    pub(super) overrides: &'a Overrides,
}

impl Rules<'_> {
    fn compositor(&self, connector: &str) -> Compositor {
        let said = self.compositor.or_else(|| self.answer.at(connector));
        said.unwrap_or(self.guess)
    }
}

/// The monitors in the order in which they were seen.
pub(super) fn monitors(
    seen: &[Seen],
    facts: &Facts,
    rules: Rules<'_>,
    files: &mut Files,
) -> Vec<Monitor> {
    seen.iter()
        .enumerate()
        .map(|(index, seen)| monitor(index, seen, facts, rules, files))
        .collect()
}

fn monitor(
    index: usize,
    seen: &Seen,
    facts: &Facts,
    rules: Rules<'_>,
    files: &mut Files,
) -> Monitor {
    let mut monitor = Monitor {
        area: seen.area,
        millimetres: seen.millimetres,
        primary: seen.primary,
        outputs: seen.outputs.clone(),
        ..Monitor::unknown(&seen.name, index)
    };
    let mut candidates: Vec<Candidate> = chosen(&monitor, rules.overrides, files)
        .into_iter()
        .collect();
    candidates.extend(seen.candidates.iter().cloned());
    let device = facts.devices.get(monitor.connector());
    candidates.extend(device.and_then(|device| by_colord(device, files)));
    (monitor.source, monitor.profile) = source::choose(&candidates);
    monitor.disagreements = source::disagreements(&candidates);
    monitor.candidates = candidates;
    monitor.device_id = device.map(|device| device.id.clone());
    monitor.calibrating = device.is_some_and(|device| device.calibrating);
    monitor.in_force = decide(
        rules.mode,
        rules.session,
        rules.compositor(monitor.connector()),
        monitor.calibrating,
    );
    monitor
}

/// The file that the person has chosen for a monitor.
fn chosen(monitor: &Monitor, overrides: &Overrides, files: &mut Files) -> Option<Candidate> {
    let path = overrides.of(monitor)?;
    Some(Candidate {
        source: Source::Override,
        place: path.display().to_string(),
        found: files.read(path),
    })
}

fn by_colord(device: &Device, files: &mut Files) -> Option<Candidate> {
    if !device.has_profile {
        return None;
    }
    let found = match &device.file {
        _ if !device.enabled => Err(SourceRefusal::Disabled),
        None => Err(SourceRefusal::NoFile),
        Some(path) => files.read(path),
    };
    let place = match &device.file {
        Some(path) => format!("{}: {}", device.id, path.display()),
        None => device.id.clone(),
    };
    Some(Candidate {
        source: Source::Colord,
        place,
        found,
    })
}

/// A monitor of which only the connector is known.
pub(super) fn by_connector(name: &str) -> Seen {
    Seen {
        name: name.to_owned(),
        outputs: vec![Output {
            id: 0,
            name: name.to_owned(),
            edid: None,
            gamma: None,
        }],
        ..Seen::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::monitor::edid::{self, Edid};
    use crate::monitor::policy::{Target, Why};
    use crate::monitor::{Colord, EdidMd5};
    use crate::profile::Profile;
    use crate::standard;

    struct World {
        folder: tempfile::TempDir,
        overrides: Overrides,
        facts: Facts,
    }

    impl World {
        fn new() -> Self {
            Self {
                folder: tempfile::tempdir().unwrap(),
                overrides: Overrides::default(),
                facts: Facts {
                    state: Colord::Present,
                    devices: BTreeMap::new(),
                },
            }
        }

        fn file(&self, name: &str, space: standard::Space) -> std::path::PathBuf {
            let path = self.folder.path().join(name);
            std::fs::write(&path, space.profile().unwrap().bytes()).unwrap();
            path
        }

        fn device(&mut self, connector: &str, device: Device) {
            self.facts.devices.insert(connector.to_owned(), device);
        }

        fn see(&self, seen: &Seen, mode: Mode, session: Session) -> Monitor {
            let rules = Rules {
                mode,
                session,
                compositor: None,
                answer: &Answer::Asking,
                guess: Compositor::Unknown,
                overrides: &self.overrides,
            };
            let seen = std::slice::from_ref(seen);
            monitors(seen, &self.facts, rules, &mut Files::default()).remove(0)
        }
    }

    fn seen(edid: bool) -> Seen {
        let mut seen = by_connector("DP-1");
        if edid {
            let bytes = edid::tests::sample("U2516D", 7);
            seen.outputs[0].edid = Edid::parse(&bytes).map(Arc::new);
        }
        seen
    }

    fn md5() -> EdidMd5 {
        Edid::parse(&edid::tests::sample("U2516D", 7)).unwrap().md5
    }

    #[test]
    fn a_chosen_file_goes_before_colord_and_the_monitor_before_the_connector() {
        let mut world = World::new();
        let file = world.file("colord.icc", standard::ADOBE_RGB);
        world.device(
            "DP-1",
            Device {
                id: "xrandr-1".to_owned(),
                enabled: true,
                has_profile: true,
                file: Some(file),
                calibrating: false,
            },
        );
        let monitor = world.see(&seen(true), Mode::Auto, Session::X11);
        assert_eq!(monitor.source, Source::Colord);
        assert!(monitor.candidates[0].place.starts_with("xrandr-1: /"));
        for (key, space) in [
            (String::from("*"), standard::SRGB),
            (String::from("DP-1"), standard::DISPLAY_P3),
            (md5().to_string(), standard::SRGB),
        ] {
            let file = world.file(&key.replace('*', "all"), space);
            world.overrides.set(key.clone(), file);
            let monitor = world.see(&seen(true), Mode::Auto, Session::X11);
            assert_eq!(monitor.source, Source::Override, "{key}");
            assert_eq!(monitor.profile, space.profile().unwrap(), "{key}");
            assert!(monitor.disagreements[0].meant);
        }
        // Another monitor at the same connector.
        let monitor = world.see(&seen(false), Mode::Auto, Session::X11);
        assert_eq!(monitor.profile, standard::DISPLAY_P3.profile().unwrap());
    }

    #[test]
    fn what_colord_can_not_give_is_told() {
        let mut world = World::new();
        let mut device = Device {
            enabled: true,
            has_profile: true,
            ..Device::default()
        };
        world.device("DP-1", device.clone());
        let monitor = world.see(&seen(false), Mode::Auto, Session::X11);
        assert_eq!(monitor.candidates[0].found, Err(SourceRefusal::NoFile));
        assert_eq!(
            (monitor.source, &monitor.profile),
            (Source::Srgb, &Profile::srgb())
        );
        device.file = Some("/nowhere/at.icc".into());
        world.device("DP-1", device.clone());
        let monitor = world.see(&seen(false), Mode::Auto, Session::X11);
        let found = monitor.candidates[0].found.as_ref();
        assert!(found.unwrap_err().to_string().contains("No such file"));
        device.enabled = false;
        world.device("DP-1", device);
        let monitor = world.see(&seen(false), Mode::Auto, Session::X11);
        assert_eq!(monitor.candidates[0].found, Err(SourceRefusal::Disabled));
    }

    #[test]
    fn a_calibration_takes_the_profile_out() {
        let mut world = World::new();
        world.device(
            "DP-1",
            Device {
                enabled: true,
                calibrating: true,
                ..Device::default()
            },
        );
        let monitor = world.see(&seen(false), Mode::Always, Session::X11);
        assert_eq!(monitor.in_force.why, Why::Calibrating);
        assert_eq!(monitor.target(), None);
    }

    #[test]
    fn xwayland_is_srgb_unless_the_person_insists() {
        let mut world = World::new();
        let file = world.file("own.icc", standard::DISPLAY_P3);
        world.overrides.set("DP-1".to_owned(), file);
        let auto = world.see(&seen(false), Mode::Auto, Session::Xwayland);
        assert_eq!(auto.in_force.target, Target::Srgb);
        assert_eq!(auto.target(), Some(Profile::srgb()));
        let always = world.see(&seen(false), Mode::Always, Session::Xwayland);
        assert_eq!(
            always.target(),
            Some(standard::DISPLAY_P3.profile().unwrap())
        );
    }
}
