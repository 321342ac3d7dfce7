// SPDX-License-Identifier: GPL-3.0-or-later
//! Colours as people write them.

/// A colour as people type it.
pub fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A colour in three numbers.
pub fn triple(rgb: [u8; 3]) -> String {
    rgb.map(|value| value.to_string()).join(", ")
}

/// The colour of a text: `#e03c28`, `e03c28`, `#e38`, or `224, 60, 40`.
pub fn parse_colour(text: &str) -> Option<[u8; 3]> {
    let text = text.trim();
    let numbers: Vec<&str> = text
        .split(|letter: char| letter == ',' || letter == ';' || letter.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect();
    if let [red, green, blue] = numbers[..] {
        return Some([red.parse().ok()?, green.parse().ok()?, blue.parse().ok()?]);
    }
    let digits: Vec<u8> = text
        .trim_start_matches('#')
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    match digits.len() {
        6 => {
            let (pairs, _) = digits.as_chunks::<2>();
            let parts: Vec<u8> = pairs.iter().map(|[high, low]| high * 16 + low).collect();
            parts.try_into().ok()
        }
        3 => <[u8; 3]>::try_from(digits)
            .ok()
            .map(|parts| parts.map(|part| part * 17)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_people_write_them() {
        for text in ["#e03c28", " E03C28 ", "224, 60, 40", "224 60 40"] {
            assert_eq!(parse_colour(text), Some([0xe0, 0x3c, 0x28]), "{text}");
        }
        assert_eq!(parse_colour("#fff"), Some([255; 3]));
        for text in ["", "#", "#12345", "256, 0, 0", "red", "1, 2", "#12345ü"] {
            assert_eq!(parse_colour(text), None, "{text}");
        }
        assert_eq!(parse_colour(&hex([1, 20, 255])), Some([1, 20, 255]));
        assert_eq!(parse_colour(&triple([1, 20, 255])), Some([1, 20, 255]));
    }
}
