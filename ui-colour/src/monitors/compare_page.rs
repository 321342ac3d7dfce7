// SPDX-License-Identifier: GPL-3.0-or-later
//! The page that compares the monitor's profile with another one.

use oriel_colour::profile::Profile;
use oriel_colour::report::{Comparison, Finding};
use oriel_colour::standard;
use oriel_ui_kit::i18n::{gettext, gettext_f};
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use super::messages::{FileFor, MonitorsMsg};
use super::rows::{ChoiceRow, Row, Rows, button_row, group, page};
use super::words;

/// The page.
#[derive(Debug)]
pub struct ComparePage {
    root: gtk::ScrolledWindow,
    with: ChoiceRow,
    result: Rows,
    group: adw::PreferencesGroup,
}

/// What may be compared with: its name, and its profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// Its name.
    pub name: String,
    /// Its profile.
    pub profile: Profile,
}

/// The known spaces.
pub fn spaces() -> Vec<Other> {
    [standard::SRGB, standard::ADOBE_RGB, standard::DISPLAY_P3]
        .into_iter()
        .filter_map(|space| {
            Some(Other {
                name: space.name.to_owned(),
                profile: space.profile().ok()?,
            })
        })
        .collect()
}

impl ComparePage {
    /// A page that tells `out` what the person does.
    pub fn new(out: &Sender<MonitorsMsg>) -> Self {
        let body = gtk::Box::new(gtk::Orientation::Vertical, 24);
        let choice = group("", "");
        let with = ChoiceRow::new(&gettext("Compare With"), &[], out, MonitorsMsg::Compare);
        choice.add(&with.row);
        choice.add(&button_row(
            "document-open-symbolic",
            &gettext("Compare With a Profile File…"),
            out,
            || MonitorsMsg::Browse(FileFor::Comparison),
        ));
        let result = group(&gettext("Differences"), "");
        body.append(&choice);
        body.append(&result);
        Self {
            root: page(body.upcast_ref()),
            with,
            result: Rows::new(&result),
            group: result,
        }
    }

    /// The page.
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// Offers these, the one of that number being chosen.
    pub fn offer(&self, others: &[Other], chosen: usize) {
        let names: Vec<String> = others.iter().map(|other| other.name.clone()).collect();
        self.with.offer(&names);
        self.with.set(Some(chosen));
    }

    /// Shows what came of it; nothing while it is being compared.
    pub fn show(&self, comparison: Option<&Comparison>) {
        self.group.set_visible(comparison.is_some());
        self.result.show(comparison.map(rows).unwrap_or_default());
    }
}

fn rows(comparison: &Comparison) -> Vec<Row> {
    let mut rows = Vec::new();
    if comparison.identical {
        rows.push(Row {
            title: gettext("Both are the same profile, byte by byte"),
            icon: Some(("object-select-symbolic", "success")),
            ..Row::default()
        });
    }
    if let Some(colours) = comparison.colours {
        let names = [
            gettext("Red"),
            gettext("Green"),
            gettext("Blue"),
            gettext("White"),
            gettext("Black"),
        ];
        for (name, distance) in names.iter().zip(colours) {
            let value = gettext_f("{number} ΔE", &[("number", &words::number(distance, 2))]);
            rows.push(Row::value(name.clone(), value));
        }
    }
    if let Some(kelvin) = comparison.temperature {
        rows.push(Row::value(
            gettext("White of the Other One"),
            gettext_f("{number} K", &[("number", &format!("{kelvin:+.0}"))]),
        ));
    }
    let parts = [
        (
            gettext("This Gamut Covered by the Other"),
            comparison.first_in_other,
        ),
        (
            gettext("The Other Gamut Covered by This"),
            comparison.other_in_first,
        ),
    ];
    for (title, part) in parts {
        if let Some(part) = part {
            rows.push(Row::value(title, words::percent(part)));
        }
    }
    let distances = [
        (
            gettext("Largest Distance of Tone Curves"),
            comparison.curves,
        ),
        (
            gettext("Largest Distance of Calibrations"),
            comparison.calibration,
        ),
    ];
    for (title, channels) in distances {
        if let Some(channels) = channels {
            let worst = channels.into_iter().fold(0.0, f64::max);
            rows.push(Row::value(title, words::percent(worst)));
        }
    }
    let tags = [
        (gettext("Tags of This One Alone"), &comparison.tags_of_first),
        (
            gettext("Tags of the Other One Alone"),
            &comparison.tags_of_other,
        ),
    ];
    for (title, tags) in tags {
        if !tags.is_empty() {
            rows.push(Row {
                title,
                subtitle: tags.join(", "),
                ..Row::default()
            });
        }
    }
    rows.extend(findings(
        &gettext("Found in This One Alone"),
        &comparison.findings_of_first,
    ));
    rows.extend(findings(
        &gettext("Found in the Other One Alone"),
        &comparison.findings_of_other,
    ));
    rows
}

fn findings(title: &str, findings: &[Finding]) -> Vec<Row> {
    let row = |finding: &Finding| {
        let (icon, class) = words::verdict(finding.rule.verdict);
        Row {
            title: title.to_owned(),
            subtitle: words::finding_words(finding).0,
            icon: Some((icon, class)),
            ..Row::default()
        }
    };
    findings.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitors::watchers;

    #[test]
    fn a_profile_is_the_same_as_itself_and_differs_from_others() {
        let spaces = spaces();
        let [srgb, adobe, _] = &spaces[..] else {
            unreachable!("there are three");
        };
        let same = rows(&watchers::compare(&srgb.profile, &srgb.profile));
        assert_eq!(same[0].title, "Both are the same profile, byte by byte");
        let other = rows(&watchers::compare(&srgb.profile, &adobe.profile));
        let find = |title: &str| other.iter().find(|row| row.title == title);
        let value = |title: &str| find(title).map(|row| row.value.clone()).unwrap_or_default();
        let white = value("White");
        assert!(white.starts_with("0.0"), "{white}");
        assert_eq!(value("This Gamut Covered by the Other"), "100.0 %");
        assert!(*value("Green") > *"1", "{}", value("Green"));
    }
}
