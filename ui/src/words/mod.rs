// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window's pages say alike: failures with their next steps, and names.

pub mod errors;
pub mod names;
