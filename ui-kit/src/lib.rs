// SPDX-License-Identifier: GPL-3.0-or-later
//! What Oriel's windows are made of: rows, plots, accessible names, translation and icons.
//!
//! It knows neither guests nor colours. Whatever two pages share and that has no other home is
//! here.

pub mod a11y;
pub mod answers;
pub mod graph;
pub mod i18n;
pub mod icons;
pub mod parts;
pub mod plot;
pub mod rows;
pub mod seen;
pub mod sparkline;
pub mod style;
pub mod tasks;
pub mod units;
