// SPDX-License-Identifier: GPL-3.0-or-later
//! Single texts out of small documents that are only read: secrets, pools, volumes.

/// The text of the element at `path` below the root, or `None` if the document can't be read or
/// has no such element.
pub fn child_text(document: &[u8], path: &[&str]) -> Option<String> {
    let text = std::str::from_utf8(document).ok()?;
    let parsed = roxmltree::Document::parse(text).ok()?;
    let mut node = parsed.root_element();
    for name in path {
        node = node.children().find(|child| child.has_tag_name(*name))?;
    }
    Some(node.text().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::child_text;

    #[test]
    fn a_path_is_followed_from_the_root() {
        let document = b"<pool><name>a</name><target><path>/x &amp; y</path></target></pool>";
        assert_eq!(
            child_text(document, &["target", "path"]).as_deref(),
            Some("/x & y")
        );
        assert_eq!(child_text(document, &["path"]), None);
        assert_eq!(child_text(b"<", &["path"]), None);
    }
}
