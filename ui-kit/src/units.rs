// SPDX-License-Identifier: GPL-3.0-or-later
//! Sizes, rates and parts in words, in the person's language.

use crate::i18n::{gettext, gettext_f, mark};

/// The units of sizes with their bytes, the largest first.
const SIZES: [(f64, &str); 4] = [
    (1_073_741_824.0, mark("{number} GiB")),
    (1_048_576.0, mark("{number} MiB")),
    (1024.0, mark("{number} KiB")),
    (1.0, mark("{number} B")),
];

/// The same for what moves in a second.
const RATES: [(f64, &str); 4] = [
    (1_073_741_824.0, mark("{number} GiB/s")),
    (1_048_576.0, mark("{number} MiB/s")),
    (1024.0, mark("{number} KiB/s")),
    (1.0, mark("{number} B/s")),
];

/// A size of `kib` KiB with the largest unit that leaves a number of at least 1, to one decimal.
pub fn size(kib: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let bytes = kib as f64 * 1024.0;
    let (unit, text) = unit(bytes.max(1024.0), &SIZES);
    // Never rounded up: a limit of 1.99 GiB is not 2 GiB.
    let tenths = (bytes / unit * 10.0).floor() / 10.0;
    gettext_f(text, &[("number", &decimal(tenths, tenths.fract() > 0.0))])
}

/// A rate of `bytes` a second, in the unit that leaves a number of at least 1.
pub fn rate(bytes: f32) -> String {
    let bytes = f64::from(bytes.max(0.0));
    let (unit, text) = unit(bytes, &RATES);
    let value = bytes / unit;
    gettext_f(
        text,
        &[("number", &decimal(value, value < 10.0 && unit > 1.0))],
    )
}

/// A part of 1 as a percentage, whole unless `fine` wants a decimal.
pub fn percent(part: f32, fine: bool) -> String {
    let number = decimal(f64::from(part) * 100.0, fine);
    gettext_f("{number} %", &[("number", &number)])
}

fn unit(bytes: f64, units: &[(f64, &'static str); 4]) -> (f64, &'static str) {
    let fitting = units.iter().find(|(unit, _)| bytes >= *unit);
    *fitting.unwrap_or(&units[3])
}

/// A number with one decimal or none.
fn decimal(value: f64, fine: bool) -> String {
    if !fine {
        return format!("{value:.0}");
    }
    // Translators: the decimal separator of numbers such as 1.5
    format!("{value:.1}").replace('.', &gettext("."))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(size((2 << 20) - 1), "1.9 GiB");
        assert_eq!(size(4 << 20), "4 GiB");
    }

    #[test]
    fn parts_are_whole_unless_asked() {
        assert_eq!(percent(0.125, false), "12 %");
        assert_eq!(percent(0.004, true), "0.4 %");
    }
}
