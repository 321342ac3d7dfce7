// SPDX-License-Identifier: GPL-3.0-or-later
//! `image convert`: a picture from profile to profile; and the profiles that are named on the
//! command line.

use std::io::Write as _;
use std::path::Path;

use oriel_colour::monitor::Monitor;
use oriel_colour::picture::{Picture, Tag};
use oriel_colour::profile::{Intent, Profile, ReadError};
use oriel_colour::transform::Recipe;
use serde_json::json;

use super::{Context, monitor};
use crate::args::{ConvertArguments, IntentArgument};
use crate::failure::{self, Failure};
use crate::output;

/// The word for the space of everything without a profile.
const SRGB: &str = "srgb";

impl From<IntentArgument> for Intent {
    fn from(intent: IntentArgument) -> Self {
        match intent {
            IntentArgument::Perceptual => Self::Perceptual,
            IntentArgument::Relative => Self::RelativeColorimetric,
            IntentArgument::Saturation => Self::Saturation,
            IntentArgument::Absolute => Self::AbsoluteColorimetric,
        }
    }
}

/// Converts a picture.
pub async fn convert(context: &Context, arguments: ConvertArguments) -> Result<(), Failure> {
    let from = arguments.from.as_deref().map(of_file).transpose()?;
    let to = of_file_or_monitor(&arguments.to).await?;
    let path = arguments.input.clone();
    let done = tokio::task::spawn_blocking(move || converted(&arguments, from, to)).await;
    let (picture, png, output) = done.map_err(|error| Failure::Other(error.to_string()))??;
    if output.as_os_str() == "-" {
        return write_out(&png);
    }
    std::fs::write(&output, &png).map_err(|error| {
        Failure::Other(format!("Could not write {}: {error}.", output.display()))
    })?;
    if context.json {
        return output::json(&json!({
            "input": path,
            "path": output,
            "format": picture.format.name(),
            "width": picture.width,
            "height": picture.height,
            "bits": picture.bits(),
        }));
    }
    output::line(&format!(
        "{}: {} × {} pixels of {} bits.",
        output.display(),
        picture.width,
        picture.height,
        picture.bits()
    ));
    Ok(())
}

type Converted = (Picture, Vec<u8>, std::path::PathBuf);

fn converted(
    arguments: &ConvertArguments,
    from: Option<Profile>,
    to: Profile,
) -> Result<Converted, Failure> {
    let path = arguments.input.display();
    let mut picture = Picture::from_file(&arguments.input)
        .map_err(|error| Failure::Other(format!("Could not read {path}: {error}.")))?;
    if let (Tag::Broken(fault), None) = (&picture.tag, &from) {
        output::note(&format!(
            "The profile of {path} is not used: {fault}. It is taken for sRGB."
        ));
    }
    let recipe = Recipe {
        intent: arguments.intent.into(),
        black_point: arguments.bpc,
        ..Recipe::new(from.unwrap_or_else(|| picture.profile()), to)
    };
    picture
        .convert(&recipe)
        .map_err(|error| Failure::Other(format!("Could not convert {path}: {error}.")))?;
    let png = picture
        .to_png()
        .map_err(|error| Failure::Other(format!("Could not save {path}: {error}.")))?;
    Ok((picture, png, arguments.output.clone()))
}

/// Writes bytes to standard output.
pub(super) fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::Other(format!("Could not write the picture: {error}.")))
}

/// The profile in a file, or sRGB.
pub(super) fn of_file(name: &str) -> Result<Profile, Failure> {
    if name == SRGB {
        return Ok(Profile::srgb());
    }
    let read = Profile::from_file(Path::new(name)).and_then(|profile| {
        profile.check_picture()?;
        Ok(profile)
    });
    read.map_err(|error| match error {
        ReadError::File(error) if error.kind() == std::io::ErrorKind::NotFound => {
            output::error(&format!("There is no profile {name}."));
            Failure::Silent(failure::NOT_FOUND)
        }
        ReadError::File(error) => Failure::Other(format!("Could not read {name}: {error}.")),
        other => Failure::Other(format!("The profile {name} can’t be used: {other}.")),
    })
}

/// The profile of a monitor, or in a file.
async fn of_file_or_monitor(name: &str) -> Result<Profile, Failure> {
    // A connector has no dot and no slash; a file of that name goes before it.
    if name == SRGB || name.contains(['/', '.']) || Path::new(name).exists() {
        return of_file(name);
    }
    let found = monitor::look().await?;
    if let Some(monitor) = found.named(name) {
        return Ok(monitor.profile.clone());
    }
    output::error(&format!("There is no monitor and no profile {name}."));
    Err(Failure::Silent(failure::NOT_FOUND))
}

/// What a picture of a screen is to be converted to; `None` for nothing.
pub(super) async fn of_preview(name: &str) -> Result<Option<Profile>, Failure> {
    match name {
        "none" => Ok(None),
        "auto" => {
            let found = monitor::look().await?;
            let all = &found.monitors;
            let primary = all.iter().find(|it| it.primary).or(all.first());
            Ok(primary.and_then(Monitor::target))
        }
        file => of_file(file).map(Some),
    }
}
