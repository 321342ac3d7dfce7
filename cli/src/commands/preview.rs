// SPDX-License-Identifier: GPL-3.0-or-later
//! `preview`: a picture of the screen.

use oriel::preview::Preview;
use oriel_colour::profile::Profile;
use oriel_colour::transform::{Order, Recipe, Surface, Transform};
use serde_json::json;

use super::lifecycle::find;
use super::{Context, image};
use crate::args::PreviewArguments;
use crate::failure::Failure;
use crate::output;

pub async fn preview(context: &Context, arguments: &PreviewArguments) -> Result<(), Failure> {
    let profile = image::of_preview(&arguments.profile).await?;
    let (connection, guest) = find(context, &arguments.name).await?;
    let mut picture = output::while_waiting(
        &format!("Taking a picture of the screen of “{}”", guest.name),
        oriel::preview::take(&connection, &guest, arguments.width),
    )
    .await?;
    connection.close().await;
    if let Some(profile) = profile {
        convert(&mut picture, profile)?;
    }
    let png = picture.to_png().map_err(oriel::Error::from)?;
    let path = &arguments.output;
    if path.as_os_str() == "-" {
        return image::write_out(&png);
    }
    std::fs::write(path, &png)
        .map_err(|error| Failure::Other(format!("Could not write {}: {error}.", path.display())))?;
    if context.json {
        return output::json(&json!({
            "name": guest.name,
            "uuid": guest.uuid.to_string(),
            "path": path,
            "width": picture.width,
            "height": picture.height,
        }));
    }
    output::line(&format!(
        "{}: {} × {} pixels.",
        path.display(),
        picture.width,
        picture.height
    ));
    Ok(())
}

/// From sRGB, which a guest's screen is in, to a monitor's profile.
fn convert(picture: &mut Preview, profile: Profile) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::Other(format!("Could not convert the picture: {error}."))
    };
    let transform =
        Transform::new(&Recipe::new(Profile::srgb(), profile)).map_err(|error| failed(&error))?;
    let side = |length: u32| usize::try_from(length).unwrap_or(0);
    let (width, height) = (side(picture.width), side(picture.height));
    let mut surface = Surface::new(&mut picture.rgba, width, height, width * 4, Order::Rgba)
        .map_err(|error| failed(&error))?;
    transform.apply(&mut surface, None, 0);
    Ok(())
}
