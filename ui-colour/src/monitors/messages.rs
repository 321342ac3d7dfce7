// SPDX-License-Identifier: GPL-3.0-or-later
//! What the colour page hears.

use std::path::PathBuf;
use std::sync::Arc;

use oriel_colour::monitor::Monitors;
use oriel_colour::profile::{Profile, ProfileId};
use oriel_colour::report::{Comparison, MonitorFacts, Report};

use super::diagram::Chart;
use super::picker::Reading;
use super::pictures::{Halves, Rgb, Test};
use crate::{Aim, ColourSettings};

/// What the person does.
#[derive(Debug)]
pub enum MonitorsMsg {
    /// The monitor of this number is to be shown.
    Choose(u32),
    /// Convert in this mode (its number in `Mode::ALL`).
    Mode(u32),
    /// By this intent (its number in `Intent::ALL`).
    Intent(u32),
    /// With black point compensation, or without.
    BlackPoint(bool),
    /// Look for a file.
    Browse(FileFor),
    /// This file was chosen.
    Chosen(FileFor, PathBuf),
    /// The file chosen for the monitor is not to be used any more.
    SystemProfile,
    /// Look at everything again.
    Refresh,
    /// Show this diagram.
    Chart(Chart),
    /// A colour was picked in a test picture.
    Picked(Test, Rgb),
    /// A colour was typed.
    Typed(Rgb),
    /// Compare with what stands at this place of the list.
    Compare(u32),
}

/// What a file is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFor {
    /// To be the monitor's profile.
    Monitor,
    /// To be compared with.
    Comparison,
    /// To write the report to.
    Report,
}

/// What the background sends.
#[derive(Debug)]
pub enum MonitorsCmd {
    /// All monitors as they are now.
    Monitors(Arc<Monitors>),
    /// What the person wants now.
    Settings(ColourSettings),
    /// What pictures in this window are converted to now.
    Aim(Arc<Aim>),
    /// A report is ready.
    Report(ProfileId, Box<MonitorFacts>, Arc<Report>),
    /// The test pictures are ready, or why they can't be made.
    Pictures(u64, Result<Vec<Halves>, String>),
    /// What was read of a colour.
    Reading(Box<Reading>),
    /// A profile's file was read for this, or refused.
    Opened(FileFor, PathBuf, Result<Profile, String>),
    /// these two profiles were compared.
    Compared((ProfileId, ProfileId), Box<Comparison>),
    /// The report could not be written.
    NotWritten(PathBuf, String),
}
