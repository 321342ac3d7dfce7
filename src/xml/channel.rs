// SPDX-License-Identifier: GPL-3.0-or-later
//! The sockets of a domain's channels, such as that of the guest agent.
//!
//! libvirt makes up the path of a socket that has none from its folders, the guest's name and a
//! number that grows with each start. Owns giving such a socket a path; which one is the caller's.

use std::ops::Range;

use roxmltree::{Document, Node};

use super::{XmlError, escape_attribute};

/// The document with a path for each socket of a channel that has none, or one that is longer than
/// `longest` bytes. `path` gives it by the channel's number among them, or nothing. `None` if there
/// is no such channel.
///
/// # Errors
///
/// [`XmlError::Character`] for a path that XML can't carry.
pub(crate) fn with_sockets(
    xml: &str,
    longest: usize,
    path: impl Fn(usize) -> Option<String>,
) -> Result<Option<String>, XmlError> {
    let Ok(document) = Document::parse(xml) else {
        // libvirt's own documents can be read; without a change the start fails as it did.
        return Ok(None);
    };
    let channels = document
        .root_element()
        .children()
        .filter(|node| node.has_tag_name("devices"))
        .flat_map(|devices| devices.children())
        .filter(|node| node.has_tag_name("channel") && node.attribute("type") == Some("unix"));
    let mut splices: Vec<(Range<usize>, String)> = Vec::new();
    for channel in channels {
        let source = channel.children().find(|it| it.has_tag_name("source"));
        let present = source.and_then(|source| source.attribute("path"));
        // One that connects to a socket of somebody else's has to keep its path.
        let bound = source.is_none_or(|source| source.attribute("mode") != Some("connect"));
        if !bound || present.is_some_and(|path| path.len() <= longest) {
            continue;
        }
        let Some(path) = path(splices.len()) else {
            return Ok(None);
        };
        let element = format!("<source mode='bind' path='{}'/>", escape_attribute(&path)?);
        let place = source.map_or_else(|| inside(&channel), |source| Some(source.range()));
        let Some(place) = place else { continue };
        splices.push((place, element));
    }
    if splices.is_empty() {
        return Ok(None);
    }
    let mut changed = xml.to_owned();
    for (place, element) in splices.into_iter().rev() {
        changed.replace_range(place, &element);
    }
    Ok(Some(changed))
}

/// Where the first child of an element goes.
fn inside(element: &Node<'_, '_>) -> Option<Range<usize>> {
    let at = element.first_child()?.range().start;
    Some(at..at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: &str = "<domain><devices>\n<channel type='unix'>\n  <target type='virtio' \
         name='org.qemu.guest_agent.0'/></channel><channel type='spicevmc'><target \
         name='s'/></channel><channel type='unix'><source mode='bind'/><target name='b'/></channel>\
         <channel type='unix'><source mode='bind' path='/short'/></channel>\
         <channel type='unix'><source mode='connect' path='/of/another/program'/></channel>\
         <channel type='unix'><source mode='bind' path='/longer/than/ten'/></channel>\
         </devices></domain>";

    #[test]
    fn a_socket_without_a_path_or_with_a_long_one_gets_one() {
        let changed = with_sockets(GUEST, 10, |number| Some(format!("/r/{number}&")));
        let changed = changed.unwrap().unwrap();
        let sources: Vec<_> = changed
            .split("<source ")
            .skip(1)
            .filter_map(|rest| rest.split_once("/>"))
            .map(|(source, _)| source)
            .collect();
        assert_eq!(
            sources,
            [
                "mode='bind' path='/r/0&amp;'",
                "mode='bind' path='/r/1&amp;'",
                "mode='bind' path='/short'",
                "mode='connect' path='/of/another/program'",
                "mode='bind' path='/r/2&amp;'",
            ]
        );
        // Nothing else is touched, and the second time there is nothing to do.
        assert_eq!(
            changed
                .replace("<source mode='bind' path='/r/0&amp;'/>", "")
                .len(),
            {
                let grown =
                    "<source mode='bind' path='/r/1&amp;'/>".len() - "<source mode='bind'/>".len();
                GUEST.len() + grown + "/r/2&amp;".len() - "/longer/than/ten".len()
            }
        );
        assert_eq!(
            with_sockets(&changed, 10, |_| Some("/x".into())).unwrap(),
            None
        );
    }

    #[test]
    fn without_a_place_for_it_nothing_changes() {
        assert_eq!(with_sockets(GUEST, 10, |_| None).unwrap(), None);
        let none = "<domain><devices/></domain>";
        assert_eq!(with_sockets(none, 10, |_| Some("/x".into())).unwrap(), None);
        assert_eq!(with_sockets("<", 10, |_| Some("/x".into())).unwrap(), None);
    }
}
