// SPDX-License-Identifier: GPL-3.0-or-later
//! The page of a monitor's gamut: the diagram, how much of known spaces it covers, and its curves.

use std::cell::RefCell;

use oriel_colour::report::{Coverage, Report};
use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::{gettext, gettext_f};
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use super::curves::Curves;
use super::diagram::{self, Chart, Diagram};
use super::drawing::Drawing;
use super::messages::MonitorsMsg;
use super::pictures::label;
use super::rows::{Row, Rows, group, page};
use super::words;

/// The height of the diagram, in pixels.
const DIAGRAM: i32 = 400;

/// The height of curves, in pixels.
const CURVES: i32 = 170;

/// The page.
#[derive(Debug)]
pub struct GamutPage {
    root: gtk::ScrolledWindow,
    diagram: Drawing,
    shown: RefCell<Option<Diagram>>,
    bars: [(gtk::LevelBar, gtk::Label); 3],
    volume: Rows,
    tone: CurveCard,
    calibration: CurveCard,
}

/// Curves with what they are.
#[derive(Debug)]
struct CurveCard {
    root: gtk::Box,
    drawing: Drawing,
    picture: gtk::Picture,
    line: gtk::Label,
    title: String,
    shown: RefCell<Curves>,
}

impl GamutPage {
    /// A page that tells `out` what the person does.
    pub fn new(out: &Sender<MonitorsMsg>) -> Self {
        let body = gtk::Box::new(gtk::Orientation::Vertical, 24);
        let (diagram, picture) = Drawing::new(DIAGRAM);
        let card = card();
        card.append(&switcher(out));
        card.append(&picture);
        body.append(&card);
        let covered = group(
            &gettext("Coverage"),
            &gettext("How much of known color spaces this monitor can show, by volume in Lab."),
        );
        let spaces = ["sRGB", "Adobe RGB", "Display P3"];
        let bars = spaces.map(|space| {
            let (row, bar, number) = bar_row(space);
            covered.add(&row);
            (bar, number)
        });
        body.append(&covered);
        let tone = CurveCard::new(&gettext("Tone Curves"));
        let calibration = CurveCard::new(&gettext("Calibration (vcgt)"));
        let both = gtk::Box::builder().homogeneous(true).spacing(12).build();
        both.append(&tone.root);
        both.append(&calibration.root);
        body.append(&both);
        Self {
            root: page(body.upcast_ref()),
            diagram,
            shown: RefCell::default(),
            bars,
            volume: Rows::new(&covered),
            tone,
            calibration,
        }
    }

    /// The page.
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// Shows what is in a profile.
    pub fn show(&self, chart: Chart, report: Option<&Report>) {
        let colours = report.and_then(|report| report.colours.as_ref());
        let diagram = Diagram::new(chart, colours);
        if self.shown.borrow().as_ref() != Some(&diagram) {
            self.shown.replace(Some(diagram.clone()));
            let words = diagram::words(chart, colours);
            let draw = move |canvas: &super::drawing::Canvas<'_>| diagram.draw(canvas);
            self.diagram.show(&words, Box::new(draw));
        }
        let gamut = report.and_then(|report| report.gamut.as_ref());
        let parts = gamut.map(|gamut| {
            let Coverage {
                srgb,
                adobe_rgb,
                display_p3,
                ..
            } = gamut.coverage;
            [srgb, adobe_rgb, display_p3]
        });
        for (number, (bar, label)) in self.bars.iter().enumerate() {
            let part = parts.and_then(|parts| parts.get(number).copied());
            bar.set_value(part.unwrap_or(0.0));
            label.set_label(&part.map_or_else(|| "–".to_owned(), words::percent));
        }
        let volume = gamut.map(|gamut| Row {
            title: gettext("Volume"),
            subtitle: gettext_f(
                "{percent} of sRGB’s",
                &[("percent", &words::percent(gamut.relative_to_srgb))],
            ),
            value: words::grouped(gamut.volume),
            icon: None,
        });
        self.volume.show(volume.into_iter().collect());
        let tone = report.and_then(|report| report.curves.as_ref());
        self.tone.show(
            tone.map(|curves| Curves(curves.each_ref().map(|curve| curve.samples.clone()))),
            &tone.map_or_else(
                || gettext("The profile has tables instead, or nothing."),
                |curves| gettext_f("Gamma {number}", &[("number", &words::gammas(curves))]),
            ),
        );
        let calibration = report.and_then(|report| report.calibration.as_ref());
        self.calibration.show(
            calibration.map(|it| Curves(it.samples.clone())),
            &gettext(match calibration {
                None => "The profile has none.",
                Some(it) if it.identity => "It changes nothing.",
                Some(_) => "It is to be loaded into the graphics card.",
            }),
        );
    }
}

impl CurveCard {
    fn new(title: &str) -> Self {
        let (drawing, picture) = Drawing::new(CURVES);
        let root = card();
        let line = label("", &["caption", "dim-label"]);
        root.append(&label(title, &["heading"]));
        root.append(&picture);
        root.append(&line);
        Self {
            root,
            drawing,
            picture,
            line,
            title: title.to_owned(),
            shown: RefCell::default(),
        }
    }

    fn show(&self, curves: Option<Curves>, words: &str) {
        self.line.set_label(words);
        let there = curves.is_some();
        // What lies beside stays as high.
        self.picture.set_opacity(if there { 1.0 } else { 0.35 });
        let curves = curves.unwrap_or_default();
        let name = format!("{}: {words}", self.title);
        let same = *self.shown.borrow() == curves;
        if same && self.picture.alternative_text().as_deref() == Some(&name) {
            return;
        }
        self.shown.replace(curves.clone());
        self.drawing
            .show(&name, Box::new(move |canvas| curves.draw(canvas)));
    }
}

fn card() -> gtk::Box {
    let card = gtk::Box::new(gtk::Orientation::Vertical, 6);
    card.add_css_class("card");
    card.add_css_class("graph");
    card
}

/// The buttons that choose the diagram.
fn switcher(out: &Sender<MonitorsMsg>) -> gtk::Box {
    let linked = gtk::Box::builder().halign(gtk::Align::Center).build();
    linked.add_css_class("linked");
    let first = gtk::ToggleButton::with_label(&gettext("CIE 1931 xy"));
    let second = gtk::ToggleButton::with_label(&gettext("CIE 1976 u′v′"));
    second.set_group(Some(&first));
    first.set_active(true);
    for (button, chart) in [(&first, Chart::Xy), (&second, Chart::Uv)] {
        let out = out.clone();
        button.connect_toggled(move |button| {
            if button.is_active() {
                out.emit(MonitorsMsg::Chart(chart));
            }
        });
        linked.append(button);
    }
    linked
}

/// A row with a bar and a number.
fn bar_row(name: &str) -> (adw::ActionRow, gtk::LevelBar, gtk::Label) {
    let row = super::rows::action_row(name, "");
    let bar: gtk::LevelBar = a11y::named("GtkLevelBar", name);
    bar.set_valign(gtk::Align::Center);
    bar.set_size_request(140, -1);
    for offset in ["low", "high", "full"] {
        bar.remove_offset_value(Some(offset));
    }
    let number = gtk::Label::builder().width_chars(7).xalign(1.0).build();
    number.add_css_class("numeric");
    row.add_suffix(&bar);
    row.add_suffix(&number);
    (row, bar, number)
}
