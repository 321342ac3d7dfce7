// SPDX-License-Identifier: GPL-3.0-or-later
//! A libvirt URI taken apart as libvirt itself does it (`virURIParse`, `doRemoteOpen`).
//!
//! Parameters stand between `&` or `;`, are percent-decoded, end at a zero byte, and their names go
//! without regard to case; the transport goes without regard to case as well, and needs no `//`
//! after it. Whoever decides by a URI whether something is safe has to see at least what libvirt
//! sees.

/// The parts of a URI that say where it leads and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// What is after the `+` of the scheme, in lower case; empty without one.
    pub transport: String,
    /// The account, decoded.
    pub user: Option<String>,
    /// The host without its port, decoded; `None` where the URI names none.
    pub host: Option<String>,
}

impl Parts {
    pub(crate) fn of(uri: &str) -> Self {
        let (scheme, rest) = uri.split_once(':').unwrap_or(("", uri));
        let transport = scheme
            .split_once('+')
            .map_or("", |(_, transport)| transport);
        let authority = rest
            .strip_prefix("//")
            .and_then(|rest| rest.split(['/', '?', '#']).next())
            .unwrap_or_default();
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        // The colons of an IPv6 address stand in brackets.
        let host = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => name,
            _ => host,
        };
        let host = host.trim_matches(['[', ']']);
        Self {
            transport: transport.to_ascii_lowercase(),
            user: user.map(decoded),
            host: (!host.is_empty()).then(|| decoded(host)),
        }
    }
}

/// The part of a URI between `?` and `#`.
pub(crate) fn query(uri: &str) -> &str {
    let before = uri.split('#').next().unwrap_or_default();
    before.split_once('?').map_or("", |(_, query)| query)
}

/// The parameters of a URI, each with its name in lower case.
///
/// To libvirt a `;` parts them only where no `&` follows any more. Here each does, so that nothing
/// is overlooked if that changes; a value goes as far as libvirt takes it.
pub(crate) fn parameters(uri: &str) -> Vec<(String, String)> {
    let query = query(uri);
    let starts = std::iter::once(0).chain(query.match_indices(['&', ';']).map(|(at, _)| at + 1));
    starts
        .filter_map(|start| {
            let pair = first_segment(&query[start..]);
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name).to_ascii_lowercase();
            (!name.is_empty()).then(|| (name, decoded(value)))
        })
        .collect()
}

/// The parts of a query as libvirt parts them, the empty ones left out.
pub(crate) fn segments(query: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = query;
    while !rest.is_empty() {
        let segment = first_segment(rest);
        if !segment.is_empty() {
            all.push(segment);
        }
        rest = rest.get(segment.len() + 1..).unwrap_or_default();
    }
    all
}

fn first_segment(rest: &str) -> &str {
    let end = rest.find('&').or_else(|| rest.find(';'));
    &rest[..end.unwrap_or(rest.len())]
}

/// Percent-decodes a part; what is no code stays as it is. libvirt goes on with a C string, so a
/// zero byte ends it.
pub(crate) fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(0) => break,
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_stays_and_a_zero_byte_ends_it() {
        assert_eq!(decoded("a%20b%zz%4"), "a b%zz%4");
        assert_eq!(decoded("%"), "%");
        assert_eq!(decoded("%+1"), "%+1");
        assert_eq!(decoded("command%00x"), "command");
    }

    #[test]
    fn parameters_are_read_as_libvirt_reads_them() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            parameters("x:///?A=1;COM%4dAND%00y=/a%20b#?c=d"),
            [pair("a", "1"), pair("command", "/a b")]
        );
        // Before an `&` a `;` is part of the value, but what follows it is looked at all the same.
        assert_eq!(
            parameters("x:///?command=/a;b=/c&d"),
            [pair("command", "/a;b=/c"), pair("b", "/c"), pair("d", "")]
        );
        assert_eq!(parameters("x:///?&&=1"), []);
        assert_eq!(segments("a=b;c=d&&e;f"), ["a=b;c=d", "e", "f"]);
    }

    #[test]
    fn the_way_to_a_host_is_found_in_any_spelling() {
        let parts = |uri| {
            let parts = Parts::of(uri);
            (parts.transport, parts.user, parts.host)
        };
        let of = |transport: &str, user: Option<&str>, host: Option<&str>| {
            (
                transport.to_owned(),
                user.map(str::to_owned),
                host.map(str::to_owned),
            )
        };
        assert_eq!(
            parts("qemu+SSH://me@lab:2222/system?a=b@c"),
            of("ssh", Some("me"), Some("lab"))
        );
        assert_eq!(parts("qemu+ext:/system?command=x"), of("ext", None, None));
        assert_eq!(parts("qemu://[::1]/"), of("", None, Some("::1")));
        assert_eq!(parts("qemu+tls://[::1]:1/"), of("tls", None, Some("::1")));
        assert_eq!(parts("x+ssh://%2Doa?b"), of("ssh", None, Some("-oa")));
        assert_eq!(parts("qemu:///system"), of("", None, None));
        assert_eq!(parts("attic"), of("", None, None));
    }
}
