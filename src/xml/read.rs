// SPDX-License-Identifier: GPL-3.0-or-later
//! Single texts out of small documents that are only read: secrets, pools, volumes.

/// The text of the element at `path` below the root, or `None` if the document can't be read or
/// has no such element.
pub fn child_text(document: &[u8], path: &[&str]) -> Option<String> {
    let text = std::str::from_utf8(document).ok()?;
    let parsed = roxmltree::Document::parse(text).ok()?;
    let node = follow(parsed.root_element(), path)?;
    Some(node.text().unwrap_or_default().to_owned())
}

/// An attribute of the element at `path` below the root, or `None` if the document can't be read
/// or has no such element or attribute.
pub fn child_attribute(document: &[u8], path: &[&str], attribute: &str) -> Option<String> {
    let text = std::str::from_utf8(document).ok()?;
    let parsed = roxmltree::Document::parse(text).ok()?;
    let node = follow(parsed.root_element(), path)?;
    node.attribute(attribute).map(str::to_owned)
}

fn follow<'a, 'input>(
    root: roxmltree::Node<'a, 'input>,
    path: &[&str],
) -> Option<roxmltree::Node<'a, 'input>> {
    path.iter().try_fold(root, |node, name| {
        node.children().find(|child| child.has_tag_name(*name))
    })
}

#[cfg(test)]
mod tests {
    use super::{child_attribute, child_text};

    #[test]
    fn a_path_is_followed_from_the_root() {
        let document = b"<pool><name>a</name><target><path>/x &amp; y</path></target></pool>";
        assert_eq!(
            child_text(document, &["target", "path"]).as_deref(),
            Some("/x & y")
        );
        assert_eq!(child_text(document, &["path"]), None);
        assert_eq!(child_text(b"<", &["path"]), None);
        let document = b"<volume><target><format type='qcow2'/></target></volume>";
        let format = |name| child_attribute(document, &["target", "format"], name);
        assert_eq!(format("type").as_deref(), Some("qcow2"));
        assert_eq!(format("kind"), None);
    }
}
