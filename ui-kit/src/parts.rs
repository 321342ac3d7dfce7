// SPDX-License-Identifier: GPL-3.0-or-later
//! A bar that is divided among several, one of whom it is about.

use relm4::gtk;
use relm4::gtk::gdk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;

/// Space between two parts, in pixels.
const GAP: f32 = 2.0;

mod imp {
    use std::cell::RefCell;

    use relm4::gtk::subclass::prelude::*;
    use relm4::gtk::{gdk, glib};

    /// The state of a bar.
    #[derive(Debug, Default)]
    pub struct Parts {
        pub shown: RefCell<Vec<f32>>,
        pub picture: glib::WeakRef<relm4::gtk::Picture>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Parts {
        const NAME: &'static str = "OrielParts";
        type Type = super::Parts;
        type Interfaces = (gdk::Paintable,);
    }

    impl ObjectImpl for Parts {}

    impl PaintableImpl for Parts {
        fn snapshot(&self, snapshot: &gdk::Snapshot, width: f64, height: f64) {
            use relm4::gtk::prelude::*;
            let snapshot = snapshot.downcast_ref::<relm4::gtk::Snapshot>();
            if let (Some(snapshot), Some(picture)) = (snapshot, self.picture.upgrade()) {
                #[allow(clippy::cast_possible_truncation)]
                super::draw(
                    snapshot,
                    &picture,
                    (width as f32, height as f32),
                    &self.shown.borrow(),
                );
            }
        }
    }
}

glib::wrapper! {
    /// The paintable of a divided bar.
    pub struct Parts(ObjectSubclass<imp::Parts>) @implements gdk::Paintable;
}

/// A divided bar. The first part is the one that it is about, and has the accent's colour.
#[derive(Clone, Debug)]
pub struct PartsBar {
    parts: Parts,
    picture: gtk::Picture,
}

impl Default for PartsBar {
    fn default() -> Self {
        Self::new()
    }
}

impl PartsBar {
    /// An empty bar.
    pub fn new() -> Self {
        let parts: Parts = glib::Object::new();
        let picture = gtk::Picture::builder()
            .paintable(&parts)
            .can_shrink(true)
            .content_fit(gtk::ContentFit::Fill)
            .accessible_role(gtk::AccessibleRole::Img)
            .height_request(18)
            .overflow(gtk::Overflow::Hidden)
            .css_classes(["parts"])
            .build();
        parts.imp().picture.set(Some(&picture));
        Self { parts, picture }
    }

    /// The widget.
    pub fn widget(&self) -> &gtk::Picture {
        &self.picture
    }

    /// Shows these parts of 1; `name` says the same in words.
    pub fn show(&self, parts: Vec<f32>, name: &str) {
        if *self.parts.imp().shown.borrow() != parts {
            self.parts.imp().shown.replace(parts);
            self.parts.invalidate_contents();
        }
        if self.picture.alternative_text().as_deref() != Some(name) {
            self.picture.set_alternative_text(Some(name));
        }
    }
}

fn draw(
    snapshot: &gtk::Snapshot,
    picture: &gtk::Picture,
    (width, height): (f32, f32),
    parts: &[f32],
) {
    let style = picture.style_context();
    let text = style.color();
    let own = style.lookup_color("accent_bg_color").unwrap_or(text);
    let mut x = 0.0;
    for (number, part) in parts.iter().enumerate() {
        let wide = part * width;
        let colour = match number {
            0 => own,
            odd if odd % 2 == 1 => text.with_alpha(0.4),
            _ => text.with_alpha(0.25),
        };
        // Even the smallest part is to be seen.
        let visible = (wide - GAP).max(1.0);
        snapshot.append_color(&colour, &gtk::graphene::Rect::new(x, 0.0, visible, height));
        x += wide;
    }
}
