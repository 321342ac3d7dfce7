// SPDX-License-Identifier: GPL-3.0-or-later
//! A static checker of lock rules: for C drivers with a lock per driver and a lock per object,
//! as libvirt's were in 2009, and for guards in Rust.
//!
//! Nothing is built and no header is needed. What goes on, in order:
//!
//! - [`config`]: which functions lock and unlock what, which types carry a lock;
//! - [`c`] and [`rust`], the front ends: each function becomes a graph of steps ([`ir`]);
//! - [`analysis`]: which locks may be held at each step, and which rules that breaks;
//! - [`run`]: all files side by side, suppressions, the baseline, one order for the result;
//! - [`report`]: the result in the form of the report of 2009, as JSON, SARIF or gcc's lines.

pub mod analysis;
pub mod args;
pub mod baseline;
pub mod c;
pub mod config;
pub mod files;
pub mod graph;
pub mod ir;
pub mod report;
pub mod rule;
pub mod run;
pub mod rust;
