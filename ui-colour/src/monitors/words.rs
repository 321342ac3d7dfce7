// SPDX-License-Identifier: GPL-3.0-or-later
//! How monitors, profiles and findings are worded.

use oriel_colour::monitor::{Colord, Display, Mode, Monitor, Monitors};
use oriel_colour::profile::Intent;
use oriel_colour::report::{CurveReport, Finding, Kind, Report, Verdict};
use oriel_ui_kit::i18n::{gettext, gettext_f};

/// What people call a monitor: its maker and model where it tells them, else its connector.
pub fn monitor_name(monitor: &Monitor) -> String {
    let model = monitor
        .edid()
        .and_then(|edid| Some(format!("{} {}", edid.vendor, edid.model.as_ref()?)));
    model.unwrap_or_else(|| monitor.name.clone())
}

/// What is said of a monitor below its name.
pub fn monitor_line(monitor: &Monitor) -> String {
    let mut parts = Vec::new();
    if monitor.area.width > 0 {
        parts.push(format!("{} × {}", monitor.area.width, monitor.area.height));
    }
    if monitor.primary {
        parts.push(gettext("primary monitor"));
    }
    parts.join(" · ")
}

/// The name of a profile; its identity where it has none.
pub fn profile_name(report: Option<&Report>) -> String {
    report
        .and_then(|report| report.description.clone())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| gettext("A profile without a name"))
}

/// Why there are no monitors.
pub fn display_line(monitors: &Monitors) -> String {
    match &monitors.display {
        Display::Starting => gettext("The display server has not answered yet."),
        Display::Open => gettext("The display server knows no monitor."),
        Display::Gone { why } => {
            gettext_f("The display server can’t be asked: {why}.", &[("why", why)])
        }
    }
}

/// How colord is, in words.
pub fn colord_line(colord: &Colord, monitor: &Monitor) -> String {
    match (colord, &monitor.device_id) {
        (Colord::Asking, _) => gettext("It has not answered yet."),
        (Colord::Present, Some(id)) => {
            gettext_f("It knows this monitor as “{device}”.", &[("device", id)])
        }
        (Colord::Present, None) => gettext("It runs, and does not know this monitor."),
        (Colord::Absent { .. }, _) => {
            gettext("It does not run here. Profiles can come from other places.")
        }
        (Colord::Silent, _) => gettext("It did not answer in time."),
    }
}

/// The modes, in the order of [`Mode::ALL`].
pub fn mode_names() -> Vec<String> {
    Mode::ALL
        .iter()
        .map(|mode| {
            gettext(match mode {
                Mode::Auto => "Automatic",
                Mode::Always => "Always",
                Mode::Never => "Never",
            })
        })
        .collect()
}

/// The intents, in the order of [`Intent::ALL`].
pub fn intent_names() -> Vec<String> {
    Intent::ALL
        .iter()
        .map(|intent| {
            gettext(match intent {
                Intent::Perceptual => "Perceptual",
                Intent::RelativeColorimetric => "Relative colorimetric",
                Intent::Saturation => "Saturation",
                Intent::AbsoluteColorimetric => "Absolute colorimetric",
            })
        })
        .collect()
}

/// A channel's name as findings have it, in the person's language.
fn channel(name: &str) -> String {
    gettext(match name {
        "red" => "red",
        "green" => "green",
        "blue" => "blue",
        "Red" => "Red",
        "Green" => "Green",
        "Blue" => "Blue",
        _ => return name.to_owned(),
    })
}

/// What a finding says and advises, in the person's language.
pub fn finding_words(finding: &Finding) -> (String, String) {
    let values: Vec<(&str, String)> = finding
        .values
        .iter()
        .map(|(name, value)| {
            let value = match *name {
                "channel" => channel(value),
                _ => value.clone(),
            };
            (*name, value)
        })
        .collect();
    let values: Vec<(&str, &str)> = values
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    (
        gettext_f(finding.rule.reason, &values),
        gettext_f(finding.rule.advice, &values),
    )
}

/// The icon of a verdict, and its style.
pub fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Error => ("dialog-error-symbolic", "error"),
        Verdict::Warning => ("dialog-warning-symbolic", "warning"),
        Verdict::Note => ("dialog-information-symbolic", "dim-label"),
    }
}

/// How a profile describes its monitor.
pub fn kind_words(kind: Kind) -> String {
    gettext(match kind {
        Kind::Matrix => "Matrix and curves",
        Kind::Table => "Tables",
        Kind::TableAndMatrix => "Tables, and a matrix with curves",
        _ => "Neither matrix nor tables for RGB",
    })
}

/// Powers of three tone curves: "2.20", or three of them where they differ.
pub fn gammas(curves: &[CurveReport; 3]) -> String {
    let words = curves.each_ref().map(|curve| {
        curve
            .gamma
            .map_or_else(|| "–".to_owned(), |gamma| number(gamma, 2))
    });
    match &words {
        [red, green, blue] if red == green && green == blue => red.clone(),
        _ => words.join(" · "),
    }
}

/// A number with so many decimals.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if decimals == 0 {
        return text;
    }
    // Translators: the decimal separator of numbers such as 1.5
    text.replace('.', &gettext("."))
}

/// A large whole number, with narrow spaces between thousands.
pub fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A part of 1 as a percentage with a decimal.
pub fn percent(part: f64) -> String {
    gettext_f("{number} %", &[("number", &number(part * 100.0, 1))])
}

#[cfg(test)]
mod tests {
    use oriel_colour::report::RULES;

    use super::*;

    #[test]
    fn a_finding_has_its_values_in_both_texts() {
        let rule = RULES
            .iter()
            .find(|rule| rule.reason.contains("{channel}") && rule.reason.contains("{place}"));
        let Some(rule) = rule else {
            unreachable!("there is such a rule");
        };
        let finding = Finding {
            rule,
            values: vec![("channel", "green".into()), ("place", "40".into())],
        };
        let (reason, advice) = finding_words(&finding);
        assert!(
            reason.contains("green") && reason.contains("40 %"),
            "{reason}"
        );
        assert!(!advice.contains('{'), "{advice}");
    }

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(grouped(999.4), "999");
        assert_eq!(grouped(1_233_129.0), "1\u{202f}233\u{202f}129");
    }

    #[test]
    fn equal_powers_are_told_once() {
        let report = Report::new(
            &oriel_colour::profile::Profile::srgb(),
            &oriel_colour::report::Options::default(),
        );
        let curves = report.curves.as_ref().map(gammas).unwrap_or_default();
        assert!(!curves.is_empty() && !curves.contains('·'), "{curves}");
        assert_eq!(profile_name(Some(&report)), "sRGB");
    }
}
