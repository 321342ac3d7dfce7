// SPDX-License-Identifier: GPL-3.0-or-later
//! Which kind of file it is, by its first bytes.

/// A kind of picture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG, with JFIF or Exif.
    Jpeg,
    /// TIFF.
    Tiff,
    /// WebP.
    WebP,
    /// AVIF: a picture of AV1.
    Avif,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::Tiff, Self::WebP, Self::Avif];

    /// The kind of a file that begins with these bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
            Some(Self::Tiff)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else if bytes.get(4..8) == Some(b"ftyp") && is_avif(bytes) {
            Some(Self::Avif)
        } else {
            None
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
            Self::Avif => "AVIF",
        }
    }
}

/// Whether one of the brands of the first box is AVIF's.
fn is_avif(bytes: &[u8]) -> bool {
    let Some(length) = bytes.first_chunk::<4>() else {
        return false;
    };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let brands = bytes.get(8..length.min(bytes.len()).min(256));
    brands.is_some_and(|brands| {
        brands
            .chunks_exact(4)
            .any(|brand| matches!(brand, b"avif" | b"avis"))
    })
}
