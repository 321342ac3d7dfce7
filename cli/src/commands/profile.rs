// SPDX-License-Identifier: GPL-3.0-or-later
//! `profile check`: what is in a colour profile, and what is wrong with it.

use std::path::Path;

use oriel_colour::monitor::Monitor;
use oriel_colour::profile::{DateTime, Profile, ReadError};
use oriel_colour::report::{self, MonitorFacts, Report, Verdict};
use serde::Serialize;

use super::{Context, monitor};
use crate::args::CheckArguments;
use crate::failure::{self, Failure};
use crate::output;

/// A report in JSON, with what it is of.
#[derive(Debug, Serialize)]
struct Checked<'a> {
    file: Option<String>,
    monitor: Option<String>,
    source: Option<&'static str>,
    worst: Option<Verdict>,
    #[serde(flatten)]
    report: &'a Report,
}

/// Where a profile is from.
struct Found {
    profile: Profile,
    file: Option<String>,
    monitor: Option<(String, &'static str)>,
    facts: Option<MonitorFacts>,
}

pub async fn check(context: &Context, arguments: &CheckArguments) -> Result<(), Failure> {
    let found = find(&arguments.profile).await?;
    let languages = report::languages();
    let report = Report::new(
        &found.profile,
        &report::Options {
            languages: languages.iter().map(String::as_str).collect(),
            today: DateTime::today(),
            monitor: found.facts,
        },
    );
    if context.json {
        output::json(&Checked {
            file: found.file,
            source: found.monitor.as_ref().map(|it| it.1),
            monitor: found.monitor.map(|it| it.0),
            worst: report.worst(),
            report: &report,
        })?;
    } else {
        if let Some((name, source)) = &found.monitor {
            output::line(&format!("{:<18}{name}, by {source}", "On"));
        }
        output::lines(report.to_text().trim_end());
    }
    if report.worst() == Some(Verdict::Error) {
        return Err(Failure::Silent(failure::FAILED));
    }
    Ok(())
}

/// The profile in a file; where there is no such file, that of the monitor with this name.
async fn find(wanted: &Path) -> Result<Found, Failure> {
    match Profile::from_file(wanted) {
        Ok(profile) => {
            return Ok(Found {
                profile,
                file: Some(wanted.display().to_string()),
                monitor: None,
                facts: None,
            });
        }
        Err(ReadError::File(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            let what = wanted.display();
            return Err(Failure::Other(format!("Could not use {what}: {error}.")));
        }
    }
    let name = wanted.to_str().filter(|name| !name.contains('/'));
    let monitors = match name {
        Some(_) => monitor::look().await.ok(),
        None => None,
    };
    let monitor = monitors.as_ref().and_then(|found| {
        let named = |it: &&Monitor| Some(it.connector()) == name || Some(it.name.as_str()) == name;
        found.monitors.iter().find(named)
    });
    let Some(monitor) = monitor else {
        output::error(&format!(
            "There is neither a file nor a monitor “{}”.",
            wanted.display()
        ));
        return Err(Failure::Silent(failure::NOT_FOUND));
    };
    Ok(Found {
        profile: monitor.profile.clone(),
        file: None,
        monitor: Some((monitor.name.clone(), monitor.source.key())),
        facts: Some(MonitorFacts::from(monitor)),
    })
}
