// SPDX-License-Identifier: GPL-3.0-or-later
//! Words for people: texts with names that somebody else translates, and text from outside in a
//! form that does nothing to what shows it.
//!
//! It knows neither guests nor colours nor a language, so that all parts say things alike.

pub mod message;
pub mod shown;
