// SPDX-License-Identifier: GPL-3.0-or-later
//! Every text that the engine can say.

use crate::message::Text;
use crate::xml;

use super::error::TABLES;
use super::{doing, place};

/// All texts of the engine, in no order that matters.
pub fn all() -> impl Iterator<Item = &'static Text> {
    TABLES
        .iter()
        .chain(&[doing::DOING, place::PLACES, xml::DOCUMENTS])
        .flat_map(|table| table.iter().copied())
}
