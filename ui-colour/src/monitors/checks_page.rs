// SPDX-License-Identifier: GPL-3.0-or-later
//! The page of checks: what is wrong with the monitor's profile, why that matters and what to do.

use oriel_colour::report::{Finding, Report, Verdict};
use oriel_ui_kit::i18n::{gettext, gettext_f, ngettext_f};
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use super::rows::{Row, Rows, group, page};
use super::words;

/// The page.
#[derive(Debug)]
pub struct ChecksPage {
    root: gtk::ScrolledWindow,
    summary: Rows,
    findings: [(adw::PreferencesGroup, Rows); 3],
}

/// The order of the groups.
const VERDICTS: [Verdict; 3] = [Verdict::Error, Verdict::Warning, Verdict::Note];

impl ChecksPage {
    /// An empty page.
    pub fn new() -> Self {
        let body = gtk::Box::new(gtk::Orientation::Vertical, 24);
        let summary = group("", "");
        body.append(&summary);
        let findings = VERDICTS.map(|verdict| {
            let group = group(
                &gettext(match verdict {
                    Verdict::Error => "Errors",
                    Verdict::Warning => "Warnings",
                    Verdict::Note => "Notes",
                }),
                "",
            );
            body.append(&group);
            let rows = Rows::new(&group);
            (group, rows)
        });
        Self {
            root: page(body.upcast_ref()),
            summary: Rows::new(&summary),
            findings,
        }
    }

    /// The page.
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// Shows what was found.
    pub fn show(&self, report: Option<&Report>) {
        self.summary.show(vec![summary(report)]);
        let all = report.map(|it| it.findings.as_slice()).unwrap_or_default();
        for (verdict, (group, rows)) in VERDICTS.into_iter().zip(&self.findings) {
            let found: Vec<Row> = all
                .iter()
                .filter(|finding| finding.rule.verdict == verdict)
                .map(row)
                .collect();
            group.set_visible(!found.is_empty());
            rows.show(found);
        }
    }
}

/// How many findings a page's button tells of: those that matter.
pub fn count(report: Option<&Report>) -> usize {
    report.map_or(0, |report| {
        let matter = |finding: &&Finding| finding.rule.verdict >= Verdict::Warning;
        report.findings.iter().filter(matter).count()
    })
}

fn summary(report: Option<&Report>) -> Row {
    let Some(report) = report else {
        return Row {
            title: gettext("The profile is being looked at…"),
            ..Row::default()
        };
    };
    let name = words::profile_name(Some(report));
    let subtitle = gettext_f("Profile: {name}", &[("name", &name)]);
    let number = count(Some(report));
    if number == 0 {
        return Row {
            title: gettext("Nothing is wrong with this profile"),
            subtitle,
            icon: Some(("object-select-symbolic", "success")),
            ..Row::default()
        };
    }
    let (icon, class) = match report.worst() {
        Some(Verdict::Error) => ("dialog-error-symbolic", "error"),
        _ => ("dialog-warning-symbolic", "warning"),
    };
    Row {
        title: ngettext_f(
            "{number} thing is wrong with this profile or its use",
            "{number} things are wrong with this profile or its use",
            number,
            &[],
        ),
        subtitle,
        icon: Some((icon, class)),
        ..Row::default()
    }
}

fn row(finding: &Finding) -> Row {
    let (title, subtitle) = words::finding_words(finding);
    let (icon, class) = words::verdict(finding.rule.verdict);
    Row {
        title,
        subtitle,
        icon: Some((icon, class)),
        ..Row::default()
    }
}

#[cfg(test)]
mod tests {
    use oriel_colour::profile::Profile;
    use oriel_colour::report::Options;

    use super::*;

    #[test]
    fn notes_alone_are_nothing_wrong() {
        let report = Report::new(&Profile::srgb(), &Options::default());
        assert_eq!(count(Some(&report)), 0, "{:?}", report.findings);
        let row = summary(Some(&report));
        assert_eq!(row.title, "Nothing is wrong with this profile");
        assert!(summary(None).icon.is_none());
    }
}
