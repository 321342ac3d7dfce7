// SPDX-License-Identifier: GPL-3.0-or-later
//! What the person's own libvirt configuration makes of a name that is given in place of a URI.
//!
//! libvirt takes a name of letters, digits, `_` and `-` for an alias of `libvirt.conf`, and an
//! empty one for the usual URI. Only as much of that file is read as aliases need; libvirt itself
//! reads it again when it opens the connection.

use std::io::Read as _;
use std::path::PathBuf;

use crate::file;

/// The largest configuration that is read, in bytes; libvirt's own limit.
const MAX_FILE: u64 = 10 * 1024 * 1024;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The URI as far as it is known; empty where libvirt finds one by itself.
    pub uri: String,
    /// Whether the person's own configuration gives it, and not who named it.
    pub configured: bool,
}

/// Finds out what libvirt will open for this name. Reads a file.
pub fn resolve(given: &str) -> Resolved {
    if given.is_empty() {
        return Resolved {
            uri: std::env::var("LIBVIRT_DEFAULT_URI").unwrap_or_default(),
            configured: true,
        };
    }
    let alias = is_alias(given)
        .then(|| aliased(&configuration()?, given))
        .flatten();
    Resolved {
        configured: alias.is_some(),
        uri: alias.unwrap_or_else(|| given.to_owned()),
    }
}

fn is_alias(name: &str) -> bool {
    let part = |one: char| one.is_ascii_alphanumeric() || one == '_' || one == '-';
    name.chars().all(part)
}

/// The text of `libvirt.conf`: the system's for root, else the person's own.
fn configuration() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let folder = if root {
        PathBuf::from("/etc")
    } else {
        let absolute = |name| {
            let path = std::env::var_os(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?
    };
    let file = file::open(&folder.join("libvirt/libvirt.conf")).ok()?;
    let mut text = String::new();
    file.take(MAX_FILE).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The URI of an alias by the text of a configuration.
fn aliased(text: &str, name: &str) -> Option<String> {
    // Where it is set twice, the later one holds.
    let mut found = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let value = line.trim_start().strip_prefix("uri_aliases");
        if value.is_some_and(|value| value.trim_start().starts_with('=')) {
            // The list may go on for many lines.
            let (_, list) = rest.split_once('=')?;
            let list = list.trim_start().strip_prefix('[')?;
            let entries = strings(list);
            let uri = |entry: &String| {
                let (alias, uri) = entry.split_once('=')?;
                (alias == name).then(|| uri.to_owned())
            };
            found = entries.iter().find_map(uri);
        }
        rest = after;
    }
    found
}

/// The strings of a list, up to its end.
fn strings(list: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches(|one: char| one.is_whitespace() || one == ',');
        if rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        let quote = ["\"\"\"", "\"", "'"]
            .into_iter()
            .find(|quote| rest.starts_with(quote));
        let inside = quote.and_then(|quote| rest[quote.len()..].split_once(quote));
        let Some((text, after)) = inside else {
            return all;
        };
        all.push(text.to_owned());
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# uri_aliases = [ \"lab=qemu+ssh://wrong/system\" ]\n\
        uri_default = \"qemu:///system\"\n\
        uri_aliases = [\n\
        \t\"lab=qemu+ssh://me@lab/system?command=/x\", # \"attic=no\"\n\
        \t'cellar=qemu+tls://cellar/system',\n\
        ]\n\
        other = [ \"attic=test:///default\" ]\n";

    #[test]
    fn aliases_are_found_where_libvirt_finds_them() {
        let of = |name| aliased(TEXT, name);
        let uri = of("lab");
        assert_eq!(uri.as_deref(), Some("qemu+ssh://me@lab/system?command=/x"));
        assert_eq!(of("cellar").as_deref(), Some("qemu+tls://cellar/system"));
        assert_eq!(of("attic"), None);
        assert_eq!(aliased("uri_aliases = [", "lab"), None);
        assert_eq!(aliased("uri_aliases = \"lab=x\"", "lab"), None);
    }

    #[test]
    fn a_uri_is_no_alias_and_nobody_has_configured_it() {
        for uri in ["qemu:///system", "qemu+ext:/x?command=/y", "no-such-alias"] {
            let resolved = resolve(uri);
            assert_eq!((&*resolved.uri, resolved.configured), (uri, false));
        }
        assert!(resolve("").configured);
    }
}
