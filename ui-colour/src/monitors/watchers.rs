// SPDX-License-Identifier: GPL-3.0-or-later
//! What the colour page has done in the background.

use std::path::Path;
use std::sync::Arc;

use oriel_colour::profile::{DateTime, Profile};
use oriel_colour::report::{Comparison, MonitorFacts, Options, Report, languages};
use oriel_colour::transform::Device;
use oriel_ui_kit::tasks::Tasks;
use relm4::{ComponentSender, adw};

use super::MonitorsPage;
use super::messages::MonitorsCmd;
use crate::{Colours, reasons};

/// Looks at a profile, in the person's language; `facts` is what is known of its monitor.
pub fn report(profile: &Profile, facts: Option<MonitorFacts>) -> Arc<Report> {
    let languages = languages();
    let options = Options {
        languages: languages.iter().map(String::as_str).collect(),
        today: DateTime::today(),
        monitor: facts,
    };
    Arc::new(Report::new(profile, &options))
}

/// Compares two profiles, each looked at by itself.
pub fn compare(one: &Profile, other: &Profile) -> Box<Comparison> {
    let (first, second) = (report(one, None), report(other, None));
    Box::new(Comparison::new((one, &first), (other, &second)))
}

/// Reads a profile that a monitor could have; says why not, else.
pub fn open(path: &Path) -> Result<Profile, String> {
    let profile = Profile::from_file(path).map_err(|why| reasons::file(&why))?;
    profile
        .check_monitor()
        .map_err(|why| reasons::refusal(&why))?;
    // What passes until here may still be of no use.
    Device::new(&profile).map_err(|why| reasons::conversion(&why))?;
    Ok(profile)
}

/// Writes a report, as JSON where the name ends like that.
pub fn write(path: &Path, report: &Report) -> Result<(), String> {
    let json = path.extension().is_some_and(|it| it == "json");
    let text = if json {
        let text = serde_json::to_string_pretty(report);
        text.map_err(|error| error.to_string())? + "\n"
    } else {
        report.to_text()
    };
    std::fs::write(path, text).map_err(|error| error.to_string())
}

/// Begins to follow the monitors, the settings and the monitor that the window is on.
pub(super) fn follow(
    colours: &Colours,
    root: &adw::Window,
    tasks: &Tasks,
    sender: &ComponentSender<MonitorsPage>,
) {
    let out = sender.command_sender().clone();
    tasks.follow(colours.monitors(), move |monitors| {
        out.emit(MonitorsCmd::Monitors(monitors));
    });
    let out = sender.command_sender().clone();
    tasks.follow(colours.settings(), move |settings| {
        out.emit(MonitorsCmd::Settings(settings));
    });
    let out = sender.command_sender().clone();
    tasks.follow(colours.aim_of(root), move |aim| {
        out.emit(MonitorsCmd::Aim(aim));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_profile_is_refused_with_a_reason() {
        let path = std::env::temp_dir().join(format!("oriel-no-profile-{}", std::process::id()));
        std::fs::write(&path, b"not a profile").unwrap_or_default();
        let why = open(&path).err().unwrap_or_default();
        assert!(!why.is_empty());
        std::fs::write(&path, Profile::srgb().bytes()).unwrap_or_default();
        assert_eq!(open(&path), Ok(Profile::srgb()));
        std::fs::remove_file(&path).unwrap_or_default();
        assert!(open(&path).is_err());
    }

    #[test]
    fn a_report_is_written_as_its_name_says() {
        let path = std::env::temp_dir().join(format!("oriel-report-{}.json", std::process::id()));
        let report = report(&Profile::srgb(), None);
        assert_eq!(write(&path, &report), Ok(()));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text.starts_with('{') && text.contains("\"description\": \"sRGB\""));
        std::fs::remove_file(&path).unwrap_or_default();
        assert!(write(Path::new("/nowhere/at/all"), &report).is_err());
    }
}
