// SPDX-License-Identifier: GPL-3.0-or-later
//! The pages of the assistant: each makes its widgets, says what the person chose, and shows what
//! it is told. What follows from a choice is the assistant's.

mod disk;
mod name;
mod progress;
mod resources;
mod source;
mod summary;

pub use self::disk::{DiskPage, Protection, Typed, copied_text};
pub use self::name::NamePage;
pub use self::progress::ProgressPage;
pub use self::resources::ResourcesPage;
pub use self::source::SourcePage;
pub use self::summary::SummaryPage;
