// SPDX-License-Identifier: GPL-3.0-or-later
//! `monitor list`: the monitors of this computer, their colour profiles, and where these are from.

use std::sync::Arc;
use std::time::Duration;

use oriel_colour::monitor::{
    Area, Candidate, Colord, Display, Edid, Monitor, Monitors, Options, Source, Watcher, Why,
};
use oriel_colour::profile::Profile;
use oriel_colour::report::languages;
use serde::Serialize;

use super::Context;
use crate::failure::{self, Failure};
use crate::output;

/// How long the X server and colord may take together.
const PATIENCE: Duration = Duration::from_secs(5);

/// All of it, in JSON.
#[derive(Debug, Serialize)]
struct List {
    session: &'static str,
    specification: Option<String>,
    colord: ColordState,
    monitors: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct ColordState {
    state: &'static str,
    reason: Option<String>,
}

/// One monitor in JSON. Units stand in the names.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    index: usize,
    primary: bool,
    outputs: Vec<String>,
    area: Place,
    width_mm: u32,
    height_mm: u32,
    edid: Option<EdidRow>,
    source: &'static str,
    profile: ProfileRow,
    target: &'static str,
    reason: &'static str,
    gamma_straight: Option<bool>,
    candidates: Vec<CandidateRow>,
    disagreements: Vec<DisagreementRow>,
}

/// In pixels of the display server.
#[derive(Debug, Serialize)]
struct Place {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize)]
struct EdidRow {
    md5: String,
    vendor: String,
    model: Option<String>,
    serial: Option<String>,
}

#[derive(Debug, Serialize)]
struct ProfileRow {
    description: Option<String>,
    size_bytes: usize,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct CandidateRow {
    source: &'static str,
    place: String,
    profile: Option<ProfileRow>,
    refused: Option<String>,
}

/// Two candidates, by their numbers.
#[derive(Debug, Serialize)]
struct DisagreementRow {
    one: usize,
    other: usize,
    meant: bool,
}

/// Lists the monitors.
pub async fn list(context: &Context) -> Result<(), Failure> {
    let found = look().await?;
    if context.json {
        return output::json(&List::new(&found));
    }
    if found.monitors.is_empty() {
        output::note("No monitor is known here.");
    } else {
        print_table(&found);
    }
    for monitor in &found.monitors {
        for remark in remarks(monitor) {
            output::note(&format!("{}: {remark}", monitor.name));
        }
    }
    if found.colord == Colord::Silent {
        output::note("colord does not answer.");
    }
    Ok(())
}

/// Asks everybody once.
pub async fn look() -> Result<Arc<Monitors>, Failure> {
    let watcher = Watcher::start(Options::default())
        .map_err(|error| Failure::Other(format!("Could not look for monitors: {error}.")))?;
    let found = tokio::time::timeout(PATIENCE, watcher.settled()).await;
    let found = found.unwrap_or_else(|_| watcher.monitors());
    match &found.display {
        Display::Open => Ok(found),
        Display::Starting => Err(lost("The X server does not answer.")),
        Display::Gone { why } => Err(lost(&format!("There is nothing to look at: {why}."))),
    }
}

fn lost(text: &str) -> Failure {
    output::error(text);
    Failure::Silent(failure::LOST)
}

fn print_table(found: &Monitors) {
    let table: Vec<Vec<String>> = found
        .monitors
        .iter()
        .map(|monitor| {
            vec![
                monitor.name.clone(),
                if monitor.primary { "yes" } else { "-" }.to_owned(),
                pixels(monitor.area),
                named(&monitor.profile),
                place(monitor),
                monitor.in_force.target.key().to_owned(),
            ]
        })
        .collect();
    output::table(
        &["NAME", "PRIMARY", "AREA", "PROFILE", "FROM", "TARGET"],
        &table,
    );
}

/// As X writes it: size, and place from the left and from the top.
fn pixels(area: Area) -> String {
    if area.width == 0 {
        return "-".to_owned();
    }
    format!("{}x{}{:+}{:+}", area.width, area.height, area.x, area.y)
}

/// The profile's name; one that has none is named by its content.
fn named(profile: &Profile) -> String {
    description(profile).unwrap_or_else(|| format!("{:?}", profile.id()))
}

/// The profile's name, in the person's language where it has one.
fn description(profile: &Profile) -> Option<String> {
    let languages = languages();
    let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
    profile.description(&languages)
}

/// Where the profile is from.
fn place(monitor: &Monitor) -> String {
    if monitor.source == Source::Srgb {
        return "none set".to_owned();
    }
    let used = monitor.candidates.iter();
    used.filter(|it| it.profile() == Some(&monitor.profile))
        .find(|it| it.source == monitor.source)
        .map_or_else(String::new, |it| match it.source {
            Source::Colord => "colord".to_owned(),
            _ => it.place.clone(),
        })
}

/// What a person should know beside the table.
fn remarks(monitor: &Monitor) -> Vec<String> {
    let mut remarks = Vec::new();
    for candidate in &monitor.candidates {
        if let Err(refusal) = &candidate.found {
            remarks.push(format!("{} is not used: {refusal}.", candidate.place));
        }
    }
    let candidate = |index: usize| monitor.candidates.get(index);
    for it in &monitor.disagreements {
        let (Some(one), Some(other)) = (candidate(it.one), candidate(it.other)) else {
            continue;
        };
        let meant = if it.meant { ", as it is meant" } else { "" };
        remarks.push(format!(
            "{} and {} have different profiles{meant}.",
            one.place, other.place
        ));
    }
    if monitor.in_force.why != Why::X11 {
        remarks.push(monitor.in_force.why.text().to_owned());
    }
    remarks
}

impl List {
    fn new(found: &Monitors) -> Self {
        let (state, reason) = match &found.colord {
            Colord::Asking => ("asking", None),
            Colord::Present => ("present", None),
            Colord::Silent => ("silent", None),
            Colord::Absent { why } => ("absent", Some(why.clone())),
        };
        Self {
            session: found.session.key(),
            specification: found.specification.clone(),
            colord: ColordState { state, reason },
            monitors: found.monitors.iter().map(Row::new).collect(),
        }
    }
}

impl Row {
    fn new(monitor: &Monitor) -> Self {
        let area = monitor.area;
        Self {
            name: monitor.name.clone(),
            index: monitor.index,
            primary: monitor.primary,
            outputs: monitor.outputs.iter().map(|it| it.name.clone()).collect(),
            area: Place {
                x: area.x,
                y: area.y,
                width: area.width,
                height: area.height,
            },
            width_mm: monitor.millimetres.0,
            height_mm: monitor.millimetres.1,
            edid: monitor.edid().map(|edid| EdidRow::new(edid)),
            source: monitor.source.key(),
            profile: ProfileRow::new(&monitor.profile),
            target: monitor.in_force.target.key(),
            reason: monitor.in_force.why.key(),
            gamma_straight: monitor.gamma().map(|gamma| gamma.is_straight()),
            candidates: monitor.candidates.iter().map(CandidateRow::new).collect(),
            disagreements: monitor
                .disagreements
                .iter()
                .map(|it| DisagreementRow {
                    one: it.one,
                    other: it.other,
                    meant: it.meant,
                })
                .collect(),
        }
    }
}

impl EdidRow {
    fn new(edid: &Edid) -> Self {
        let number = edid.serial_number.map(|number| number.to_string());
        Self {
            md5: edid.md5.to_string(),
            vendor: edid.vendor.clone(),
            model: edid.model.clone(),
            serial: edid.serial.clone().or(number),
        }
    }
}

impl ProfileRow {
    fn new(profile: &Profile) -> Self {
        Self {
            description: description(profile),
            size_bytes: profile.bytes().len(),
            sha256: profile.id().to_string(),
        }
    }
}

impl CandidateRow {
    fn new(candidate: &Candidate) -> Self {
        Self {
            source: candidate.source.key(),
            place: candidate.place.clone(),
            profile: candidate.profile().map(ProfileRow::new),
            refused: candidate.found.as_ref().err().map(ToString::to_string),
        }
    }
}
