// SPDX-License-Identifier: GPL-3.0-or-later
//! One picture of AV1.

use re_rav1d::{Decoder, Error, PixelLayout, PlanarImageComponent, Plane, Settings};

use super::Canvas;
use super::colour::{Code, Way};
use crate::picture::{MAX_PIXELS, PictureError, check_size};

/// How often the decoder is asked for the picture: it gives one for what was sent, or none.
const TRIES: usize = 8;

/// A decoded picture.
pub(super) struct Frame(re_rav1d::Picture);

impl Frame {
    pub(super) fn decode(data: Vec<u8>) -> Result<Self, PictureError> {
        let failed = |error: Error| match error {
            Error::UnsupportedBitstream => PictureError::unsupported("its kind of AV1"),
            other => PictureError::damaged(format!("its AV1 data can't be decoded: {other}")),
        };
        if data.is_empty() {
            return Err(PictureError::damaged("it has no data"));
        }
        let mut settings = Settings::new();
        // With more, a panic in one of them would leave the others waiting.
        settings.set_n_threads(1);
        settings.set_max_frame_delay(1);
        settings.set_frame_size_limit(u32::try_from(MAX_PIXELS).unwrap_or(u32::MAX));
        let mut decoder = Decoder::with_settings(&settings).map_err(failed)?;
        let mut pending = match decoder.send_data(data, None, None, None) {
            Ok(()) => false,
            Err(Error::Again) => true,
            Err(error) => return Err(failed(error)),
        };
        for _ in 0..TRIES {
            match decoder.get_picture() {
                Ok(picture) => return Ok(Self(picture)),
                Err(Error::Again) if pending => match decoder.send_pending_data() {
                    Ok(()) => pending = false,
                    Err(Error::Again) => {}
                    Err(error) => return Err(failed(error)),
                },
                Err(Error::Again) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(PictureError::damaged("its AV1 data hold no picture"))
    }

    /// Its colours. What the box says goes before what the stream says.
    pub(super) fn canvas(&self, code: Option<Code>) -> Result<Canvas, PictureError> {
        let picture = &self.0;
        let length = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
        let (width, height) = (length(picture.width()), length(picture.height()));
        check_size(width, height)?;
        let bits = picture
            .bits_per_component()
            .and_then(|bits| u8::try_from(bits.0).ok())
            .ok_or_else(|| PictureError::unsupported("its number of bits"))?;
        let code = code.unwrap_or(Code {
            primaries: picture.color_primaries() as u16,
            transfer: picture.transfer_characteristic() as u16,
            matrix: picture.matrix_coefficients() as u16,
            full: picture.color_range() == re_rav1d::pixel::YUVRange::Full,
        });
        let way = Way::new(code, bits);
        let deep = bits > 8;
        let plane = |component| Samples::new(picture, component, deep);
        let luma = plane(PlanarImageComponent::Y);
        let mut pixels = Vec::with_capacity(width * height);
        let layout = picture.pixel_layout();
        if layout == PixelLayout::I400 {
            for y in 0..height {
                for x in 0..width {
                    let grey = number(way.grey(luma.at(x, y)));
                    pixels.push([grey, grey, grey, u16::MAX]);
                }
            }
        } else {
            let (u, v) = (
                plane(PlanarImageComponent::U),
                plane(PlanarImageComponent::V),
            );
            let halves = match layout {
                PixelLayout::I420 => (true, true),
                PixelLayout::I422 => (true, false),
                _ => (false, false),
            };
            let size = (
                if halves.0 { width.div_ceil(2) } else { width },
                if halves.1 { height.div_ceil(2) } else { height },
            );
            for y in 0..height {
                let rows = near(y, size.1, halves.1);
                for x in 0..width {
                    let columns = near(x, size.0, halves.0);
                    let rgb = way.rgb(
                        luma.at(x, y),
                        u.between(columns, rows),
                        v.between(columns, rows),
                    );
                    let [red, green, blue] = rgb.map(number);
                    pixels.push([red, green, blue, u16::MAX]);
                }
            }
        }
        Ok(Canvas {
            width,
            height,
            eight: !deep,
            pixels,
            code: (code.primaries, code.transfer),
        })
    }
}

/// The values of a plane.
struct Samples {
    bytes: Plane,
    /// Bytes a row.
    stride: usize,
    deep: bool,
}

impl Samples {
    fn new(picture: &re_rav1d::Picture, component: PlanarImageComponent, deep: bool) -> Self {
        let stride = usize::try_from(picture.stride(component)).unwrap_or(0);
        Self {
            bytes: picture.plane(component),
            stride,
            deep,
        }
    }

    /// A value; 0 outside.
    fn at(&self, x: usize, y: usize) -> f32 {
        let row = y * self.stride;
        if self.deep {
            let at = row + x * 2;
            let pair = self.bytes.get(at..at + 2).and_then(<[u8]>::first_chunk);
            f32::from(pair.map_or(0, |pair| u16::from_ne_bytes(*pair)))
        } else {
            f32::from(self.bytes.get(row + x).copied().unwrap_or(0))
        }
    }

    /// Between the two nearest columns and rows.
    fn between(&self, columns: (usize, usize), rows: (usize, usize)) -> f32 {
        if columns.0 == columns.1 && rows.0 == rows.1 {
            return self.at(columns.0, rows.0);
        }
        let row = |y| self.at(columns.0, y) * 0.75 + self.at(columns.1, y) * 0.25;
        row(rows.0) * 0.75 + row(rows.1) * 0.25
    }
}

/// The nearest sample and the one after it, of a plane that may have half as many.
fn near(at: usize, length: usize, half: bool) -> (usize, usize) {
    if !half {
        return (at, at);
    }
    let nearest = at / 2;
    let next = if at % 2 == 1 {
        nearest + 1
    } else {
        nearest.saturating_sub(1)
    };
    (nearest, next.min(length - 1))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cut to the range before"
)]
fn number(value: f32) -> u16 {
    (value.clamp(0.0, 1.0) * 65535.0).round() as u16
}
