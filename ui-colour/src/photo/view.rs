// SPDX-License-Identifier: GPL-3.0-or-later
//! The place where a photo is seen: scrolled, dragged, zoomed.
//!
//! The painted part is a texture with a pixel for each of the screen's; it lies in a field as large
//! as the whole zoomed photo.

use std::cell::Cell;

use oriel_colour::picture::Part;
use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::{gettext, gettext_f};
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, gio, glib, graphene, gsk};
use relm4::{Sender, adw, gtk};

use super::messages::{Painted, PhotoMsg};
use super::zoom::{Step, float, number};

/// How far an arrow key moves, in pixels of the application.
const ARROW: f64 = 80.0;

/// The widgets, and what is painted.
#[derive(Debug)]
pub struct View {
    /// All of it.
    pub scroller: gtk::ScrolledWindow,
    /// The buttons for the zoom.
    pub controls: gtk::Box,
    field: gtk::Fixed,
    picture: gtk::Picture,
    percent: gtk::Label,
    painted: Cell<(Part, f64)>,
    /// The zoom of the layout.
    zoom: Cell<f64>,
}

impl View {
    pub(super) fn new(input: &Sender<PhotoMsg>) -> Self {
        // Its name is its alternative text.
        let picture = gtk::Picture::builder().can_shrink(false).build();
        let field = gtk::Fixed::builder()
            .halign(gtk::Align::Center)
            .valign(gtk::Align::Center)
            .build();
        field.put(&picture, 0.0, 0.0);
        let scroller: gtk::ScrolledWindow = a11y::named(
            "GtkScrolledWindow",
            &gettext("Photo, to be moved by arrow keys"),
        );
        scroller.set_child(Some(&field));
        scroller.set_focusable(true);
        scroller.add_css_class("photo-view");
        for adjustment in [scroller.hadjustment(), scroller.vadjustment()] {
            let out = input.clone();
            adjustment.connect_changed(move |_| out.emit(PhotoMsg::Seen));
            let out = input.clone();
            adjustment.connect_value_changed(move |_| out.emit(PhotoMsg::Seen));
        }
        scroller.add_controller(arrows(input));
        scroller.add_controller(drag(&scroller));
        scroller.add_controller(wheel(input));
        let (controls, percent) = controls(input);
        Self {
            scroller,
            controls,
            field,
            picture,
            percent,
            painted: Cell::default(),
            zoom: Cell::new(1.0),
        }
    }

    /// The name for those who don't see it.
    pub(super) fn describe(&self, name: &str) {
        self.picture.set_alternative_text(Some(name));
    }

    /// Forgets what is painted.
    pub(super) fn clear(&self) {
        self.picture.set_paintable(gdk::Paintable::NONE);
        self.painted.set(<(Part, f64)>::default());
    }

    fn scale(&self) -> f64 {
        f64::from(self.scroller.scale_factor().max(1))
    }

    /// How much of the screen there is, in its pixels.
    pub(super) fn place(&self) -> (f64, f64) {
        let scale = self.scale();
        (
            self.scroller.hadjustment().page_size() * scale,
            self.scroller.vadjustment().page_size() * scale,
        )
    }

    /// Where what is in sight begins, in pixels of the screen.
    pub(super) fn from(&self) -> (f64, f64) {
        let scale = self.scale();
        (
            self.scroller.hadjustment().value() * scale,
            self.scroller.vadjustment().value() * scale,
        )
    }

    /// Makes room for a zoomed photo of this size in pixels of the screen. What was in the middle
    /// stays there.
    pub(super) fn lay_out(&self, zoom: f64, (width, height): (f64, f64)) {
        let scale = self.scale();
        let (width, height) = (width.round() / scale, height.round() / scale);
        let before = self.zoom.replace(zoom);
        let sides = [
            (self.scroller.hadjustment(), width),
            (self.scroller.vadjustment(), height),
        ];
        for (adjustment, length) in sides {
            let page = adjustment.page_size();
            let middle = adjustment.value() + page / 2.0;
            let value = middle * zoom / before - page / 2.0;
            let upper = length.max(page);
            if (adjustment.upper() - upper).abs() > 0.5 {
                adjustment.set_upper(upper);
            }
            if (before - zoom).abs() > f64::EPSILON {
                adjustment.set_value(value.clamp(0.0, (upper - page).max(0.0)));
            }
        }
        let side = |length: f64| i32::try_from(number(length.floor())).unwrap_or(i32::MAX);
        self.field.set_size_request(side(width), side(height));
        self.place_picture();
        let percent = number(zoom * 100.0).max(1).to_string();
        self.percent
            .set_label(&gettext_f("{number} %", &[("number", &percent)]));
    }

    /// Shows a painted part.
    pub(super) fn show(&self, painted: &Painted) {
        self.painted.set((painted.part, painted.zoom));
        self.picture.set_paintable(painted.texture.as_ref());
        self.place_picture();
    }

    /// Puts the painted part where it belongs; one of another zoom is stretched until there is a
    /// better one.
    fn place_picture(&self) {
        let (part, zoom) = self.painted.get();
        if zoom <= 0.0 {
            return;
        }
        let stretch = self.zoom.get() / zoom;
        let scale = self.scale();
        let x = narrow(float(part.x) * stretch / scale);
        let y = narrow(float(part.y) * stretch / scale);
        let size = narrow(stretch / scale);
        let transform = gsk::Transform::new()
            .translate(&graphene::Point::new(x, y))
            .scale(size, size);
        self.field
            .set_child_transform(&self.picture, Some(&transform));
    }

    /// Whether what is in sight is painted at this zoom.
    pub(super) fn is_painted(&self, zoom: f64) -> bool {
        let (part, painted) = self.painted.get();
        let ((width, height), (x, y)) = (self.place(), self.from());
        let whole = |adjustment: gtk::Adjustment| adjustment.upper() * self.scale();
        let covers = |begin: usize, length: usize, from: f64, seen: f64, whole: f64| {
            let end = float(begin + length);
            float(begin) <= from + 1.0 && (end + 1.5 >= from + seen || end + 1.5 >= whole)
        };
        let small = |length: f64, place: f64| length <= place + 1.5;
        (painted - zoom).abs() < 1e-9
            && (small(whole(self.scroller.hadjustment()), width)
                || covers(
                    part.x,
                    part.width,
                    x,
                    width,
                    whole(self.scroller.hadjustment()),
                ))
            && (small(whole(self.scroller.vadjustment()), height)
                || covers(
                    part.y,
                    part.height,
                    y,
                    height,
                    whole(self.scroller.vadjustment()),
                ))
    }

    /// Moves what is in sight.
    pub(super) fn pan(&self, x: f64, y: f64) {
        for (adjustment, by) in [
            (self.scroller.hadjustment(), x),
            (self.scroller.vadjustment(), y),
        ] {
            adjustment.set_value(adjustment.value() + by);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a place on the screen, for GSK"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// The buttons for the zoom, and the label with its number.
fn controls(input: &Sender<PhotoMsg>) -> (gtk::Box, gtk::Label) {
    let bar = gtk::Box::builder()
        .halign(gtk::Align::End)
        .valign(gtk::Align::End)
        .margin_end(12)
        .margin_bottom(12)
        .spacing(3)
        .build();
    bar.add_css_class("osd");
    bar.add_css_class("toolbar");
    let button = |icon: &str, name: &str, step: Step| {
        let button = a11y::icon_button(icon, name);
        let out = input.clone();
        button.connect_clicked(move |_| out.emit(PhotoMsg::Zoom(step)));
        button
    };
    let percent = gtk::Label::builder().width_chars(6).build();
    percent.add_css_class("numeric");
    bar.append(&button("zoom-out-symbolic", &gettext("Smaller"), Step::Out));
    bar.append(&percent);
    bar.append(&button("zoom-in-symbolic", &gettext("Larger"), Step::In));
    bar.append(&button(
        "zoom-fit-best-symbolic",
        &gettext("Fit to the window"),
        Step::Fit,
    ));
    bar.append(&button(
        "zoom-original-symbolic",
        &gettext("Full size"),
        Step::Whole,
    ));
    (bar, percent)
}

/// Arrow keys move the photo, while it has the focus.
fn arrows(input: &Sender<PhotoMsg>) -> gtk::ShortcutController {
    let keys = gtk::ShortcutController::new();
    for (key, x, y) in [
        (gdk::Key::Left, -ARROW, 0.0),
        (gdk::Key::Right, ARROW, 0.0),
        (gdk::Key::Up, 0.0, -ARROW),
        (gdk::Key::Down, 0.0, ARROW),
    ] {
        let out = input.clone();
        keys.add_shortcut(shortcut(key, gdk::ModifierType::empty(), move || {
            out.emit(PhotoMsg::Pan(x, y));
        }));
    }
    keys
}

fn shortcut(
    key: gdk::Key,
    modifiers: gdk::ModifierType,
    act: impl Fn() + 'static,
) -> gtk::Shortcut {
    gtk::Shortcut::new(
        Some(gtk::KeyvalTrigger::new(key, modifiers)),
        Some(gtk::CallbackAction::new(move |_, _| {
            act();
            glib::Propagation::Stop
        })),
    )
}

/// The keys of the whole window.
pub(super) fn add_keys(root: &adw::Window, input: &Sender<PhotoMsg>) {
    let keys = gtk::ShortcutController::new();
    keys.set_scope(gtk::ShortcutScope::Global);
    let (none, control) = (gdk::ModifierType::empty(), gdk::ModifierType::CONTROL_MASK);
    for (key, modifiers, step) in [
        (gdk::Key::plus, none, Step::In),
        (gdk::Key::plus, control, Step::In),
        (gdk::Key::equal, control, Step::In),
        (gdk::Key::KP_Add, none, Step::In),
        (gdk::Key::minus, none, Step::Out),
        (gdk::Key::minus, control, Step::Out),
        (gdk::Key::KP_Subtract, none, Step::Out),
        (gdk::Key::_0, none, Step::Fit),
        (gdk::Key::_0, control, Step::Fit),
        (gdk::Key::_1, none, Step::Whole),
        (gdk::Key::_1, control, Step::Whole),
    ] {
        let out = input.clone();
        keys.add_shortcut(shortcut(key, modifiers, move || {
            out.emit(PhotoMsg::Zoom(step));
        }));
    }
    let out = input.clone();
    keys.add_shortcut(shortcut(gdk::Key::o, control, move || {
        out.emit(PhotoMsg::Open);
    }));
    keys.add_shortcut(gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string("<Control>w"),
        Some(gtk::NamedAction::new("window.close")),
    ));
    root.add_controller(keys);
}

/// A dropped photo is shown.
pub(super) fn add_drop(root: &adw::Window, input: &Sender<PhotoMsg>) {
    let drop = gtk::DropTarget::new(gdk::FileList::static_type(), gdk::DragAction::COPY);
    let out = input.clone();
    drop.connect_drop(move |_, value, _, _| {
        let files = value.get::<gdk::FileList>().map(|list| list.files());
        let mut paths = files
            .into_iter()
            .flatten()
            .filter_map(|file| gio::prelude::FileExt::path(&file));
        match paths.next() {
            Some(path) => {
                out.emit(PhotoMsg::Load(path));
                true
            }
            None => false,
        }
    });
    root.add_controller(drop);
}

/// The photo follows the mouse that drags it.
fn drag(scroller: &gtk::ScrolledWindow) -> gtk::GestureDrag {
    let drag = gtk::GestureDrag::new();
    let start = std::rc::Rc::new(Cell::new((0.0, 0.0)));
    let (weak, from) = (scroller.downgrade(), start.clone());
    drag.connect_drag_begin(move |_, _, _| {
        if let Some(scroller) = weak.upgrade() {
            from.set((
                scroller.hadjustment().value(),
                scroller.vadjustment().value(),
            ));
            scroller.grab_focus();
            scroller.set_cursor_from_name(Some("grabbing"));
        }
    });
    let weak = scroller.downgrade();
    drag.connect_drag_update(move |_, x, y| {
        if let Some(scroller) = weak.upgrade() {
            let (left, top) = start.get();
            scroller.hadjustment().set_value(left - x);
            scroller.vadjustment().set_value(top - y);
        }
    });
    let weak = scroller.downgrade();
    drag.connect_drag_end(move |_, _, _| {
        if let Some(scroller) = weak.upgrade() {
            scroller.set_cursor_from_name(None);
        }
    });
    drag
}

/// The wheel zooms while Ctrl is held.
fn wheel(input: &Sender<PhotoMsg>) -> gtk::EventControllerScroll {
    let wheel = gtk::EventControllerScroll::new(
        gtk::EventControllerScrollFlags::VERTICAL | gtk::EventControllerScrollFlags::DISCRETE,
    );
    wheel.set_propagation_phase(gtk::PropagationPhase::Capture);
    let out = input.clone();
    wheel.connect_scroll(move |wheel, _, y| {
        let state = wheel.current_event_state();
        if !state.contains(gdk::ModifierType::CONTROL_MASK) || y == 0.0 {
            return glib::Propagation::Proceed;
        }
        out.emit(PhotoMsg::Zoom(if y < 0.0 { Step::In } else { Step::Out }));
        glib::Propagation::Stop
    });
    wheel
}
