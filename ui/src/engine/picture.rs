// SPDX-License-Identifier: GPL-3.0-or-later
//! Pictures of guests' screens in the monitor's colours.

use oriel::preview::Preview;
use oriel_ui_colour::{Colours, Original, Picture};

/// A picture of a guest's screen, painted. `None` if it is damaged.
pub async fn painted(colours: &Colours, preview: Preview) -> Option<Picture> {
    let original = Original::new(preview.rgba, preview.width, preview.height)?;
    colours.picture(original).await
}
