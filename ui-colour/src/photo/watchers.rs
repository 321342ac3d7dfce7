// SPDX-License-Identifier: GPL-3.0-or-later
//! What goes on beside the window of a photo: following, decoding, painting.

use std::path::Path;
use std::sync::Arc;

use oriel_colour::picture::{Levels, Part, Picture};
use oriel_colour::profile::Profile;
use oriel_colour::transform::{Order, Recipe, Surface};
use oriel_ui_kit::tasks::Tasks;
use relm4::ComponentSender;
use tokio::sync::watch;

use super::Photo;
use super::messages::{Painted, PhotoCmd, Shown};
use crate::{Aim, ColourSettings, Colours, reasons, texture};

/// Tells of another monitor, another profile and other preferences until the window is gone.
pub(super) fn follow(
    tasks: &Tasks,
    mut aim: watch::Receiver<Arc<Aim>>,
    mut settings: watch::Receiver<ColourSettings>,
    sender: &ComponentSender<Photo>,
) {
    let out = sender.command_sender().clone();
    tasks.spawn(async move {
        loop {
            let message = tokio::select! {
                changed = aim.changed() => changed.map(|()| PhotoCmd::Aimed),
                changed = settings.changed() => changed.map(|()| PhotoCmd::Settings),
            };
            let Ok(message) = message else { return };
            out.emit(message);
        }
    });
}

/// Decodes a file.
pub(super) fn load(number: u64, file: &Path) -> PhotoCmd {
    let result = Picture::from_file(file).map(|picture| {
        let facts = super::words::facts(&picture);
        let tag = picture.tag.clone();
        Shown {
            levels: Arc::new(Levels::new(picture)),
            tag,
            facts,
        }
    });
    PhotoCmd::Loaded(number, result)
}

/// Reads a profile to be imitated, or to stand for the monitor's.
pub(super) fn read_profile(file: &Path) -> Result<Profile, String> {
    let profile = Profile::from_file(file).map_err(|why| reasons::file(&why))?;
    profile
        .check_picture()
        .map_err(|why| reasons::refusal(&why))?;
    Ok(profile)
}

/// Something on another thread whose result comes back as a message.
pub(super) fn off_thread(
    tasks: &Tasks,
    sender: &ComponentSender<Photo>,
    work: impl FnOnce() -> PhotoCmd + Send + 'static,
) {
    let out = sender.command_sender().clone();
    tasks.compute(work, move |done| out.emit(done));
}

/// A part of a photo at a zoom, converted.
pub(super) fn paint(
    colours: &Colours,
    levels: &Levels,
    recipe: Option<&Recipe>,
    part: Part,
    zoom: f64,
) -> Painted {
    let mut rgba = levels.part(zoom, part);
    let mut fault = None;
    if let Some(recipe) = recipe.filter(|recipe| !recipe.is_identity()) {
        match colours.transform(recipe) {
            Ok(transform) => {
                let stride = part.width * 4;
                let surface = Surface::new(&mut rgba, part.width, part.height, stride, Order::Rgba);
                if let Ok(mut surface) = surface {
                    transform.apply(&mut surface, None, 0);
                }
            }
            Err(error) => fault = Some(reasons::conversion(&error)),
        }
    }
    let is_empty = part.width == 0 || part.height == 0;
    Painted {
        texture: (!is_empty).then(|| texture(rgba, part.width, part.height)),
        part,
        zoom,
        fault,
    }
}
