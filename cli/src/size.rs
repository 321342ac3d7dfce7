// SPDX-License-Identifier: GPL-3.0-or-later
//! Sizes on the command line: a number with a unit, as in 512M or 20G.

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl Size {
    /// Whole KiB; a part counts as one.
    pub fn kib(self) -> u64 {
        self.0.div_ceil(1024)
    }
}

/// Reads a size. Units are powers of 1024, with or without "iB" or "B"; a bare number is bytes.
pub fn parse(text: &str) -> Result<Size, String> {
    let wrong = || format!("“{text}” is no size; write it like 512M or 20G");
    let text = text.trim();
    let digits = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_lowercase();
    let factor: u64 = match unit
        .strip_suffix("ib")
        .or_else(|| unit.strip_suffix('b'))
        .unwrap_or(&unit)
    {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return Err(wrong()),
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole
            .checked_mul(factor)
            .map(Size)
            .ok_or_else(|| format!("“{text}” is too large"));
    }
    let value: f64 = number.parse().map_err(|_| wrong())?;
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    let bytes = (value * factor as f64).round() as u64;
    Ok(Size(bytes))
}

/// A size, or none at all. (A type of its own, since clap gives `Option` a meaning.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeOrNone(pub Option<Size>);

/// Reads a size, or "none".
pub fn parse_or_none(text: &str) -> Result<SizeOrNone, String> {
    if text == "none" {
        return Ok(SizeOrNone(None));
    }
    parse(text).map(|size| SizeOrNone(Some(size)))
}

/// A size in KiB for people.
pub fn show_kib(kib: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut index = 0;
    let mut unit = 1_u64;
    while index + 1 < UNITS.len() && kib / unit >= 1024 {
        unit *= 1024;
        index += 1;
    }
    if kib.is_multiple_of(unit) {
        format!("{} {}", kib / unit, UNITS[index])
    } else {
        #[allow(clippy::cast_precision_loss)]
        let value = kib as f64 / unit as f64;
        format!("{value:.1} {}", UNITS[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_binary() {
        assert_eq!(parse("512M"), Ok(Size(512 << 20)));
        assert_eq!(parse("2GiB"), Ok(Size(2 << 30)));
        assert_eq!(parse("2 gb"), Ok(Size(2 << 30)));
        assert_eq!(parse("1.5G"), Ok(Size(3 << 29)));
        assert_eq!(parse("1000"), Ok(Size(1000)));
        for bad in ["", "G", "-1G", "1X", "1..5G", "99999999999T"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_or_none("none"), Ok(SizeOrNone(None)));
    }

    #[test]
    fn people_read_the_largest_fitting_unit() {
        assert_eq!(show_kib(1_048_576), "1 GiB");
        assert_eq!(show_kib(1_572_864), "1.5 GiB");
        assert_eq!(show_kib(512), "512 KiB");
    }
}
