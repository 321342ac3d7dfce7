// SPDX-License-Identifier: GPL-3.0-or-later
//! The page of a monitor's profile: which one, where it is from, what else was found, how it is
//! used, and what is in it.

use oriel_colour::monitor::{Candidate, Mode, Monitor, Monitors, Source};
use oriel_colour::profile::{Intent, Profile};
use oriel_colour::report::{Report, languages};
use oriel_ui_kit::i18n::{gettext, gettext_f};
use oriel_ui_kit::rows::switch_row;
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use super::messages::{FileFor, MonitorsMsg};
use super::rows::{ChoiceRow, Row, Rows, button_row, group, page};
use super::words;
use crate::{ColourSettings, reasons};

/// The page.
#[derive(Debug)]
pub struct ProfilePage {
    root: gtk::ScrolledWindow,
    state: Rows,
    system: adw::ActionRow,
    mode: ChoiceRow,
    intent: ChoiceRow,
    black_point: gtk::Switch,
    found: Rows,
    content: Rows,
}

impl ProfilePage {
    /// A page that tells `out` what the person does.
    pub fn new(out: &Sender<MonitorsMsg>) -> Self {
        let body = gtk::Box::new(gtk::Orientation::Vertical, 24);
        let state = group("", "");
        let actions = group("", "");
        actions.add(&button_row(
            "document-open-symbolic",
            &gettext("Choose a Profile File…"),
            out,
            || MonitorsMsg::Browse(FileFor::Monitor),
        ));
        let system = button_row(
            "edit-undo-symbolic",
            &gettext("Use the System’s Profile"),
            out,
            || MonitorsMsg::SystemProfile,
        );
        actions.add(&system);
        actions.add(&button_row(
            "document-save-symbolic",
            &gettext("Export the Report…"),
            out,
            || MonitorsMsg::Browse(FileFor::Report),
        ));
        let use_of = group(
            &gettext("Conversion"),
            &gettext("Holds for all monitors, for previews and for the test pictures here."),
        );
        let mode = ChoiceRow::new(
            &gettext("Convert to the Monitor’s Colors"),
            &words::mode_names(),
            out,
            MonitorsMsg::Mode,
        );
        let intent = ChoiceRow::new(
            &gettext("Rendering Intent"),
            &words::intent_names(),
            out,
            MonitorsMsg::Intent,
        );
        intent.row.set_subtitle(&gettext(
            "What becomes of colors that the monitor can’t show.",
        ));
        let (black_row, black_point) = switch_row(
            &gettext("Black Point Compensation"),
            &gettext("Black becomes the monitor’s black, so that dark shades stay apart."),
        );
        let sender = out.clone();
        black_point.connect_active_notify(move |switch| {
            sender.emit(MonitorsMsg::BlackPoint(switch.is_active()));
        });
        use_of.add(&mode.row);
        use_of.add(&intent.row);
        use_of.add(&black_row);
        let found = group(
            &gettext("Where Profiles Were Looked For"),
            &gettext("In this order; the first sound one is used."),
        );
        let content = group(&gettext("What Is in the Profile"), "");
        for group in [&state, &actions, &use_of, &found, &content] {
            body.append(group);
        }
        Self {
            root: page(body.upcast_ref()),
            state: Rows::new(&state),
            system,
            mode,
            intent,
            black_point,
            found: Rows::new(&found),
            content: Rows::new(&content),
        }
    }

    /// The page.
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// Shows what the person wants.
    pub fn show_settings(&self, settings: &ColourSettings) {
        let place = Mode::ALL.iter().position(|one| *one == settings.mode);
        self.mode.set(place);
        let place = Intent::ALL.iter().position(|one| *one == settings.intent);
        self.intent.set(place);
        // What it tells then is what holds already.
        self.black_point.set_active(settings.black_point);
    }

    /// Shows a monitor, and what is in its profile as far as that is known.
    pub fn show(&self, monitors: &Monitors, monitor: &Monitor, report: Option<&Report>) {
        self.state.show(state(monitors, monitor));
        let chosen = monitor
            .candidates
            .iter()
            .any(|it| it.source == Source::Override);
        self.system.set_visible(chosen);
        self.found.show(found(monitor));
        self.content.show(report.map(content).unwrap_or_default());
    }
}

/// A profile's name in the person's language.
pub fn name_of(profile: &Profile) -> String {
    let languages = languages();
    let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
    let name = profile.description(&languages).unwrap_or_default();
    let name = name.trim();
    if name.is_empty() {
        gettext("A profile without a name")
    } else {
        name.to_owned()
    }
}

fn state(monitors: &Monitors, monitor: &Monitor) -> Vec<Row> {
    let used = monitor
        .candidates
        .iter()
        .find(|it| it.source == monitor.source && it.profile().is_some());
    let mut from = gettext(monitor.source.text());
    // The first monitor's property has the very name that the text has.
    if let Some(used) = used.filter(|used| !from.ends_with(&used.place)) {
        from = gettext_f(
            "{source}: {place}",
            &[("source", &from), ("place", &used.place)],
        );
    }
    let force = monitor.in_force;
    let mut rows = vec![
        Row {
            title: name_of(&monitor.profile),
            subtitle: from,
            icon: Some(("preferences-color-symbolic", "")),
            ..Row::default()
        },
        Row {
            title: gettext(force.target.text()),
            subtitle: gettext(force.why.text()),
            icon: Some(("video-display-symbolic", "")),
            ..Row::default()
        },
    ];
    if monitor.calibrating {
        rows.push(Row {
            title: gettext("This monitor is being calibrated or measured"),
            subtitle: gettext("Until that ends, its colors are left alone."),
            icon: Some(("dialog-warning-symbolic", "warning")),
            ..Row::default()
        });
    }
    rows.push(Row {
        title: gettext("colord"),
        subtitle: words::colord_line(&monitors.colord, monitor),
        icon: Some(("applications-system-symbolic", "")),
        ..Row::default()
    });
    rows
}

/// What was found where, and what disagrees.
fn found(monitor: &Monitor) -> Vec<Row> {
    let mut rows: Vec<Row> = monitor
        .candidates
        .iter()
        .map(|candidate| found_row(candidate, monitor.source))
        .collect();
    if rows.is_empty() {
        rows.push(Row {
            title: gettext("No place has a profile for this monitor"),
            subtitle: gettext("It is taken for an sRGB monitor."),
            ..Row::default()
        });
    }
    let source = |number: usize| {
        let candidate = monitor.candidates.get(number);
        candidate.map_or_else(String::new, |it| gettext(it.source.text()))
    };
    for pair in monitor.disagreements.iter().filter(|pair| !pair.meant) {
        rows.push(Row {
            title: gettext("Two places have different profiles"),
            subtitle: gettext_f(
                "{one} · {other}. Programs that look at the one show other colors than those that look at the other.",
                &[("one", &source(pair.one)), ("other", &source(pair.other))],
            ),
            icon: Some(("dialog-warning-symbolic", "warning")),
            ..Row::default()
        });
    }
    rows
}

fn found_row(candidate: &Candidate, used: Source) -> Row {
    let title = gettext(candidate.source.text());
    match &candidate.found {
        Ok(profile) => Row {
            title,
            subtitle: gettext_f(
                "“{profile}” in {place}",
                &[("profile", &name_of(profile)), ("place", &candidate.place)],
            ),
            value: if candidate.source == used {
                gettext("in use")
            } else {
                String::new()
            },
            icon: None,
        },
        Err(refusal) => Row {
            title,
            subtitle: gettext_f(
                "{place} is not used: {why}.",
                &[
                    ("place", &candidate.place),
                    ("why", &reasons::place(refusal)),
                ],
            ),
            icon: Some(("dialog-warning-symbolic", "warning")),
            ..Row::default()
        },
    }
}

/// The day of a time by ISO 8601.
fn date(time: &str) -> String {
    time.split('T').next().unwrap_or_default().to_owned()
}

fn content(report: &Report) -> Vec<Row> {
    let header = &report.header;
    let mut rows = vec![Row::value(
        gettext("Kind"),
        gettext_f(
            "{kind}, ICC version {version}",
            &[
                ("kind", &words::kind_words(report.kind)),
                ("version", &header.version),
            ],
        ),
    )];
    let texts = [
        (gettext("Monitor"), &report.model),
        (gettext("Maker"), &report.manufacturer),
        (gettext("Made"), &header.created.as_deref().map(date)),
        (gettext("Copyright"), &report.copyright),
    ];
    for (title, value) in texts {
        if let Some(value) = value.as_ref().filter(|value| !value.trim().is_empty()) {
            rows.push(Row::value(title, value.clone()));
        }
    }
    if let Some(colours) = &report.colours {
        let white = match colours.temperature {
            Some(kelvin) => gettext_f("{number} K", &[("number", &words::number(kelvin, 0))]),
            None => gettext("not told"),
        };
        rows.push(Row::value(gettext("White"), white));
        if let Some(luminance) = colours.luminance {
            let value = gettext_f(
                "{number} cd/m²",
                &[("number", &words::number(luminance, 0))],
            );
            rows.push(Row::value(gettext("Brightness of White"), value));
        }
    }
    if let Some(curves) = &report.curves {
        rows.push(Row::value(gettext("Gamma"), words::gammas(curves)));
    }
    let calibration = gettext(match &report.calibration {
        None => "none",
        Some(it) if it.identity => "changes nothing",
        Some(_) => "for the graphics card",
    });
    rows.push(Row::value(gettext("Calibration"), calibration));
    rows.push(Row::value(
        gettext("Size"),
        gettext_f(
            "{bytes} bytes, {tags} tags",
            &[
                ("bytes", &header.size.to_string()),
                ("tags", &report.tags.len().to_string()),
            ],
        ),
    ));
    rows
}

#[cfg(test)]
mod tests {
    use oriel_colour::monitor::SourceRefusal;
    use oriel_colour::report::Options;

    use super::*;

    #[test]
    fn a_place_says_what_it_has_or_why_that_is_not_used() {
        let mut candidate = Candidate {
            source: Source::RootAtom,
            place: "_ICC_PROFILE_1".into(),
            found: Ok(Profile::srgb()),
        };
        let row = found_row(&candidate, Source::RootAtom);
        assert_eq!(row.subtitle, "“sRGB” in _ICC_PROFILE_1");
        assert_eq!(row.value, "in use");
        assert_eq!(found_row(&candidate, Source::Output).value, "");
        candidate.found = Err(SourceRefusal::Empty);
        let row = found_row(&candidate, Source::Output);
        assert_eq!(
            row.subtitle,
            "_ICC_PROFILE_1 is not used: the property is empty."
        );
        assert!(row.icon.is_some());
    }

    #[test]
    fn the_content_names_what_people_ask_for() {
        let report = Report::new(&Profile::srgb(), &Options::default());
        let rows = content(&report);
        let find = |title: &str| rows.iter().find(|row| row.title == title);
        assert!(find("Kind").is_some_and(|row| row.subtitle.contains("Matrix")));
        assert_eq!(
            find("Calibration").map(|row| row.value.as_str()),
            Some("none")
        );
    }
}
