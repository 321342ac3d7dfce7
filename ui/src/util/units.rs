// SPDX-License-Identifier: GPL-3.0-or-later
//! Sizes in words.

/// KiB in a GiB.
const GIB: u64 = 1 << 20;
/// KiB in a MiB.
const MIB: u64 = 1 << 10;

/// A size of `kib` KiB with the largest unit that leaves a number of at least 1, to one decimal.
pub fn size(kib: u64) -> String {
    let (unit, name) = match kib {
        GIB.. => (GIB, "GiB"),
        MIB.. => (MIB, "MiB"),
        _ => (1, "KiB"),
    };
    let whole = kib / unit;
    match (kib % unit) * 10 / unit {
        0 => format!("{whole} {name}"),
        tenth => format!("{whole}.{tenth} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_take_the_fitting_unit() {
        assert_eq!(size(0), "0 KiB");
        assert_eq!(size(1023), "1023 KiB");
        assert_eq!(size(131_072), "128 MiB");
        assert_eq!(size(1_572_864), "1.5 GiB");
        assert_eq!(size(4 << 20), "4 GiB");
    }
}
