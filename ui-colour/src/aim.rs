// SPDX-License-Identifier: GPL-3.0-or-later
//! What pictures are converted to: the monitor's profile by what the person wants.

use std::sync::Arc;

use oriel_colour::monitor::{Monitor, Monitors};
use oriel_colour::profile::{Intent, Profile};
use oriel_colour::transform::Recipe;
use tokio::sync::watch;

use super::place::Place;
use super::settings::ColourSettings;

/// What the pictures of a window are converted to now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aim {
    /// The profile of the monitor that the larger part of the window is on; `None` where values
    /// are to go out as they are.
    pub target: Option<Profile>,
    /// What happens to colours that the monitor can't show.
    pub intent: Intent,
    /// Whether black becomes the monitor's black.
    pub black_point: bool,
    /// The monitor's name.
    pub monitor: String,
    /// Counts the changes.
    pub serial: u64,
}

impl Aim {
    /// The way from a picture's profile to the monitor's; `None` where there is none to go.
    pub fn recipe(&self, source: Profile) -> Option<Recipe> {
        let target = self.target.clone()?;
        Some(Recipe {
            intent: self.intent,
            black_point: self.black_point,
            ..Recipe::new(source, target)
        })
    }

    fn of(monitors: &Monitors, settings: &ColourSettings, place: &Place) -> Self {
        let monitor = place.monitor(monitors);
        Self {
            target: monitor.and_then(Monitor::target),
            intent: settings.intent,
            black_point: settings.black_point,
            monitor: monitor.map(|it| it.name.clone()).unwrap_or_default(),
            serial: 0,
        }
    }
}

/// Keeps the aim of a window true, until nobody wants it any more.
pub(super) async fn run(
    mut monitors: watch::Receiver<Arc<Monitors>>,
    mut settings: watch::Receiver<ColourSettings>,
    mut place: watch::Receiver<Place>,
    aims: watch::Sender<Arc<Aim>>,
) {
    // Who says nothing any more (a watcher that could not be started, a window that is gone) is
    // not asked again.
    let (mut watched, mut placed) = (true, true);
    loop {
        let now = Aim::of(
            &monitors.borrow_and_update(),
            &settings.borrow_and_update(),
            &place.borrow_and_update(),
        );
        aims.send_if_modified(|aim| {
            let serial = aim.serial;
            let changed = **aim
                != Aim {
                    serial,
                    ..now.clone()
                };
            if changed {
                *aim = Arc::new(Aim {
                    serial: serial + 1,
                    ..now
                });
            }
            changed
        });
        tokio::select! {
            changed = monitors.changed(), if watched => watched = changed.is_ok(),
            changed = place.changed(), if placed => placed = changed.is_ok(),
            changed = settings.changed() => if changed.is_err() { return },
            () = aims.closed() => return,
        }
    }
}
