// SPDX-License-Identifier: GPL-3.0-or-later
//! libvirt's documents: edited by splices, read in one pass, built anew where they are ours.
//!
//! - [`Document`] changes single elements of a document and leaves every other byte alone;
//!   [`DomainEdit`] says which for a guest's settings.
//! - [`Builder`], [`escape_text`] and [`escape_attribute`] make new documents.
//! - [`summary::DomainSummary`] reads what lists and the hand-over of secrets need from a domain.
//!
//! Owns no connection and no file. Entities are never expanded and nothing is fetched.

mod channel;
mod document;
mod edit;
mod encoding;
mod error;
mod escape;
mod layout;
mod locate;
mod memory;
mod read;
mod setting;
pub mod summary;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use channel::with_sockets;
pub use document::Document;
pub use edit::{DomainEdit, MemoryLimit};
pub(crate) use error::DOCUMENTS;
pub use error::XmlError;
pub use escape::{Builder, escape_attribute, escape_text};
pub use memory::UNLIMITED_KIB;
pub use read::{child_attribute, child_text};
pub use setting::{Setting, Unit};
pub use summary::DomainSummary;
