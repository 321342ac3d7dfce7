// SPDX-License-Identifier: GPL-3.0-or-later
//! `xml`: edits a document and prints it, every other byte as it was.

use std::io::Write as _;

use oriel::xml::DomainEdit;

use super::read_document;
use crate::args::XmlArguments;
use crate::failure::Failure;

pub fn edit(arguments: &XmlArguments) -> Result<(), Failure> {
    let document = read_document(&arguments.file)?;
    let mut edit = DomainEdit::default();
    for change in &arguments.settings.changes {
        let value = change
            .value
            .map(|value| change.control.document_value(value));
        edit = edit.set(change.control.setting, value);
        if let (Some(period), Some(_)) = (&change.control.period, value) {
            // The number is a part of the usual one.
            edit = edit.set(period.setting, None);
        }
    }
    let edited = edit.apply(document).map_err(oriel::Error::from)?;
    let mut out = std::io::stdout().lock();
    match out.write_all(&edited).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::Other(
            format!("Could not write the document: {error}."),
        )),
        _ => Ok(()),
    }
}
