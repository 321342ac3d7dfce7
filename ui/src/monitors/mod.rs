// SPDX-License-Identifier: GPL-3.0-or-later
//! The colour page: each monitor with its profile, and what is wrong with that.

use std::sync::Arc;

use relm4::gtk;
use relm4::gtk::prelude::*;

use crate::engine::Engine;

/// Shows the colour page in a window of its own.
pub fn open(_parent: &impl IsA<gtk::Window>, _engine: &Arc<Engine>) {}
