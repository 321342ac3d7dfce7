// SPDX-License-Identifier: GPL-3.0-or-later
//! Small helpers that know nothing of guests, but for what they may be called.

pub mod a11y;
pub mod answers;
pub mod graph;
pub mod names;
pub mod parts;
pub mod plot;
pub mod rows;
pub mod seen;
pub mod sparkline;
pub mod units;
