// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window's pages say alike: failures with their next steps, names, and states.

pub mod errors;
pub mod names;
pub mod rows;
