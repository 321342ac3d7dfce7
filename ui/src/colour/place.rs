// SPDX-License-Identifier: GPL-3.0-or-later
//! Where a window is.

use gdk4_x11::X11Surface;
use oriel_colour::monitor::{self, Area};
use relm4::gtk;
use relm4::gtk::prelude::*;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// Follows a window from monitor to monitor, from the moment it has a place. On Wayland no program
/// knows where its windows are; there the first monitor counts.
pub(super) fn follow(
    window: &impl IsA<gtk::Window>,
    runtime: &Handle,
    areas: watch::Sender<Option<Area>>,
) {
    let runtime = runtime.clone();
    let begin = move |window: &gtk::Window| {
        let surface = window.surface().and_downcast::<X11Surface>();
        let Some(id) = surface.and_then(|surface| u32::try_from(surface.xid()).ok()) else {
            return;
        };
        let display = gtk::prelude::WidgetExt::display(window).name().to_string();
        let mut places = monitor::follow_window(Some(display), id);
        let areas = areas.clone();
        runtime.spawn(async move {
            while places.changed().await.is_ok() {
                let area = *places.borrow_and_update();
                if areas.send(area).is_err() {
                    return;
                }
            }
        });
    };
    let window = window.upcast_ref::<gtk::Window>();
    if window.is_realized() {
        begin(window);
    }
    window.connect_realize(begin);
}
