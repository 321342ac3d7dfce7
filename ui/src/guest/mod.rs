// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window shows of one guest: its page with the tabs in it.
//!
//! A tab is a component in a folder of its own, and a row in `page/pages.rs`.

pub mod activity;
pub mod page;
pub mod resources;
