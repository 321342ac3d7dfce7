// SPDX-License-Identifier: GPL-3.0-or-later
//! Acting on what the windows show: pressing, clicking, typing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests: what can't be done fails the test"
)]

use super::bus::{self, Reference};
use super::tree::Element;
use super::{App, PROPERTIES};

/// The interface of what has a value.
const VALUE: &str = "org.a11y.atspi.Value";

impl App {
    /// Does what an element is for, as a screen reader does: presses a button, ticks a box. GTK
    /// does it a moment later, and only once for two presses in a row: await the effect.
    ///
    /// # Panics
    ///
    /// Where the element has no action.
    #[track_caller]
    pub fn press(&self, element: &Element) {
        let done: Result<bool, _> = self.bus.call(
            &element.reference,
            "org.a11y.atspi.Action",
            "DoAction",
            &0i32,
        );
        assert_eq!(done, Ok(true), "pressing {}", element.dump());
    }

    /// Awaits a button of that name that can be used, and presses it.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn press_button(&self, name: &str) {
        self.press(&self.await_usable("button", name));
    }

    /// Opens the menu of a menu button, and chooses an entry.
    ///
    /// # Panics
    ///
    /// Where one of the two is not there.
    #[track_caller]
    pub fn choose(&self, menu: &str, entry: &str) {
        self.press_button(menu);
        self.press(&self.await_usable("menu item", entry));
    }

    /// Where on the screen an element of the window that has the focus is: x, y, width, height.
    ///
    /// # Panics
    ///
    /// Where it is gone.
    #[track_caller]
    pub fn place(&self, element: &Element) -> [i32; 4] {
        let front = self.window_of(element);
        self.place_in(front.extents, element.extents)
    }

    /// Where on the screen an element is now; none if it is gone. Asks for no more than its size
    /// and that of its window, which has the focus.
    pub fn place_now(&self, window: &Reference, element: &Reference) -> Option<[i32; 4]> {
        let extents = |one: &Reference| {
            let found: Result<((i32, i32, i32, i32),), _> =
                self.bus
                    .call(one, bus::COMPONENT, "GetExtents", &bus::OF_THE_WINDOW);
            found
                .ok()
                .map(|((x, y, width, height),)| [x, y, width, height])
        };
        Some(self.place_in(extents(window)?, extents(element)?))
    }

    /// Where on the screen a place in the window is that has the focus.
    fn place_in(&self, window: [i32; 4], [x, y, own_width, own_height]: [i32; 4]) -> [i32; 4] {
        let [left, top, width, height] = self.input.active_window().unwrap();
        // The frame that GTK draws around itself counts to the window, but not to its widgets.
        let frame = |outer: i32, inner: i32| (outer - inner) / 2;
        // GTK 4.18 counts from the window's inner edge, and tells of that edge what is beyond it;
        // what other widgets have around their content it leaves out, some points.
        [
            left + frame(width, window[2]) + x - 2 * window[0],
            top + frame(height, window[3]) + y - 2 * window[1],
            own_width,
            own_height,
        ]
    }

    /// The window that an element is in.
    #[track_caller]
    fn window_of(&self, element: &Element) -> Element {
        let tree = self.tree();
        let mut windows = tree.children.into_iter();
        let front =
            windows.find(|one| one.all().iter().any(|it| it.reference == element.reference));
        front.unwrap_or_else(|| panic!("it is gone: {}", element.dump()))
    }

    /// Clicks in the middle of an element of the window that has the focus.
    ///
    /// # Panics
    ///
    /// Where it is out of the window's sight.
    #[track_caller]
    pub fn click(&self, element: &Element) {
        let [left, top, inner_width, inner_height] = self.window_of(element).extents;
        let [x, y, width, height] = element.extents;
        let (x, y) = (x - left + width / 2, y - top + height / 2);
        assert!(
            (0..inner_width).contains(&x) && (0..inner_height).contains(&y),
            "{x}, {y} is not in the window: {}",
            element.dump()
        );
        let [left, top, width, height] = self.place(element);
        self.input.click(left + width / 2, top + height / 2, 1);
    }

    /// Opens a page of the guest on show by its button in the switcher.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn open_tab(&self, name: &str) {
        let tab = self.await_some(&format!("tab “{name}”"), |tree| {
            let mut all = tree.all().into_iter();
            all.find(|one| {
                one.showing
                    && one.label() == name
                    && ["tab", "toggle button", "radio"].contains(&one.role.as_str())
            })
            .cloned()
        });
        self.click(&tab);
    }

    /// Clicks at a row of a list, by its first text.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn click_row(&self, name: &str) {
        self.click(&self.await_one("list item", name));
    }

    /// Gives an element the keyboard's focus.
    ///
    /// # Panics
    ///
    /// Where it does not take it.
    #[track_caller]
    pub fn focus(&self, element: &Element) {
        let (interface, method) = ("org.a11y.atspi.Component", "GrabFocus");
        let done: Result<bool, _> = self.bus.call(&element.reference, interface, method, &());
        assert_eq!(done, Ok(true), "focus for {}", element.dump());
    }

    /// Types into an element instead of what stands there.
    ///
    /// # Panics
    ///
    /// Where it does not take the focus.
    #[track_caller]
    pub fn type_into(&self, element: &Element, text: &str) {
        self.focus(element);
        self.input.keys(&["ctrl+a"]);
        self.input.type_text(text);
    }

    /// The text in an entry.
    ///
    /// # Panics
    ///
    /// Where the element has none.
    #[track_caller]
    pub fn text(&self, element: &Element) -> String {
        let range = (0i32, -1i32);
        let (interface, method) = ("org.a11y.atspi.Text", "GetText");
        self.bus
            .call(&element.reference, interface, method, &range)
            .unwrap()
    }

    /// The value of a slider or a number.
    ///
    /// # Panics
    ///
    /// Where the element has none.
    #[track_caller]
    pub fn value(&self, element: &Element) -> f64 {
        let body = (VALUE, "CurrentValue");
        let got: Result<zbus::zvariant::OwnedValue, _> =
            self.bus.call(&element.reference, PROPERTIES, "Get", &body);
        got.unwrap().try_into().unwrap()
    }

    /// Moves a slider or a number, as a screen reader does.
    ///
    /// # Panics
    ///
    /// Where the element has no value.
    #[track_caller]
    pub fn set_value(&self, element: &Element, value: f64) {
        let body = (VALUE, "CurrentValue", zbus::zvariant::Value::from(value));
        let done: Result<(), _> = self.bus.call(&element.reference, PROPERTIES, "Set", &body);
        done.unwrap();
    }
}
