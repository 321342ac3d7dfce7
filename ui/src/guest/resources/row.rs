// SPDX-License-Identifier: GPL-3.0-or-later
//! The row of one control: the slider with its number, what is set, and why it can't be had.
//!
//! Knows what the person does with it just now, so that what others change never moves the slider
//! under their hand.

use std::cell::Cell;
use std::rc::Rc;

use oriel::control::{ControlReading, Tuning, roomy_limit_kib};
use oriel::model::control::{Control, Unit};
use oriel::shown::shown;
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, glib};
use relm4::{Sender, adw, gtk};

use super::control::{ControlId, Look, usual_shares, words};
use super::messages::ResourcesMsg;
use oriel_ui_kit::i18n::{gettext, gettext_f, said};
use oriel_ui_kit::rows::SliderRow;

/// The row of a control.
#[derive(Clone, Debug)]
pub struct ControlRow {
    control: &'static Control,
    look: Look,
    slider: SliderRow,
    without: Option<gtk::CheckButton>,
    standing: gtk::Label,
    message: gtk::Label,
    /// What is shown is being changed by us and not by the person.
    quiet: Rc<Cell<bool>>,
    /// A mouse button or finger is on the slider.
    pressed: Rc<Cell<bool>>,
    /// The number of the person's last change; 0 for none with this guest.
    wanted: Rc<Cell<u64>>,
}

impl ControlRow {
    /// A row that says to `out` what the person does.
    pub fn new(control: &'static Control, out: &Sender<ResourcesMsg>) -> Self {
        let look = Look::of(control);
        #[allow(clippy::cast_precision_loss, reason = "numbers of a slider")]
        let [least, most, first] = [look.range.0, look.range.1, look.first].map(|it| it as f64);
        let adjustment = gtk::Adjustment::new(first, least, most, 1.0, 64.0, 0.0);
        let title = gettext(control.title.text);
        let slider = SliderRow::logarithmic(&title, look.unit, &adjustment);
        slider.say(&gettext(control.explanation));
        let without = control.can_be_unset.then(|| {
            let check = gtk::CheckButton::with_label(&gettext(look.without));
            slider.body.append(&check);
            check
        });
        let standing = caption(&["numeric"]);
        let message = caption(&["warning"]);
        slider.body.append(&standing);
        slider.body.append(&message);
        let row = Self {
            control,
            look,
            slider,
            without,
            standing,
            message,
            quiet: Rc::default(),
            pressed: Rc::default(),
            wanted: Rc::default(),
        };
        row.allow(false);
        row.listen(out);
        row
    }

    /// The row, for a preferences group.
    pub fn widget(&self) -> &adw::PreferencesRow {
        &self.slider.row
    }

    /// Which control it is for.
    pub fn id(&self) -> ControlId {
        self.control.name
    }

    /// The value that the row shows, in the engine's units; `None` is no limit.
    pub fn value(&self) -> Option<u64> {
        if self.without.as_ref().is_some_and(CheckButtonExt::is_active) {
            return None;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the adjustment’s range is that of the control"
        )]
        let number = self.slider.adjustment.value().round() as u64;
        Some(number * self.look.factor)
    }

    /// The person changed it; what is read from now on counts once `number` was applied.
    pub fn changed(&self, number: u64) {
        self.wanted.set(number);
        self.say("");
    }

    /// Whether this is the person's last change.
    pub fn is_last(&self, number: u64) -> bool {
        self.wanted.get() == number
    }

    /// Another guest: nothing is under way with it.
    pub fn forget(&self) {
        self.wanted.set(0);
        self.pressed.set(false);
        self.say("");
        self.standing.set_visible(false);
        self.allow(false);
    }

    /// Shows what was read after the changes up to `applied`. With `live`, the slider stands at
    /// what the running guest has, else at what its next start will have. `memory` is the guest's own,
    /// in KiB.
    pub fn show(&self, tuning: &Tuning, applied: u64, live: bool, memory: Option<u64>) {
        let reading = tuning.of(self.control);
        let standing = standing(self.control, reading, tuning.active);
        self.standing.set_label(&standing);
        self.standing.set_visible(true);
        let path = reading
            .kernel
            .as_ref()
            .map(|kernel| shown(&kernel.path.to_string_lossy()).into_owned());
        self.standing.set_tooltip_text(path.as_deref());
        self.allow(reading.unavailable.is_none());
        if let Some(why) = &reading.unavailable {
            self.say(&said(why));
        } else if self.pressed.get() || self.is_typed_into() || applied < self.wanted.get() {
            return;
        }
        let value = position(reading, tuning.active && live);
        self.put(
            reading.range,
            value,
            first(self.control, reading.range, memory),
        );
    }

    /// Lets the person use it, or not. Each widget by itself: GTK 4.8 tells a screen reader nothing
    /// of a parent's being off. What is said of it stays readable.
    fn allow(&self, allowed: bool) {
        self.slider.scale.set_sensitive(allowed);
        self.slider.number.set_sensitive(allowed);
        if let Some(without) = &self.without {
            without.set_sensitive(allowed);
        }
    }

    /// Whether a number is being typed that was not taken over yet.
    fn is_typed_into(&self) -> bool {
        let number = &self.slider.number;
        let focused = number.state_flags().contains(gtk::StateFlags::FOCUS_WITHIN);
        focused && number.text() != format!("{:.0}", self.slider.adjustment.value())
    }

    /// Says something that the person should know of this control; nothing hides it.
    pub fn say(&self, text: &str) {
        self.message.set_label(text);
        self.message.set_visible(!text.is_empty());
    }

    /// Puts the slider where the value is, or, without one, where it is to begin.
    #[allow(clippy::cast_precision_loss, reason = "numbers of a slider")]
    fn put(&self, range: Option<(u64, u64)>, value: Option<u64>, first: Option<u64>) {
        self.quiet.set(true);
        let factor = self.look.factor;
        if let Some((least, most)) = range {
            let (least, most) = ((least / factor).max(1) as f64, (most / factor) as f64);
            let adjustment = &self.slider.adjustment;
            #[allow(clippy::float_cmp, reason = "whole numbers that were set before")]
            if adjustment.lower() != least || adjustment.upper() != most {
                self.slider.set_range(least, most);
            }
        }
        if let Some(without) = &self.without {
            without.set_active(value.is_none());
        }
        if let Some(value) = value.or(first) {
            self.slider.adjustment.set_value((value / factor) as f64);
        }
        self.quiet.set(false);
    }

    fn listen(&self, out: &Sender<ResourcesMsg>) {
        let id = self.control.name;
        let quiet = Rc::clone(&self.quiet);
        let input = out.clone();
        let without = self.without.as_ref().map(ObjectExt::downgrade);
        let own_quiet = Rc::clone(&self.quiet);
        let wanted = Rc::clone(&self.wanted);
        self.slider.adjustment.connect_value_changed(move |_| {
            if quiet.get() {
                return;
            }
            // Until the change has its number, nothing that is read moves the slider.
            wanted.set(u64::MAX);
            // Who moves the slider wants the limit.
            if let Some(without) = without.as_ref().and_then(glib::WeakRef::upgrade) {
                own_quiet.set(true);
                without.set_active(false);
                own_quiet.set(false);
            }
            input.emit(ResourcesMsg::Moved(id));
        });
        if let Some(without) = &self.without {
            let (quiet, input) = (Rc::clone(&self.quiet), out.clone());
            let wanted = Rc::clone(&self.wanted);
            without.connect_toggled(move |_| {
                if !quiet.get() {
                    wanted.set(u64::MAX);
                    input.emit(ResourcesMsg::Moved(id));
                }
            });
        }
        // The slider's own gesture takes the buttons; this looks on before it.
        let hand = gtk::EventControllerLegacy::new();
        hand.set_propagation_phase(gtk::PropagationPhase::Capture);
        let (pressed, input) = (Rc::clone(&self.pressed), out.clone());
        hand.connect_event(move |_, event| {
            match event.event_type() {
                gdk::EventType::ButtonPress | gdk::EventType::TouchBegin => pressed.set(true),
                gdk::EventType::ButtonRelease
                | gdk::EventType::TouchEnd
                | gdk::EventType::TouchCancel => {
                    pressed.set(false);
                    input.emit(ResourcesMsg::LetGo);
                }
                _ => {}
            }
            glib::Propagation::Proceed
        });
        self.slider.scale.add_controller(hand);
    }
}

/// Where the slider begins for a guest without the setting: whoever takes “no limit” away gets what
/// the guest can live with.
fn first(control: &Control, range: Option<(u64, u64)>, memory: Option<u64>) -> Option<u64> {
    match control.unit {
        Unit::Weight => Some(usual_shares(range)),
        Unit::Bytes => memory.map(|kib| {
            let most = range.map_or(u64::MAX, |(_, most)| most);
            roomy_limit_kib(kib).saturating_mul(1024).min(most)
        }),
        Unit::Percent => None,
    }
}

/// Where the slider stands: at what the kernel holds, or libvirt has live, or is configured.
fn position(reading: &ControlReading, live: bool) -> Option<u64> {
    if !live {
        return reading.configured;
    }
    match &reading.kernel {
        Some(kernel) => kernel.value,
        None => reading.live,
    }
}

/// What is set, three ways.
fn standing(control: &Control, reading: &ControlReading, active: bool) -> String {
    let mut parts = vec![gettext_f(
        "At the next start: {value}",
        &[("value", &words(control, reading.configured))],
    )];
    if active && reading.unavailable.is_none() {
        parts.push(gettext_f(
            "Now: {value}",
            &[("value", &words(control, reading.live))],
        ));
    }
    if let Some(kernel) = &reading.kernel {
        parts.push(gettext_f(
            "In the kernel: {value}",
            &[("value", &words(control, kernel.value))],
        ));
    }
    parts.join(" · ")
}

fn caption(classes: &[&str]) -> gtk::Label {
    let label = gtk::Label::builder()
        .xalign(0.0)
        .wrap(true)
        .visible(false)
        .css_classes(["caption"])
        .build();
    for class in classes {
        label.add_css_class(class);
    }
    label
}

#[cfg(test)]
mod tests {
    use oriel::control::KernelReading;
    use oriel::model::control::{CPU_SHARES, MEMORY_LIMIT};

    use super::*;

    fn reading() -> ControlReading {
        ControlReading {
            configured: Some(300),
            live: Some(500),
            kernel: Some(KernelReading {
                path: "/sys/x".into(),
                value: Some(700),
                raw: "700".into(),
            }),
            range: None,
            unavailable: None,
        }
    }

    #[test]
    fn the_slider_stands_where_the_kernel_is() {
        let mut reading = reading();
        assert_eq!(position(&reading, true), Some(700));
        assert_eq!(position(&reading, false), Some(300));
        reading.kernel = None;
        assert_eq!(position(&reading, true), Some(500));
    }

    #[test]
    fn a_limit_begins_above_the_memory_and_within_the_host() {
        let range = Some((16 << 20, 8 << 30));
        let gib = Some(1 << 20);
        assert_eq!(first(&MEMORY_LIMIT, range, gib), Some(1408 << 20));
        assert_eq!(first(&MEMORY_LIMIT, range, Some(8 << 20)), Some(8 << 30));
        assert_eq!(first(&MEMORY_LIMIT, range, None), None);
        assert_eq!(first(&CPU_SHARES, None, gib), Some(1024));
    }

    #[test]
    fn what_is_set_is_told_three_ways() {
        let text = standing(&CPU_SHARES, &reading(), true);
        assert_eq!(
            text,
            "At the next start: 300 · Now: 500 · In the kernel: 700"
        );
        let off = ControlReading::default();
        let text = standing(&MEMORY_LIMIT, &off, false);
        assert_eq!(text, "At the next start: no limit");
    }
}
