// SPDX-License-Identifier: GPL-3.0-or-later
//! `preview`: a picture of the screen.

use std::io::Write as _;

use serde_json::json;

use super::Context;
use super::lifecycle::find;
use crate::args::PreviewArguments;
use crate::failure::Failure;
use crate::output;

pub async fn preview(context: &Context, arguments: &PreviewArguments) -> Result<(), Failure> {
    let (connection, guest) = find(context, &arguments.name).await?;
    let picture = output::while_waiting(
        &format!("Taking a picture of the screen of “{}”", guest.name),
        oriel::preview::take(&connection, &guest, arguments.width),
    )
    .await?;
    connection.close().await;
    let png = picture.to_png().map_err(oriel::Error::from)?;
    let path = &arguments.output;
    if path.as_os_str() == "-" {
        let mut out = std::io::stdout().lock();
        return out
            .write_all(&png)
            .and_then(|()| out.flush())
            .map_err(|error| Failure::Other(format!("Could not write the picture: {error}.")));
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
