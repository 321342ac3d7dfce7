// SPDX-License-Identifier: GPL-3.0-or-later
//! The picker: what becomes of one colour on the monitor.

use oriel_colour::lab;
use oriel_colour::matrix::column_matrix;
use oriel_colour::profile::Profile;
use oriel_colour::standard::SRGB;
use oriel_colour::transform::{Device, TransformError};
use oriel_ui_kit::i18n::{gettext, gettext_f};
use relm4::adw::prelude::*;
use relm4::gtk::gdk;
use relm4::{Sender, adw, gtk};

use super::drawing::Drawing;
use super::messages::MonitorsMsg;
use super::pictures::Rgb;
use super::rows::{Row, Rows};
use super::{rgb, words};
use crate::{Aim, Colours, reasons};

/// A difference that nobody sees (ΔE of CIE 2000).
const UNSEEN: f64 = 1.0;

/// What was read of a colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The colour in sRGB.
    pub rgb: Rgb,
    /// What the monitor gets for it.
    pub monitor: Result<Rgb, String>,
    /// Its Lab.
    pub lab: [f64; 3],
    /// How far the nearest colour that the monitor can show is from it; `None` where there is no
    /// telling.
    pub distance: Option<f64>,
}

/// Reads a colour. Takes milliseconds: not for GTK's thread.
pub fn read(colours: &Colours, aim: &Aim, rgb: Rgb) -> Reading {
    let lab = lab_of(rgb);
    let recipe = aim.recipe(Profile::srgb());
    let monitor = match recipe.map(|recipe| colours.transform(&recipe)) {
        None => Ok(rgb),
        Some(Ok(transform)) => Ok(transform.colour(rgb)),
        Some(Err(why)) => Err(reasons::conversion(&why)),
    };
    let distance = aim
        .target
        .as_ref()
        .and_then(|profile| nearest(profile, lab).ok());
    Reading {
        rgb,
        monitor,
        lab,
        distance,
    }
}

/// Lab of an sRGB colour, relative to D50.
fn lab_of(rgb: Rgb) -> [f64; 3] {
    let light = rgb.map(|value| SRGB.curve.light(f64::from(value) / 255.0));
    lab::lab_of_xyz(column_matrix(SRGB.colorants) * light)
}

/// How far the nearest colour that a monitor can show is from a colour.
fn nearest(profile: &Profile, wanted: [f64; 3]) -> Result<f64, TransformError> {
    let device = Device::new(profile)?;
    #[allow(clippy::cast_possible_truncation, reason = "to single precision")]
    let rgb = device.rgb(&[wanted.map(|part| part as f32)])?;
    let shown = device.lab(&rgb)?;
    let shown = shown.first().map(|lab| lab.map(f64::from));
    Ok(shown.map_or(f64::NAN, |shown| lab::delta_e_2000(wanted, shown)))
}

/// The picker's widgets.
#[derive(Debug)]
pub struct Picker {
    root: adw::PreferencesGroup,
    entry: adw::EntryRow,
    swatch: Drawing,
    rows: Rows,
}

impl Picker {
    /// A picker that tells `out` what is typed.
    pub fn new(out: &Sender<MonitorsMsg>) -> Self {
        let root = adw::PreferencesGroup::builder()
            .title(gettext("Color Picker"))
            .description(gettext(
                "Click into a picture, use its arrow keys, or type a color such as #e03c28 or 224, 60, 40.",
            ))
            .build();
        let entry = adw::EntryRow::builder()
            .title(gettext("Color in sRGB"))
            .build();
        let (swatch, picture) = Drawing::new(24);
        picture.set_size_request(48, 24);
        picture.set_valign(gtk::Align::Center);
        picture.add_css_class("parts");
        picture.set_overflow(gtk::Overflow::Hidden);
        entry.add_suffix(&picture);
        root.add(&entry);
        let out = out.clone();
        entry.connect_changed(move |entry| {
            let text = entry.text();
            match rgb::parse_colour(&text) {
                Some(rgb) => {
                    entry.remove_css_class("error");
                    out.emit(MonitorsMsg::Typed(rgb));
                }
                None if text.is_empty() => entry.remove_css_class("error"),
                None => entry.add_css_class("error"),
            }
        });
        let rows = Rows::new(&root);
        Self {
            root,
            entry,
            swatch,
            rows,
        }
    }

    /// The picker.
    pub fn widget(&self) -> &adw::PreferencesGroup {
        &self.root
    }

    /// Writes a colour that was picked elsewhere into the entry, which asks for it to be read.
    pub fn write(&self, rgb: Rgb) {
        let text = rgb::hex(rgb);
        if self.entry.text() != text {
            self.entry.set_text(&text);
        }
    }

    /// Shows what was read.
    pub fn show(&self, reading: &Reading) {
        let shown = reading.monitor.clone().unwrap_or(reading.rgb);
        let colour = rgb::hex(shown);
        self.swatch.show(
            &gettext_f("The color on the monitor: {colour}", &[("colour", &colour)]),
            Box::new(move |canvas| {
                let [red, green, blue] = shown.map(|value| f32::from(value) / 255.0);
                let colour = gdk::RGBA::new(red, green, blue, 1.0);
                canvas.fill(&colour, 0.0, 0.0, canvas.width, canvas.height);
            }),
        );
        self.rows.show(words(reading));
    }
}

/// What was read in one line.
pub fn line(reading: &Reading) -> String {
    let shown = reading.monitor.as_ref().copied().unwrap_or(reading.rgb);
    let distance = reading
        .distance
        .map_or_else(|| "–".to_owned(), |distance| words::number(distance, 2));
    gettext_f(
        "{colour} becomes {shown}; {distance} ΔE to the nearest color of the monitor",
        &[
            ("colour", &rgb::hex(reading.rgb)),
            ("shown", &rgb::hex(shown)),
            ("distance", &distance),
        ],
    )
}

fn words(reading: &Reading) -> Vec<Row> {
    let mut rows = vec![Row::value(gettext("RGB"), rgb::triple(reading.rgb))];
    match &reading.monitor {
        Ok(rgb) => rows.push(Row::value(
            gettext("Sent to the Monitor"),
            rgb::triple(*rgb),
        )),
        Err(why) => rows.push(Row {
            title: gettext("Sent to the Monitor"),
            subtitle: why.clone(),
            ..Row::default()
        }),
    }
    let lab = reading.lab.map(|part| words::number(part, 1));
    rows.push(Row::value(gettext("Lab"), lab.join(" · ")));
    let (number, meaning) = match reading.distance {
        None => (
            "–".to_owned(),
            gettext("There is no telling for this monitor."),
        ),
        Some(distance) if distance < UNSEEN => (
            words::number(distance, 2),
            gettext("The monitor can show this color."),
        ),
        Some(distance) => (
            words::number(distance, 2),
            gettext("The monitor can’t show this color; the nearest one is this far away."),
        ),
    };
    rows.push(Row {
        title: gettext("ΔE 2000 to the Nearest Color"),
        subtitle: meaning,
        value: number,
        ..Row::default()
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lab_of_known_colours() {
        let near = |one: [f64; 3], other: [f64; 3]| lab::delta_e_76(one, other) < 0.1;
        assert!(near(lab_of([255; 3]), [100.0, 0.0, 0.0]));
        assert!(near(lab_of([0; 3]), [0.0; 3]));
        // Bradford-adapted to D50, as published for sRGB's red.
        assert!(near(lab_of([255, 0, 0]), [54.29, 80.81, 69.89]));
    }

    #[test]
    fn what_a_monitor_has_is_near_and_what_it_lacks_is_far() {
        let srgb = Profile::srgb();
        let inside = nearest(&srgb, lab_of([120, 90, 60])).unwrap_or(f64::NAN);
        assert!(inside < 0.1, "{inside}");
        let outside = nearest(&srgb, [60.0, -110.0, 60.0]).unwrap_or(f64::NAN);
        assert!(outside > 5.0, "{outside}");
    }

    #[test]
    fn a_colour_that_can_not_be_shown_is_called_so() {
        let reading = Reading {
            rgb: [0, 255, 0],
            monitor: Ok([0, 250, 3]),
            lab: [88.0, -79.0, 81.0],
            distance: Some(3.456),
        };
        let rows = words(&reading);
        assert_eq!(rows[1].value, "0, 250, 3");
        assert_eq!(rows[3].value, "3.46");
        assert!(rows[3].subtitle.contains("can’t"));
    }
}
