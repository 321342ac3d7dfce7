// SPDX-License-Identifier: GPL-3.0-or-later
//! Whether a widget can be seen: it is on the page in front, in a window that is neither hidden
//! nor minimised. What costs something for the eye alone goes by it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use relm4::gtk::prelude::*;
use relm4::gtk::{self, gdk, glib};

/// Tells `then` whenever the widget comes into sight or leaves it.
pub fn follow(widget: &impl IsA<gtk::Widget>, then: impl Fn(bool) + 'static) {
    let state = Rc::new(State {
        seen: Cell::new(false),
        then: Box::new(then),
        surface: RefCell::default(),
    });
    widget.connect_map(glib::clone!(
        #[strong]
        state,
        move |widget| {
            state.listen(widget.upcast_ref());
            state.look(widget.upcast_ref());
        }
    ));
    widget.connect_unmap(move |_| {
        state.surface.take();
        state.tell(false);
    });
}

struct State {
    seen: Cell<bool>,
    then: Box<dyn Fn(bool)>,
    /// What listens to the window's surface while the widget is mapped.
    surface: RefCell<Option<Listener>>,
}

/// Handlers that go with it.
struct Listener {
    surface: gdk::Surface,
    handlers: Vec<glib::SignalHandlerId>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            self.surface.disconnect(handler);
        }
    }
}

impl State {
    fn listen(self: &Rc<Self>, widget: &gtk::Widget) {
        let Some(surface) = widget.native().and_then(|native| native.surface()) else {
            return;
        };
        let look = |widget: &gtk::Widget| {
            let (state, widget) = (Rc::downgrade(self), widget.downgrade());
            move || {
                if let (Some(state), Some(widget)) = (state.upgrade(), widget.upgrade()) {
                    state.look(&widget);
                }
            }
        };
        let again = look(widget);
        let mut handlers = vec![surface.connect_mapped_notify(move |_| again())];
        if let Some(toplevel) = surface.downcast_ref::<gdk::Toplevel>() {
            let again = look(widget);
            handlers.push(toplevel.connect_state_notify(move |_| again()));
        }
        self.surface.replace(Some(Listener { surface, handlers }));
    }

    fn look(&self, widget: &gtk::Widget) {
        let surface = widget.native().and_then(|native| native.surface());
        let shown = surface.is_some_and(|surface| {
            let minimised = surface
                .downcast_ref::<gdk::Toplevel>()
                .is_some_and(|top| top.state().contains(gdk::ToplevelState::MINIMIZED));
            surface.is_mapped() && !minimised
        });
        self.tell(widget.is_mapped() && shown);
    }

    fn tell(&self, seen: bool) {
        if self.seen.replace(seen) != seen {
            (self.then)(seen);
        }
    }
}
