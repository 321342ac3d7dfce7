// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window of a photo hears, and what its background work gives.

use std::path::PathBuf;
use std::sync::Arc;

use oriel_colour::picture::{Levels, Part, PictureError, Tag};
use oriel_colour::profile::Profile;
use relm4::gtk::gdk;

use super::setting::Wish;
use super::zoom::Step;
use crate::Colours;

/// What a window begins with.
#[derive(Debug)]
pub struct PhotoInit {
    /// What pictures are converted with.
    pub colours: Colours,
    /// The photo; without one it is asked for.
    pub file: Option<PathBuf>,
}

/// What it is told.
#[derive(Debug)]
pub enum PhotoMsg {
    /// Ask for a photo.
    Open,
    /// Show this one.
    Load(PathBuf),
    /// Change the zoom.
    Zoom(Step),
    /// Move what is in sight, by so many pixels to the right and down.
    Pan(f64, f64),
    /// What is in sight has changed.
    Seen,
    /// The person used the switches.
    Wish(Wish),
    /// Ask for a profile to be imitated.
    ChooseProof,
    /// Imitate the profile in this file; `None` for none.
    Proof(Option<PathBuf>),
    /// Look at the preferences.
    Settings,
}

/// What the background sends.
#[derive(Debug)]
pub enum PhotoCmd {
    /// A file was decoded; with the number of the question.
    Loaded(u64, Result<Shown, PictureError>),
    /// A part was painted.
    Painted(Box<Painted>),
    /// The monitor or its profile is another one.
    Aimed,
    /// The preferences have changed.
    Settings,
    /// The file that stands for the monitor's profile was read; `None` for none.
    Display(Option<Result<Profile, String>>),
    /// The profile to be imitated was read.
    Proof(Result<Profile, String>),
}

/// A decoded photo.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its pixels at all sizes.
    pub levels: Arc<Levels>,
    /// What it says of its colours.
    pub tag: Tag,
    /// Format, size and bits, for the title.
    pub facts: String,
}

/// Which painting is under way.
#[derive(Debug, Default)]
pub struct Painting {
    /// One is.
    pub busy: bool,
    /// Another one is wanted after it.
    pub again: bool,
}

/// A part as it is shown.
#[derive(Debug)]
pub struct Painted {
    /// For GTK.
    pub texture: Option<gdk::Texture>,
    /// Where it belongs, in pixels of the screen.
    pub part: Part,
    /// Pixels of the screen for one of the photo's.
    pub zoom: f64,
    /// Why it is not converted although it should be.
    pub fault: Option<String>,
}
