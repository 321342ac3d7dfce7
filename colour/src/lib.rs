// SPDX-License-Identifier: GPL-3.0-or-later
//! Colour management for what is shown on monitors.
//!
//! This crate knows nothing of virtual machines and nothing of GTK. It has five parts, and
//! they are used in this order:
//!
//! - [`profile`]: bytes of an ICC profile are taken apart and checked *before* any other code
//!   sees them; what can't be trusted is refused with a reason;
//! - [`monitor`]: which monitors the display server has, which profile each one has, where it
//!   came from, and when that changes;
//! - [`transform`]: pixels of one profile become pixels of another one;
//! - [`picture`]: pictures in files, with what they say of their own colours;
//! - `report`: what is in a profile, and what is wrong with it.

mod file;
pub mod lab;
pub mod matrix;
pub mod monitor;
pub mod picture;
pub mod profile;
pub mod report;
pub mod samples;
pub mod standard;
pub mod transform;
