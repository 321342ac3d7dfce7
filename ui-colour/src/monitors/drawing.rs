// SPDX-License-Identifier: GPL-3.0-or-later
//! A picture that is drawn by a function: what diagrams, curves and test pictures have in common.
//!
//! A paintable in a picture and no drawing area, because a picture is the one widget of GTK 4.8
//! whose accessible name can be changed later.

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{gdk, glib, graphene, pango};

mod imp {
    use std::cell::RefCell;
    use std::fmt;

    use relm4::gtk;
    use relm4::gtk::subclass::prelude::*;
    use relm4::gtk::{gdk, glib};

    use super::Draw;

    /// The state of a drawing.
    #[derive(Default)]
    pub struct Drawing {
        pub draw: RefCell<Option<Draw>>,
        pub picture: glib::WeakRef<gtk::Picture>,
    }

    impl fmt::Debug for Drawing {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Drawing").finish_non_exhaustive()
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Drawing {
        const NAME: &'static str = "OrielDrawing";
        type Type = super::Drawing;
        type Interfaces = (gdk::Paintable,);
    }

    impl ObjectImpl for Drawing {}

    impl PaintableImpl for Drawing {
        fn snapshot(&self, snapshot: &gdk::Snapshot, width: f64, height: f64) {
            use relm4::gtk::prelude::*;
            let snapshot = snapshot.downcast_ref::<gtk::Snapshot>();
            let (Some(snapshot), Some(picture)) = (snapshot, self.picture.upgrade()) else {
                return;
            };
            if let Some(draw) = &*self.draw.borrow() {
                let canvas = super::Canvas {
                    snapshot,
                    picture: &picture,
                    width,
                    height,
                };
                draw(&canvas);
            }
        }
    }
}

glib::wrapper! {
    /// The paintable of a drawing.
    pub struct Drawing(ObjectSubclass<imp::Drawing>) @implements gdk::Paintable;
}

/// What draws.
pub type Draw = Box<dyn Fn(&Canvas<'_>)>;

/// Where it draws.
#[derive(Debug)]
pub struct Canvas<'a> {
    /// What is drawn to.
    pub snapshot: &'a gtk::Snapshot,
    /// The widget, for its colours and its font.
    pub picture: &'a gtk::Picture,
    /// The width, in pixels.
    pub width: f64,
    /// The height, in pixels.
    pub height: f64,
}

/// Which point of a text lies at a place: 0 is its left or upper end, 1 the other one.
pub type Anchor = (f32, f32);

impl Drawing {
    /// A drawing of that height, and the picture that shows it.
    pub fn new(height: i32) -> (Self, gtk::Picture) {
        let drawing: Self = glib::Object::new();
        let picture = gtk::Picture::builder()
            .paintable(&drawing)
            .can_shrink(true)
            .content_fit(gtk::ContentFit::Fill)
            .accessible_role(gtk::AccessibleRole::Img)
            .height_request(height)
            .build();
        drawing.imp().picture.set(Some(&picture));
        (drawing, picture)
    }

    /// Draws this from now on; `name` says the same in words.
    pub fn show(&self, name: &str, draw: Draw) {
        self.imp().draw.replace(Some(draw));
        self.invalidate_contents();
        if let Some(picture) = self.imp().picture.upgrade()
            && picture.alternative_text().as_deref() != Some(name)
        {
            picture.set_alternative_text(Some(name));
        }
    }
}

impl Canvas<'_> {
    /// A context for lines, over all of it.
    pub fn cairo(&self) -> gtk::cairo::Context {
        self.snapshot
            .append_cairo(&rectangle(0.0, 0.0, self.width, self.height))
    }

    /// The colour of texts.
    pub fn text_colour(&self) -> gdk::RGBA {
        self.picture.style_context().color()
    }

    /// A colour of the style by its name; that of texts where it has none.
    pub fn colour(&self, name: &str) -> gdk::RGBA {
        let style = self.picture.style_context();
        style.lookup_color(name).unwrap_or_else(|| style.color())
    }

    /// A small text at a place.
    pub fn text(&self, text: &str, (x, y): (f64, f64), anchor: Anchor, colour: &gdk::RGBA) {
        let layout = self.picture.create_pango_layout(Some(text));
        let attributes = pango::AttrList::new();
        attributes.insert(pango::AttrFloat::new_scale(0.8));
        layout.set_attributes(Some(&attributes));
        let (width, height) = layout.pixel_size();
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "places of pixels"
        )]
        let place = graphene::Point::new(
            (x as f32 - width as f32 * anchor.0).round(),
            (y as f32 - height as f32 * anchor.1).round(),
        );
        self.snapshot.save();
        self.snapshot.translate(&place);
        self.snapshot.append_layout(&layout, colour);
        self.snapshot.restore();
    }

    /// A rectangle of one colour.
    pub fn fill(&self, colour: &gdk::RGBA, x: f64, y: f64, width: f64, height: f64) {
        self.snapshot
            .append_color(colour, &rectangle(x, y, width, height));
    }
}

/// Takes a colour for what is drawn next.
pub fn use_colour(context: &gtk::cairo::Context, colour: &gdk::RGBA, alpha: f64) {
    let [red, green, blue] = [colour.red(), colour.green(), colour.blue()].map(f64::from);
    context.set_source_rgba(red, green, blue, alpha * f64::from(colour.alpha()));
}

#[allow(clippy::cast_possible_truncation, reason = "places of pixels")]
fn rectangle(x: f64, y: f64, width: f64, height: f64) -> graphene::Rect {
    graphene::Rect::new(x as f32, y as f32, width as f32, height as f32)
}
