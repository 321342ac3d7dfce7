// SPDX-License-Identifier: GPL-3.0-or-later
//! Where a window is.

use gdk4_x11::X11Surface;
use oriel_colour::monitor::{self, Area, Monitor, Monitors};
use relm4::gtk;
use relm4::gtk::gdk;
use relm4::gtk::prelude::*;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// Where a window is, as far as the display server tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// It is nowhere yet.
    #[default]
    Unknown,
    /// On X11: its place on the screen.
    Area(Area),
    /// On Wayland: the connector of the monitor that it is on. Which one has the larger part is
    /// not told: it is the one that it came to last.
    Connector(String),
}

impl Place {
    /// The monitor there; the first one where the place says nothing.
    pub(super) fn monitor<'m>(&self, monitors: &'m Monitors) -> Option<&'m Monitor> {
        let found = match self {
            Self::Unknown => None,
            Self::Area(area) => monitors.at(*area),
            Self::Connector(name) => monitors.named(name),
        };
        found.or_else(|| monitors.at(Area::default()))
    }
}

/// Follows a window from monitor to monitor, from the moment it has a place.
pub(super) fn follow(
    window: &impl IsA<gtk::Window>,
    runtime: &Handle,
    places: watch::Sender<Place>,
) {
    let runtime = runtime.clone();
    let begin = move |window: &gtk::Window| {
        let Some(surface) = window.surface() else {
            return;
        };
        match surface.downcast::<X11Surface>() {
            Ok(surface) => follow_on_x11(&surface, &runtime, places.clone()),
            Err(surface) => follow_monitors(&surface, &places),
        }
    };
    let window = window.upcast_ref::<gtk::Window>();
    if window.is_realized() {
        begin(window);
    }
    window.connect_realize(begin);
}

fn follow_on_x11(surface: &X11Surface, runtime: &Handle, places: watch::Sender<Place>) {
    let Ok(id) = u32::try_from(surface.xid()) else {
        return;
    };
    let display = surface.display().name().to_string();
    let mut areas = monitor::follow_window(Some(display), id);
    runtime.spawn(async move {
        while areas.changed().await.is_ok() {
            let area = *areas.borrow_and_update();
            if places
                .send(area.map_or(Place::Unknown, Place::Area))
                .is_err()
            {
                return;
            }
        }
    });
}

fn follow_monitors(surface: &gdk::Surface, places: &watch::Sender<Place>) {
    let tell = {
        let places = places.clone();
        move |surface: &gdk::Surface| {
            let monitor = surface.display().monitor_at_surface(surface);
            let connector = monitor.and_then(|monitor| monitor.connector());
            let place = connector.map_or(Place::Unknown, |name| Place::Connector(name.into()));
            places.send_replace(place);
        }
    };
    tell(surface);
    let entered = tell.clone();
    surface.connect_enter_monitor(move |surface, _| entered(surface));
    surface.connect_leave_monitor(move |surface, _| tell(surface));
}
