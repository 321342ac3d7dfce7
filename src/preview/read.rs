// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading a picture row by row, so that a large one that is shown small costs little memory.
//!
//! Owns the formats (PNG, and PPM with bytes), and the averaging of large pictures. A row is made
//! RGBA, and goes at once to where it stays.

use std::io::{BufRead as _, BufReader, Cursor, ErrorKind, Read};

use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use super::{
    FINE_PIXELS, MAX_BYTES, MAX_KEPT_PIXELS, MAX_PACKED_BYTES, Preview, PreviewError, check_size,
    damaged,
};

/// Reads a picture; one that is wider than `width` and large is scaled down as it comes.
///
/// # Errors
///
/// As [`Preview::decode`].
pub(super) fn read(
    source: impl Read,
    claimed: Option<&str>,
    width: Option<u32>,
) -> Result<Preview, PreviewError> {
    let mut source = BufReader::new(source);
    let head = source.fill_buf().map_err(|error| broken(&error))?;
    match head {
        [] => Err(PreviewError::Empty),
        [0x89, ..] => png(source, width),
        [b'P', b'6', ..] => ppm(source, width),
        [b'P', b'3', ..] => plain(source),
        [b'P'] => Err(broken(&ErrorKind::UnexpectedEof.into())),
        _ => Err(PreviewError::Format {
            claimed: claimed.unwrap_or("of an unknown kind").to_owned(),
        }),
    }
}

/// PNG has to be there whole, since its decoder wants to go back; packed it is small.
fn png(mut source: impl Read, width: Option<u32>) -> Result<Preview, PreviewError> {
    let mut bytes = Vec::new();
    let mut more = |bytes: &mut Vec<u8>, count: usize| {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let read = source.by_ref().take(count).read_to_end(bytes);
        read.map_err(|error| broken(&error))
    };
    more(&mut bytes, 64)?;
    // The decoder refuses large sizes by their memory; the size itself says more.
    if let Some((width, height)) = size_of_png(&bytes) {
        check_size(width, height)?;
    }
    more(&mut bytes, MAX_PACKED_BYTES)?;
    if bytes.len() > MAX_PACKED_BYTES {
        return Err(PreviewError::Memory);
    }
    let failed = |error: png::DecodingError| match error {
        png::DecodingError::LimitsExceeded => PreviewError::Memory,
        other => PreviewError::Damaged {
            reason: other.to_string(),
            source: None,
        },
    };
    let limits = png::Limits { bytes: MAX_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(&bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(failed)?;
    let (own_width, own_height) = reader.info().size();
    check_size(own_width, own_height)?;
    let samples = reader.output_color_type().0.samples();
    let mut rows = Rows::new(own_width, own_height, width)?;
    if reader.info().interlaced {
        // Its rows come in seven passes, so it has to be unpacked whole.
        let size = reader.output_buffer_size().ok_or(PreviewError::Memory)?;
        if size > MAX_BYTES {
            return Err(PreviewError::Memory);
        }
        let mut whole = vec![0; size];
        reader.next_frame(&mut whole).map_err(failed)?;
        let stride = side(own_width) * samples;
        for row in whole.chunks_exact(stride) {
            rows.take(row, samples);
        }
    } else {
        while let Some(row) = reader.next_row().map_err(failed)? {
            rows.take(row.data(), samples);
        }
    }
    // What is cut off behind the pixels shows here.
    reader.finish().map_err(failed)?;
    rows.finish()
}

/// The size in a PNG file's header, which is its first chunk (PNG specification, 5.6).
fn size_of_png(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let (width, rest) = header.split_first_chunk()?;
    let height = rest.first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

fn ppm(mut source: impl Read, width: Option<u32>) -> Result<Preview, PreviewError> {
    let mut magic = [0; 2];
    source
        .read_exact(&mut magic)
        .map_err(|error| broken(&error))?;
    let own_width = number(&mut source)?;
    let own_height = number(&mut source)?;
    let most = number(&mut source)?;
    check_size(own_width, own_height)?;
    let Ok(most @ 1..) = u16::try_from(most) else {
        return Err(contradiction("its largest value is impossible"));
    };
    let bytes = if most > 255 { 2 } else { 1 };
    let mut rows = Rows::new(own_width, own_height, width)?;
    let mut raw = vec![0; side(own_width) * 3 * bytes];
    let mut row = vec![0; side(own_width) * 3];
    for _ in 0..own_height {
        source
            .read_exact(&mut raw)
            .map_err(|error| broken(&error))?;
        let samples = raw.chunks_exact(bytes).map(|sample| match sample {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => u16::from(sample[0]),
        });
        for (to, sample) in row.iter_mut().zip(samples) {
            let (sample, most) = (u32::from(sample.min(most)), u32::from(most));
            *to = u8::try_from((sample * 255 + most / 2) / most).unwrap_or(u8::MAX);
        }
        rows.take(&row, 3);
    }
    rows.finish()
}

/// A number of a PPM's header, and the one blank behind it. A remark ends with its line.
fn number(source: &mut impl Read) -> Result<u32, PreviewError> {
    let mut remark = false;
    let mut digits = String::new();
    loop {
        let mut byte = [0];
        source
            .read_exact(&mut byte)
            .map_err(|error| broken(&error))?;
        match byte[0] {
            b'\n' | b'\r' if remark => remark = false,
            _ if remark => {}
            b'#' => remark = true,
            digit @ b'0'..=b'9' if digits.len() < 10 => digits.push(char::from(digit)),
            blank if blank.is_ascii_whitespace() && digits.is_empty() => {}
            blank if blank.is_ascii_whitespace() => break,
            _ => return Err(contradiction("its header is no header")),
        }
    }
    digits
        .parse()
        .map_err(|_| contradiction("its header has a number that no picture has"))
}

/// A PPM in words. Nothing makes one but a hand, so it is small.
fn plain(source: impl Read) -> Result<Preview, PreviewError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_PACKED_BYTES).unwrap_or(u64::MAX);
    let read = source.take(limit).read_to_end(&mut bytes);
    read.map_err(|error| broken(&error))?;
    let reader = || ImageReader::with_format(Cursor::new(&bytes), ImageFormat::Pnm);
    let (width, height) = reader().into_dimensions().map_err(damaged)?;
    check_size(width, height)?;
    let mut reader = reader();
    let mut limits = Limits::default();
    limits.max_alloc = u64::try_from(MAX_BYTES).ok();
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(damaged)?;
    let image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    Ok(Preview::opaque(image.into_rgba8()))
}

/// Where rows go: all of them are kept, or what they average to.
struct Rows {
    width: usize,
    height: usize,
    /// How many came.
    come: usize,
    to: To,
}

enum To {
    Whole(Vec<u8>),
    Average(Average),
}

impl Rows {
    fn new(width: u32, height: u32, wanted: Option<u32>) -> Result<Self, PreviewError> {
        let pixels = u64::from(width) * u64::from(height);
        let smaller = wanted.map(|it| it.max(1)).filter(|it| *it < width);
        let to = match smaller {
            Some(smaller) if pixels > FINE_PIXELS => {
                let low = super::height_for(width, height, smaller);
                To::Average(Average::new(side(smaller), side(low)))
            }
            _ if pixels > MAX_KEPT_PIXELS => return Err(PreviewError::TooLargeToKeep),
            _ => To::Whole(Vec::with_capacity(side(width) * side(height) * 4)),
        };
        Ok(Self {
            width: side(width),
            height: side(height),
            come: 0,
            to,
        })
    }

    /// Takes the next row, with so many samples a pixel: grey, or red, green and blue, each
    /// perhaps with alpha, which a screen has not.
    fn take(&mut self, row: &[u8], samples: usize) {
        let pixels = row.chunks_exact(samples).map(|pixel| match pixel {
            [grey] | [grey, _] => [*grey; 3],
            [red, green, blue, ..] => [*red, *green, *blue],
            [] => [0; 3],
        });
        match &mut self.to {
            To::Whole(rgba) => {
                for [red, green, blue] in pixels.take(self.width) {
                    rgba.extend_from_slice(&[red, green, blue, u8::MAX]);
                }
            }
            To::Average(average) => {
                average.take(pixels, self.width, self.come * average.height / self.height);
            }
        }
        self.come += 1;
    }

    fn finish(self) -> Result<Preview, PreviewError> {
        if self.come != self.height {
            return Err(contradiction("it has not as many rows as it says"));
        }
        let (width, height, rgba) = match self.to {
            To::Whole(rgba) => (self.width, self.height, rgba),
            To::Average(average) => (average.width, average.height, average.finish()),
        };
        let narrow = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        Ok(Preview {
            width: narrow(width),
            height: narrow(height),
            rgba,
        })
    }
}

/// A smaller picture, each pixel the average of those that fall into it.
struct Average {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
    /// The row of the smaller picture that is being summed up, by pixel: sums and count.
    sums: Vec<([u64; 3], u64)>,
    row: usize,
}

impl Average {
    fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            rgba: Vec::with_capacity(width * height * 4),
            sums: vec![([0; 3], 0); width],
            row: 0,
        }
    }

    /// Takes a row of `from` pixels, which is part of the smaller picture's row `row`.
    fn take(&mut self, pixels: impl Iterator<Item = [u8; 3]>, from: usize, row: usize) {
        if row != self.row {
            self.put();
            self.row = row;
        }
        for (at, pixel) in pixels.take(from).enumerate() {
            let (sums, count) = &mut self.sums[at * self.width / from];
            for (sum, channel) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(channel);
            }
            *count += 1;
        }
    }

    fn put(&mut self) {
        for (sums, count) in &mut self.sums {
            let average = |sum: u64| {
                let rounded = (sum + *count / 2).checked_div(*count);
                u8::try_from(rounded.unwrap_or(0)).unwrap_or(u8::MAX)
            };
            let [red, green, blue] = sums.map(average);
            self.rgba.extend_from_slice(&[red, green, blue, u8::MAX]);
            (*sums, *count) = ([0; 3], 0);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.put();
        self.rgba
    }
}

fn side(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

fn contradiction(reason: &str) -> PreviewError {
    PreviewError::Damaged {
        reason: reason.to_owned(),
        source: None,
    }
}

fn broken(error: &std::io::Error) -> PreviewError {
    PreviewError::Damaged {
        reason: if error.kind() == ErrorKind::UnexpectedEof {
            "it breaks off".to_owned()
        } else {
            error.to_string()
        },
        source: None,
    }
}
