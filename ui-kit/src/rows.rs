// SPDX-License-Identifier: GPL-3.0-or-later
//! Rows of a preferences group that libadwaita 1.2 does not have: a switch, and a slider with a
//! number beside it.

use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use super::a11y;

/// A row with a switch at its end; the whole row can be clicked.
pub fn switch_row(title: &str, subtitle: &str) -> (adw::ActionRow, gtk::Switch) {
    let switch: gtk::Switch = a11y::named("GtkSwitch", title);
    switch.set_valign(gtk::Align::Center);
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .title_lines(0)
        .subtitle_lines(0)
        .use_markup(false)
        .activatable_widget(&switch)
        .build();
    row.add_suffix(&switch);
    (row, switch)
}

/// Gives a number the room of its largest value: GTK leaves out the last digit where letters are
/// larger than usual.
fn fit(number: &gtk::SpinButton, adjustment: &gtk::Adjustment) {
    let digits = format!("{:.0}", adjustment.upper()).len();
    number.set_width_chars(i32::try_from(digits).unwrap_or(i32::MAX).saturating_add(1));
}

/// A slider with a number that can be typed, a title above and a line below for what it means.
#[derive(Clone, Debug)]
pub struct SliderRow {
    /// The row, for a preferences group.
    pub row: adw::PreferencesRow,
    /// The slider's and the number's common value.
    pub adjustment: gtk::Adjustment,
    /// The slider.
    pub scale: gtk::Scale,
    /// The number.
    pub number: gtk::SpinButton,
    /// What the value means, below; hidden while it is empty.
    pub line: gtk::Label,
    /// Where more can be put below the slider.
    pub body: gtk::Box,
    /// The slider's own values where it does not share those of the number.
    scale_positions: Option<gtk::Adjustment>,
}

impl SliderRow {
    /// A row for values of `adjustment`, with `unit` behind the number ("" for none).
    pub fn new(title: &str, unit: &str, adjustment: &gtk::Adjustment) -> Self {
        let name = gtk::Label::builder()
            .label(title)
            .xalign(0.0)
            .hexpand(true)
            .wrap(true)
            .build();
        let number: gtk::SpinButton = a11y::named("GtkSpinButton", title);
        number.set_adjustment(adjustment);
        number.set_numeric(true);
        number.set_valign(gtk::Align::Center);
        fit(&number, adjustment);
        let scale: gtk::Scale = a11y::named("GtkScale", title);
        scale.set_adjustment(adjustment);
        scale.set_draw_value(false);
        scale.set_hexpand(true);
        let line = gtk::Label::builder()
            .xalign(0.0)
            .wrap(true)
            .visible(false)
            .build();
        line.add_css_class("dim-label");
        line.add_css_class("caption");
        let top = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        top.append(&name);
        top.append(&number);
        if !unit.is_empty() {
            let unit = gtk::Label::new(Some(unit));
            unit.add_css_class("dim-label");
            top.append(&unit);
        }
        let body = gtk::Box::new(gtk::Orientation::Vertical, 6);
        body.add_css_class("slider-row");
        body.append(&top);
        body.append(&scale);
        body.append(&line);
        let row = adw::PreferencesRow::builder()
            .title(title)
            .use_markup(false)
            .activatable(false)
            .focusable(false)
            .child(&body)
            .build();
        Self {
            row,
            adjustment: adjustment.clone(),
            scale,
            number,
            line,
            body,
            scale_positions: None,
        }
    }

    /// The same, but for values over which people think in factors: each doubling takes the same
    /// way of the slider. The slider's own value is the logarithm to base 2.
    pub fn logarithmic(title: &str, unit: &str, adjustment: &gtk::Adjustment) -> Self {
        let made = Self::new(title, unit, adjustment);
        let positions = gtk::Adjustment::new(0.0, 0.0, 1.0, 0.1, 1.0, 0.0);
        made.scale.set_adjustment(&positions);
        let it = Self {
            scale_positions: Some(positions),
            ..made
        };
        it.set_range(adjustment.lower(), adjustment.upper());
        if let Some(positions) = &it.scale_positions {
            adjustment
                .bind_property("value", positions, "value")
                .bidirectional()
                .transform_to(|_, value: f64| Some(value.max(1.0).log2()))
                .transform_from(|_, position: f64| Some(position.exp2().round()))
                .sync_create()
                .build();
        }
        it
    }

    /// Sets the least and the most value.
    pub fn set_range(&self, least: f64, most: f64) {
        self.adjustment.set_lower(least);
        self.adjustment.set_upper(most);
        fit(&self.number, &self.adjustment);
        if let Some(positions) = &self.scale_positions {
            positions.set_lower(least.max(1.0).log2());
            positions.set_upper(most.max(1.0).log2());
        }
    }

    /// Says what the value means; an empty text hides the line.
    pub fn say(&self, text: &str) {
        self.line.set_label(text);
        self.line.set_visible(!text.is_empty());
    }
}
