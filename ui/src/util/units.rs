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

/// A rate of `bytes` a second, in the unit that leaves a number of at least 1.
pub fn rate(bytes: f32) -> String {
    let bytes = f64::from(bytes.max(0.0));
    let (unit, name) = if bytes >= 1_073_741_824.0 {
        (1_073_741_824.0, "GiB/s")
    } else if bytes >= 1_048_576.0 {
        (1_048_576.0, "MiB/s")
    } else if bytes >= 1024.0 {
        (1024.0, "KiB/s")
    } else {
        (1.0, "B/s")
    };
    let value = bytes / unit;
    if value >= 10.0 || unit <= 1.0 {
        format!("{value:.0} {name}")
    } else {
        format!("{value:.1} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::{rate, size};

    #[test]
    fn rates_take_the_fitting_unit() {
        assert_eq!(rate(0.4), "0 B/s");
        assert_eq!(rate(1536.0), "1.5 KiB/s");
        assert_eq!(rate(12.0 * 1_048_576.0), "12 MiB/s");
    }

    #[test]
    fn sizes_take_the_fitting_unit() {
        assert_eq!(size(0), "0 KiB");
        assert_eq!(size(1023), "1023 KiB");
        assert_eq!(size(131_072), "128 MiB");
        assert_eq!(size(1_572_864), "1.5 GiB");
        assert_eq!(size(4 << 20), "4 GiB");
    }
}
