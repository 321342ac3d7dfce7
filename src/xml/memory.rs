// SPDX-License-Identifier: GPL-3.0-or-later
//! Numbers as libvirt reads them from a document.
//!
//! Owns the rules of `virStrToLong_ullp` and `virScaleInteger`; where the numbers stand is the
//! caller's affair.

/// From this number of KiB on, libvirt takes a memory limit as none at all
/// (`VIR_DOMAIN_MEMORY_PARAM_UNLIMITED`).
pub const UNLIMITED_KIB: u64 = 9_007_199_254_740_991;

/// A whole number as libvirt reads it: blanks may stand before it, nothing behind it.
pub(crate) fn number(text: &str) -> Option<u64> {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
        .parse()
        .ok()
}

/// A size in KiB as libvirt reads it: in KiB without a unit, rounded up to whole KiB.
pub(crate) fn kibibytes(text: &str, unit: Option<&str>) -> Option<u64> {
    let bytes = number(text)?.checked_mul(unit_bytes(unit.unwrap_or_default())?)?;
    Some(bytes.div_ceil(1024))
}

/// How many bytes a unit has; KiB if it is empty.
fn unit_bytes(unit: &str) -> Option<u64> {
    let lower = unit.to_ascii_lowercase();
    let power = match lower.as_bytes().first() {
        None => return Some(1024),
        Some(b'b') => return matches!(&*lower, "b" | "byte" | "bytes").then_some(1),
        Some(b'k') => 1,
        Some(b'm') => 2,
        Some(b'g') => 3,
        Some(b't') => 4,
        Some(b'p') => 5,
        Some(b'e') => 6,
        Some(_) => return None,
    };
    match &lower[1..] {
        "" | "ib" => 1024_u64.checked_pow(power),
        "b" => 1000_u64.checked_pow(power),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_libvirt_reads_them() {
        for (text, unit, expected) in [
            ("1024", None, Some(1024)),
            ("\n 1024", None, Some(1024)),
            ("1024 ", None, None),
            ("1025", Some("b"), Some(2)),
            ("1", Some("MiB"), Some(1024)),
            ("1", Some("m"), Some(1024)),
            ("1", Some("MB"), Some(977)),
            ("2", Some("GiB"), Some(2 << 20)),
            ("3", Some("KB"), Some(3)),
            ("18446744073709551615", Some("KiB"), None),
            ("15", Some("EiB"), Some(15 << 50)),
            ("1", Some("furlong"), None),
            ("-1", None, None),
            ("", None, None),
        ] {
            assert_eq!(kibibytes(text, unit), expected, "{text:?} {unit:?}");
        }
    }
}
