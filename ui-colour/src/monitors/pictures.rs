// SPDX-License-Identifier: GPL-3.0-or-later
//! Test pictures: fields of one colour each in rows, as they are and as the monitor is to get
//! them. What is to be seen in them is said below each.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oriel_colour::profile::Profile;
use oriel_colour::standard;
use oriel_colour::transform::{Transform, TransformError};
use oriel_ui_kit::i18n::{gettext, gettext_f, mark};
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, glib};
use relm4::{Sender, gtk};

use super::drawing::{Canvas, Drawing};
use super::messages::MonitorsMsg;
use super::rgb;
use crate::{Aim, Colours};

/// The space between both halves, in pixels.
const GAP: i32 = 8;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// Fields in rows. Rows may have different numbers of them.
pub type Fields = Vec<Vec<Rgb>>;

/// The figures of the 24 patches in sRGB that are published for the `ColorChecker` Classic.
const PATCHES: [[Rgb; 6]; 4] = [
    [
        [115, 82, 68],
        [194, 150, 130],
        [98, 122, 157],
        [87, 108, 67],
        [133, 128, 177],
        [103, 189, 170],
    ],
    [
        [214, 126, 44],
        [80, 91, 166],
        [193, 90, 99],
        [94, 60, 108],
        [157, 188, 64],
        [224, 163, 46],
    ],
    [
        [56, 61, 150],
        [70, 148, 73],
        [175, 54, 60],
        [231, 199, 31],
        [187, 86, 149],
        [8, 133, 161],
    ],
    [
        [243, 243, 242],
        [200, 200, 200],
        [160, 160, 160],
        [122, 122, 121],
        [85, 85, 85],
        [52, 52, 52],
    ],
];

/// Which test picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// Greys, the darkest, the lightest.
    Greys,
    /// One channel at a time, and two.
    Channels,
    /// Colours as they are in the world.
    Patches,
    /// A picture with exchanged channels beside its plain twin.
    Exchanged,
}

impl Test {
    /// All of them, from top to bottom.
    pub const ALL: [Self; 4] = [Self::Exchanged, Self::Greys, Self::Channels, Self::Patches];

    fn title(self) -> &'static str {
        match self {
            Self::Greys => mark("Grays"),
            Self::Channels => mark("Channels"),
            Self::Patches => mark("Patches"),
            Self::Exchanged => mark("Exchanged Channels"),
        }
    }

    /// What is to be seen.
    fn explanation(self) -> &'static str {
        match self {
            Self::Greys => mark(
                "From black to white; below, the 17 darkest and the 17 lightest shades. Each step should be seen, and none should have a tint.",
            ),
            Self::Channels => {
                mark("Red, green, blue and their mixtures. Each row should get brighter evenly.")
            }
            Self::Patches => mark("The colors of a ColorChecker chart."),
            Self::Exchanged => mark(
                "The channels of the right picture are exchanged, and its profile says so: both look the same only where profiles are followed.",
            ),
        }
    }

    /// What the halves are.
    fn halves(self) -> [&'static str; 2] {
        match self {
            Self::Exchanged => [mark("Plain"), mark("Exchanged")],
            _ => [mark("Unchanged"), mark("By the Profile")],
        }
    }

    fn height(self) -> i32 {
        match self {
            Self::Greys => 132,
            _ => 168,
        }
    }

    /// Its colours in sRGB.
    pub fn fields(self) -> Fields {
        match self {
            Self::Greys => {
                let row = |values: &mut dyn Iterator<Item = u8>| values.map(|it| [it; 3]).collect();
                vec![
                    row(&mut (0..=32_u16).map(|step| byte(step * 8))),
                    row(&mut (0..=16)),
                    row(&mut (239..=255)),
                ]
            }
            Self::Channels => {
                let masks = [
                    [1, 0, 0],
                    [0, 1, 0],
                    [0, 0, 1],
                    [0, 1, 1],
                    [1, 0, 1],
                    [1, 1, 0],
                ];
                let row = |mask: [u8; 3]| {
                    let steps = (0..=16_u16).map(|step| byte(step * 16));
                    steps.map(|step| mask.map(|part| part * step)).collect()
                };
                masks.into_iter().map(row).collect()
            }
            Self::Patches => PATCHES.iter().map(|row| row.to_vec()).collect(),
            // The colourful ones.
            Self::Exchanged => PATCHES[..3].iter().map(|row| row.to_vec()).collect(),
        }
    }
}

fn byte(value: u16) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

/// Both halves of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halves {
    /// The left one.
    pub left: Fields,
    /// The right one.
    pub right: Fields,
}

/// The pictures for a monitor, in the order of [`Test::ALL`]. Takes milliseconds: not for GTK's
/// thread.
pub fn halves(colours: &Colours, aim: &Aim) -> Result<Vec<Halves>, TransformError> {
    let way = |source: Profile| -> Result<Option<Transform>, TransformError> {
        let recipe = aim.recipe(source);
        recipe.map(|recipe| colours.transform(&recipe)).transpose()
    };
    let plain = way(Profile::srgb())?;
    let exchanged = match standard::SRGB.exchanged().profile() {
        Ok(profile) => way(profile)?,
        Err(refusal) => return Err(TransformError::Refused(refusal)),
    };
    let made = Test::ALL.map(|test| {
        let fields = test.fields();
        let by_profile = converted(&fields, plain.as_ref());
        if test == Test::Exchanged {
            let swapped = each(&fields, |[red, green, blue]| [green, blue, red]);
            return Halves {
                left: by_profile,
                right: converted(&swapped, exchanged.as_ref()),
            };
        }
        Halves {
            left: fields,
            right: by_profile,
        }
    });
    Ok(made.into())
}

fn converted(fields: &Fields, way: Option<&Transform>) -> Fields {
    each(fields, |rgb| way.map_or(rgb, |way| way.colour(rgb)))
}

fn each(fields: &Fields, way: impl Fn(Rgb) -> Rgb) -> Fields {
    let row = |row: &Vec<Rgb>| row.iter().map(|rgb| way(*rgb)).collect();
    fields.iter().map(row).collect()
}

/// A test picture as a card. Clones are the same widget.
#[derive(Clone, Debug)]
pub struct Card {
    test: Test,
    fields: Rc<Fields>,
    drawing: Drawing,
    picture: gtk::Picture,
    root: gtk::Box,
    readout: gtk::Label,
    shown: Rc<RefCell<Option<Halves>>>,
    /// The row and column that is picked.
    picked: Rc<Cell<Option<(usize, usize)>>>,
}

impl Card {
    /// A card that tells `out` which colour is picked in it.
    pub fn new(test: Test, out: &Sender<MonitorsMsg>) -> Self {
        let (drawing, picture) = Drawing::new(test.height());
        picture.set_focusable(true);
        picture.set_cursor_from_name(Some("crosshair"));
        picture.add_css_class("test-picture");
        let captions = gtk::Box::builder().homogeneous(true).spacing(GAP).build();
        for half in test.halves() {
            captions.append(&label(&gettext(half), &["caption", "dim-label"]));
        }
        let root = gtk::Box::new(gtk::Orientation::Vertical, 6);
        root.add_css_class("card");
        root.add_css_class("graph");
        root.append(&label(&gettext(test.title()), &["heading"]));
        root.append(&captions);
        root.append(&picture);
        root.append(&label(&gettext(test.explanation()), &["caption"]));
        let readout = label("", &["caption", "numeric", "dim-label"]);
        readout.set_visible(false);
        root.append(&readout);
        let card = Self {
            test,
            fields: Rc::new(test.fields()),
            drawing,
            picture,
            root,
            readout,
            shown: Rc::default(),
            picked: Rc::default(),
        };
        card.listen(out);
        card
    }

    /// The card.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Shows these halves.
    pub fn show(&self, halves: &Halves) {
        if self.shown.borrow().as_ref() != Some(halves) {
            self.shown.replace(Some(halves.clone()));
            redraw(&self.drawing, self.test, &self.shown, self.picked.get());
        }
    }

    /// Says what was read of the colour that is picked in it; nothing where none is.
    pub fn say(&self, text: &str) {
        let picked = self.picked.get().is_some();
        self.readout.set_label(text);
        self.readout.set_visible(picked);
    }

    /// Takes the mark away: a colour is picked elsewhere.
    pub fn unmark(&self) {
        if self.picked.take().is_some() {
            self.readout.set_visible(false);
            redraw(&self.drawing, self.test, &self.shown, None);
        }
    }

    fn listen(&self, out: &Sender<MonitorsMsg>) {
        let click = gtk::GestureClick::new();
        let pick = self.picker(out);
        let fields = Rc::clone(&self.fields);
        click.connect_pressed(glib::clone!(
            #[weak(rename_to = picture)]
            self.picture,
            move |_, _, x, y| {
                picture.grab_focus();
                let size = (f64::from(picture.width()), f64::from(picture.height()));
                if let Some(place) = place_at(&fields, size, (x, y)) {
                    pick(place);
                }
            }
        ));
        self.picture.add_controller(click);
        let keys = gtk::EventControllerKey::new();
        let pick = self.picker(out);
        let (fields, picked) = (Rc::clone(&self.fields), Rc::clone(&self.picked));
        keys.connect_key_pressed(move |_, key, _, _| {
            let by = match key {
                gdk::Key::Left | gdk::Key::KP_Left => (0, -1),
                gdk::Key::Right | gdk::Key::KP_Right => (0, 1),
                gdk::Key::Up | gdk::Key::KP_Up => (-1, 0),
                gdk::Key::Down | gdk::Key::KP_Down => (1, 0),
                gdk::Key::space | gdk::Key::Return => (0, 0),
                _ => return glib::Propagation::Proceed,
            };
            pick(moved(&fields, picked.get(), by));
            glib::Propagation::Stop
        });
        self.picture.add_controller(keys);
    }

    /// What picks a field. It holds no widget.
    fn picker(&self, out: &Sender<MonitorsMsg>) -> impl Fn((usize, usize)) + 'static {
        let (out, test) = (out.clone(), self.test);
        let (fields, picked) = (Rc::clone(&self.fields), Rc::clone(&self.picked));
        let shown = Rc::downgrade(&self.shown);
        let drawing = self.drawing.downgrade();
        move |(row, column)| {
            let colour = fields.get(row).and_then(|row| row.get(column));
            let (Some(colour), Some(shown), Some(drawing)) =
                (colour, shown.upgrade(), drawing.upgrade())
            else {
                return;
            };
            picked.set(Some((row, column)));
            redraw(&drawing, test, &shown, picked.get());
            out.emit(MonitorsMsg::Picked(test, *colour));
        }
    }
}

fn redraw(
    drawing: &Drawing,
    test: Test,
    shown: &RefCell<Option<Halves>>,
    picked: Option<(usize, usize)>,
) {
    let Some(halves) = shown.borrow().clone() else {
        return;
    };
    let mut name = gettext(test.title());
    let fields = test.fields();
    if let Some(colour) = picked.and_then(|(row, column)| fields.get(row)?.get(column).copied()) {
        let colour = rgb::hex(colour);
        name = gettext_f(
            "{picture}; {colour} is picked",
            &[("picture", &name), ("colour", &colour)],
        );
    }
    drawing.show(
        &name,
        Box::new(move |canvas| {
            let (left, right) = sides(canvas.width);
            half(canvas, &halves.left, left, picked);
            half(canvas, &halves.right, right, picked);
        }),
    );
}

/// Where both halves begin and end: whole pixels, and as many of them in both.
fn sides(width: f64) -> ((i32, i32), (i32, i32)) {
    #[allow(clippy::cast_possible_truncation, reason = "pixels")]
    let width = width as i32;
    let side = ((width - GAP) / 2).max(1);
    ((0, side), (width - side, width))
}

fn half(
    canvas: &Canvas<'_>,
    fields: &Fields,
    (begin, end): (i32, i32),
    picked: Option<(usize, usize)>,
) {
    #[allow(clippy::cast_possible_truncation, reason = "pixels")]
    let height = canvas.height as i32;
    for (index, row) in fields.iter().enumerate() {
        let (top, bottom) = part((0, height), index, fields.len());
        for (column, [red, green, blue]) in row.iter().copied().enumerate() {
            let (left, right) = part((begin, end), column, row.len());
            let colour = rgba([red, green, blue]);
            let place = [left, top, right - left, bottom - top].map(f64::from);
            let [x, y, width, height] = place;
            canvas.fill(&colour, x, y, width, height);
            if picked == Some((index, column)) {
                let light = u16::from(red) + u16::from(green) * 2 + u16::from(blue);
                let ring = if light > 480 { [0; 3] } else { [255; 3] };
                let ring = rgba(ring);
                for [x, y, width, height] in [
                    [x, y, width, 2.0],
                    [x, y + height - 2.0, width, 2.0],
                    [x, y, 2.0, height],
                    [x + width - 2.0, y, 2.0, height],
                ] {
                    canvas.fill(&ring, x, y, width, height);
                }
            }
        }
    }
}

fn rgba(rgb: Rgb) -> gdk::RGBA {
    let [red, green, blue] = rgb.map(|value| f32::from(value) / 255.0);
    gdk::RGBA::new(red, green, blue, 1.0)
}

/// Where one of so many parts of a length begins and ends.
fn part((begin, end): (i32, i32), index: usize, count: usize) -> (i32, i32) {
    let at = |index: usize| {
        let (index, count) = (
            i32::try_from(index).unwrap_or(0),
            i32::try_from(count).unwrap_or(1).max(1),
        );
        begin + (end - begin) * index / count
    };
    (at(index), at(index + 1))
}

/// The field at a place of a picture, in either half.
fn place_at(
    fields: &Fields,
    (width, height): (f64, f64),
    at: (f64, f64),
) -> Option<(usize, usize)> {
    #[allow(clippy::cast_possible_truncation, reason = "pixels")]
    let (x, y, height) = (at.0 as i32, at.1 as i32, height as i32);
    let (left, right) = sides(width);
    let side = [left, right]
        .into_iter()
        .find(|(begin, end)| (*begin..*end).contains(&x))?;
    let within = |(begin, end): (i32, i32), value: i32| (begin..end).contains(&value);
    let row = (0..fields.len()).find(|index| within(part((0, height), *index, fields.len()), y))?;
    let count = fields.get(row)?.len();
    let column = (0..count).find(|index| within(part(side, *index, count), x))?;
    Some((row, column))
}

/// The field that arrow keys lead to.
fn moved(
    fields: &Fields,
    from: Option<(usize, usize)>,
    (down, across): (isize, isize),
) -> (usize, usize) {
    let Some((row, column)) = from else {
        return (0, 0);
    };
    let count = |row: usize| fields.get(row).map_or(1, Vec::len).max(1);
    let to = row
        .saturating_add_signed(down)
        .min(fields.len().saturating_sub(1));
    // Rows have different numbers of fields: what lies below stays below.
    let column = if to == row {
        column.saturating_add_signed(across)
    } else {
        (column * count(to) + count(to) / 2) / count(row)
    };
    (to, column.min(count(to) - 1))
}

/// A label that wraps.
pub fn label(text: &str, classes: &[&str]) -> gtk::Label {
    let label = gtk::Label::builder()
        .label(text)
        .xalign(0.0)
        .wrap(true)
        .build();
    for class in classes {
        label.add_css_class(class);
    }
    label
}

/// The line that says why the pictures are as they are, if they can't be converted.
pub fn reason() -> gtk::Label {
    let reason = label("", &["problem"]);
    reason.set_visible(false);
    reason
}

/// Says why nothing is converted; nothing where all is well.
pub fn explain(reason: &gtk::Label, why: Option<&str>) {
    reason.set_visible(why.is_some());
    if let Some(why) = why {
        reason.set_label(&gettext_f(
            "The pictures are shown as they are, not by the monitor’s profile: {why}.",
            &[("why", why)],
        ));
    }
}

/// The page of test pictures, with the picker above them, and the reason above it.
pub fn page(cards: &[Card], picker: &gtk::Widget, reason: &gtk::Label) -> gtk::ScrolledWindow {
    let body = gtk::Box::new(gtk::Orientation::Vertical, 18);
    body.append(reason);
    body.append(picker);
    for card in cards {
        body.append(card.widget());
    }
    super::rows::page(&body.upcast())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_in_either_half_is_in_the_same_field() {
        let fields = Test::Patches.fields();
        let size = (408.0, 160.0);
        assert_eq!(place_at(&fields, size, (1.0, 1.0)), Some((0, 0)));
        assert_eq!(place_at(&fields, size, (209.0, 1.0)), Some((0, 0)));
        assert_eq!(place_at(&fields, size, (199.0, 159.0)), Some((3, 5)));
        assert_eq!(place_at(&fields, size, (407.0, 159.0)), Some((3, 5)));
        // Between both.
        assert_eq!(place_at(&fields, size, (203.0, 10.0)), None);
    }

    #[test]
    fn both_halves_are_of_one_size() {
        for width in [100.0, 101.0, 333.0] {
            let (left, right) = sides(width);
            assert_eq!(left.1 - left.0, right.1 - right.0);
            assert!(left.1 + GAP <= right.0);
        }
    }

    #[test]
    fn arrow_keys_stay_in_the_picture() {
        let fields = Test::Greys.fields();
        assert_eq!(moved(&fields, None, (0, 1)), (0, 0));
        assert_eq!(moved(&fields, Some((0, 0)), (0, -1)), (0, 0));
        assert_eq!(moved(&fields, Some((0, 32)), (0, 1)), (0, 32));
        assert_eq!(moved(&fields, Some((0, 32)), (1, 0)), (1, 16));
        assert_eq!(moved(&fields, Some((2, 5)), (1, 0)), (2, 5));
    }

    #[test]
    fn ramps_reach_both_ends() {
        let greys = Test::Greys.fields();
        assert_eq!(greys[0].first(), Some(&[0; 3]));
        assert_eq!(greys[0].last(), Some(&[255; 3]));
        assert_eq!(greys[2].first(), Some(&[239; 3]));
        let channels = Test::Channels.fields();
        assert_eq!(channels[3].last(), Some(&[0, 255, 255]));
    }

    #[test]
    fn the_exchanged_picture_is_its_twin_once_it_is_converted() {
        let exchanged = standard::SRGB
            .exchanged()
            .profile()
            .unwrap_or(Profile::srgb());
        assert_ne!(exchanged, Profile::srgb());
        let target = standard::ADOBE_RGB.profile().unwrap_or(Profile::srgb());
        let way = |source: Profile| {
            let recipe = oriel_colour::transform::Recipe::new(source, target.clone());
            Transform::new(&recipe)
        };
        let (Ok(plain), Ok(exchanged)) = (way(Profile::srgb()), way(exchanged)) else {
            unreachable!("both are profiles of ours");
        };
        for [red, green, blue] in Test::Exchanged.fields().concat() {
            let one = plain.colour([red, green, blue]);
            let other = exchanged.colour([green, blue, red]);
            let near = one.iter().zip(other).all(|(a, b)| a.abs_diff(b) <= 1);
            assert!(near, "{one:?} {other:?}");
        }
    }
}
