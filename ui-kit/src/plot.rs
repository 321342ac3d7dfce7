// SPDX-License-Identifier: GPL-3.0-or-later
//! Lines drawn into a picture: what graphs and sparklines have in common.
//!
//! A plot is a paintable and not a drawing area, because a picture is the one widget of GTK 4.8
//! whose accessible name can be changed later. It is drawn again when its lines change, and at no
//! other time. Colours are those of the picture's style: the accent's for the first line, another
//! and dashes for the second, so that nobody has to tell them apart by colour.

use relm4::gtk;
use relm4::gtk::gdk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;

/// A place in a plot: 0, 0 is at the lower left, 1, 1 at the upper right.
pub type Point = (f32, f32);

/// Points that belong together, from left to right, in pieces: between two pieces nothing is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line(pub Vec<Vec<Point>>);

mod imp {
    use std::cell::{Cell, RefCell};

    use relm4::gtk::subclass::prelude::*;
    use relm4::gtk::{cairo, gdk, glib, graphene};

    use super::{Line, draw};

    /// The state of a plot.
    #[derive(Debug, Default)]
    pub struct Plot {
        pub lines: RefCell<Vec<Line>>,
        pub grid: Cell<bool>,
        pub picture: glib::WeakRef<relm4::gtk::Picture>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Plot {
        const NAME: &'static str = "OrielPlot";
        type Type = super::Plot;
        type Interfaces = (gdk::Paintable,);
    }

    impl ObjectImpl for Plot {}

    impl PaintableImpl for Plot {
        fn snapshot(&self, snapshot: &gdk::Snapshot, width: f64, height: f64) {
            use relm4::gtk::prelude::*;
            let Some(picture) = self.picture.upgrade() else {
                return;
            };
            let Some(snapshot) = snapshot.downcast_ref::<relm4::gtk::Snapshot>() else {
                return;
            };
            #[allow(clippy::cast_possible_truncation)]
            let area = graphene::Rect::new(0.0, 0.0, width as f32, height as f32);
            let context: cairo::Context = snapshot.append_cairo(&area);
            let colours = super::Colours::of(&picture);
            let lines = self.lines.borrow();
            // A surface that can't be drawn to shows nothing; there is nobody to tell.
            let _ = draw(&context, (width, height), &lines, self.grid.get(), &colours);
        }
    }
}

glib::wrapper! {
    /// The paintable of a graph.
    pub struct Plot(ObjectSubclass<imp::Plot>) @implements gdk::Paintable;
}

impl Plot {
    /// A plot, and the picture that shows it. With `grid`, a quarter of the height is marked by
    /// faint lines.
    pub fn new(grid: bool) -> (Self, gtk::Picture) {
        let plot: Self = glib::Object::new();
        let picture = gtk::Picture::builder()
            .paintable(&plot)
            .can_shrink(true)
            .content_fit(gtk::ContentFit::Fill)
            .accessible_role(gtk::AccessibleRole::Img)
            .build();
        picture.add_css_class("plot");
        plot.imp().grid.set(grid);
        plot.imp().picture.set(Some(&picture));
        (plot, picture)
    }

    /// Shows these lines; draws only if they differ from those on show.
    pub fn show(&self, lines: Vec<Line>) {
        if *self.imp().lines.borrow() == lines {
            return;
        }
        self.imp().lines.replace(lines);
        self.invalidate_contents();
    }
}

/// The colours of a plot.
#[derive(Debug)]
struct Colours {
    text: gdk::RGBA,
    lines: [gdk::RGBA; 2],
}

impl Colours {
    fn of(picture: &gtk::Picture) -> Self {
        let style = picture.style_context();
        let text = style.color();
        let named = |name| style.lookup_color(name).unwrap_or(text);
        Self {
            text,
            lines: [named("accent_color"), named("oriel_second_color")],
        }
    }
}

fn draw(
    context: &gtk::cairo::Context,
    (width, height): (f64, f64),
    lines: &[Line],
    grid: bool,
    colours: &Colours,
) -> Result<(), gtk::cairo::Error> {
    let use_colour = |colour: &gdk::RGBA, alpha: f64| {
        let [red, green, blue] = [colour.red(), colour.green(), colour.blue()].map(f64::from);
        context.set_source_rgba(red, green, blue, alpha * f64::from(colour.alpha()));
    };
    if grid {
        use_colour(&colours.text, 0.1);
        context.set_line_width(1.0);
        for quarter in 0..=4 {
            let y = (height * f64::from(quarter) / 4.0)
                .round()
                .min(height - 1.0)
                + 0.5;
            context.move_to(0.0, y);
            context.line_to(width, y);
        }
        context.stroke()?;
    }
    // Half a line's width is kept free above and below.
    let place = |(x, y): Point| {
        let y = f64::from(y.clamp(0.0, 1.0));
        (f64::from(x) * width, 1.0 + (1.0 - y) * (height - 2.0))
    };
    for (number, (line, colour)) in lines.iter().zip(&colours.lines).enumerate() {
        context.set_line_width(1.5);
        context.set_line_join(gtk::cairo::LineJoin::Round);
        context.set_dash(if number == 0 { &[] } else { &[4.0, 3.0] }, 0.0);
        for piece in &line.0 {
            let (Some(first), Some(last)) = (piece.first(), piece.last()) else {
                continue;
            };
            for point in piece {
                let (x, y) = place(*point);
                context.line_to(x, y);
            }
            use_colour(colour, 1.0);
            if number > 0 {
                context.stroke()?;
                continue;
            }
            context.stroke_preserve()?;
            context.line_to(place(*last).0, height);
            context.line_to(place(*first).0, height);
            context.close_path();
            use_colour(colour, 0.2);
            context.fill()?;
        }
    }
    Ok(())
}
