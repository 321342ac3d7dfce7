// SPDX-License-Identifier: GPL-3.0-or-later
//! AVIF: a still picture of AV1 in boxes (ISO/IEC 23008-12 and the AVIF specification).
//!
//! The boxes are ours; AV1 is decoded by rav1d, which is dav1d in Rust, with one thread. It was
//! made to be robust, yet a panic in it is caught and is a damaged picture.

mod boxes;
mod colour;
mod frame;

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, Rgba};

use self::boxes::{Meta, Property};
use self::frame::Frame;
use super::named;
use super::tag::{Embedded, Tag};
use super::{Format, Picture, PictureError, Pixels, check_size};

/// The most tiles that a picture may be put together from.
const MAX_TILES: usize = 256;

pub(super) fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    let decoded = catch_unwind(AssertUnwindSafe(|| whole(bytes)));
    decoded.unwrap_or_else(|_| Err(PictureError::damaged("its AV1 data can't be decoded")))
}

fn whole(bytes: &[u8]) -> Result<Picture, PictureError> {
    let meta = Meta::read(bytes)?;
    let item = meta.primary;
    let mut canvas = item_canvas(&meta, item)?;
    if let Some(alpha) = meta.alpha_of(item) {
        let its_alpha = item_canvas(&meta, alpha)?;
        canvas.set_alpha(&its_alpha, meta.is_premultiplied(item, alpha));
    }
    let tag = tag(&meta, item, canvas.code);
    let (width, height) = (canvas.width, canvas.height);
    let pixels = turned(&meta, item, canvas)?;
    let (width, height, pixels) = pixels.unwrap_or((width, height, Pixels::Eight(Vec::new())));
    Ok(Picture {
        width,
        height,
        pixels,
        tag,
        format: Format::Avif,
    })
}

/// Pixels of 16 bits as they are put together.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    /// Whether 8 bits hold it all.
    eight: bool,
    pixels: Vec<[u16; 4]>,
    /// Primaries and transfer characteristics as the stream has them.
    code: (u16, u16),
}

impl Canvas {
    /// Takes the alpha of another picture: its green, which is its brightness.
    fn set_alpha(&mut self, alpha: &Self, premultiplied: bool) {
        if (alpha.width, alpha.height) != (self.width, self.height) {
            return;
        }
        for (pixel, alpha) in self.pixels.iter_mut().zip(&alpha.pixels) {
            let alpha = alpha[1];
            pixel[3] = alpha;
            if premultiplied && alpha > 0 {
                for part in &mut pixel[..3] {
                    let value = u32::from(*part) * 65535 / u32::from(alpha);
                    *part = u16::try_from(value).unwrap_or(u16::MAX);
                }
            }
        }
    }
}

/// Decodes an item: a picture of its own, or one put together from tiles.
fn item_canvas(meta: &Meta<'_>, item: u32) -> Result<Canvas, PictureError> {
    let code = meta.properties(item).find_map(|property| match property {
        Property::Code(code) => Some(*code),
        _ => None,
    });
    if meta.kind(item) != Some(*b"grid") {
        let frame = Frame::decode(meta.data(item)?)?;
        return frame.canvas(code);
    }
    let grid = Grid::read(&meta.data(item)?)?;
    let tiles = meta.referred(item, *b"dimg");
    if tiles.len() != grid.columns * grid.rows || tiles.len() > MAX_TILES {
        return Err(PictureError::damaged(
            "its grid has another number of tiles",
        ));
    }
    check_size(grid.width, grid.height)?;
    let mut whole = Canvas {
        width: grid.width,
        height: grid.height,
        eight: true,
        pixels: vec![[0; 4]; grid.width * grid.height],
        code: (2, 2),
    };
    for (number, tile) in tiles.into_iter().enumerate() {
        let tile_code = meta.properties(tile).find_map(|property| match property {
            Property::Code(code) => Some(*code),
            _ => None,
        });
        let part = Frame::decode(meta.data(tile)?)?.canvas(code.or(tile_code))?;
        whole.eight &= part.eight;
        whole.code = part.code;
        let (left, top) = (
            number % grid.columns * part.width,
            number / grid.columns * part.height,
        );
        let width = part.width.min(grid.width.saturating_sub(left));
        for (row, from) in part.pixels.chunks_exact(part.width).enumerate() {
            let y = top + row;
            if y >= grid.height || width == 0 {
                break;
            }
            let begin = y * grid.width + left;
            whole.pixels[begin..begin + width].copy_from_slice(&from[..width]);
        }
    }
    Ok(whole)
}

/// What an item of the kind `grid` says.
struct Grid {
    rows: usize,
    columns: usize,
    width: usize,
    height: usize,
}

impl Grid {
    fn read(data: &[u8]) -> Result<Self, PictureError> {
        let reader = crate::profile::Reader(data);
        let read = || {
            let long = reader.u8(1)? & 1 == 1;
            let side = |index: usize| {
                if long {
                    reader.length(4 + index * 4)
                } else {
                    reader.u16(4 + index * 2).map(usize::from)
                }
            };
            Some(Self {
                rows: usize::from(reader.u8(2)?) + 1,
                columns: usize::from(reader.u8(3)?) + 1,
                width: side(0)?,
                height: side(1)?,
            })
        };
        read().ok_or_else(|| PictureError::damaged("its grid ends before its end"))
    }
}

/// What it says of its colours: a profile goes before numbers, those of the box before those of
/// the stream.
fn tag(meta: &Meta<'_>, item: u32, stream: (u16, u16)) -> Tag {
    let tiles = meta.referred(item, *b"dimg");
    let first_tile = tiles.first().copied().unwrap_or(item);
    let properties = || meta.properties(item).chain(meta.properties(first_tile));
    let profile = properties().find_map(|property| match property {
        Property::Profile(bytes) => Some(bytes.to_vec()),
        _ => None,
    });
    if let Some(profile) = profile {
        return Tag::embedded(Embedded::Bytes(profile));
    }
    let code = properties().find_map(|property| match property {
        Property::Code(code) => Some((code.primaries, code.transfer)),
        _ => None,
    });
    let (primaries, transfer) = code.unwrap_or(stream);
    named::of_cicp(primaries, transfer)
}

/// Turns it as its properties say, and cuts it to 8 bits where these hold all. `None` never comes
/// of pixels that fit their size.
type Turned = Option<(usize, usize, Pixels)>;

fn turned(meta: &Meta<'_>, item: u32, canvas: Canvas) -> Result<Turned, PictureError> {
    let large = || PictureError::TooLarge {
        width: canvas.width,
        height: canvas.height,
    };
    let width = u32::try_from(canvas.width).map_err(|_| large())?;
    let height = u32::try_from(canvas.height).map_err(|_| large())?;
    let eight = canvas.eight;
    let mut image = if eight {
        let bytes = canvas.pixels.iter().flatten().map(|value| high(*value));
        let bytes: Vec<u8> = bytes.collect();
        ImageBuffer::<Rgba<u8>, _>::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8)
    } else {
        let samples = canvas.pixels.into_flattened();
        ImageBuffer::<Rgba<u16>, _>::from_raw(width, height, samples).map(DynamicImage::ImageRgba16)
    };
    let Some(image) = &mut image else {
        return Ok(None);
    };
    for property in meta.properties(item) {
        match property {
            Property::Turn(1) => image.apply_orientation(Orientation::Rotate270),
            Property::Turn(2) => image.apply_orientation(Orientation::Rotate180),
            Property::Turn(3) => image.apply_orientation(Orientation::Rotate90),
            Property::Mirror(0) => image.apply_orientation(Orientation::FlipVertical),
            Property::Mirror(_) => image.apply_orientation(Orientation::FlipHorizontal),
            _ => {}
        }
    }
    let side = |length: u32| usize::try_from(length).unwrap_or(0);
    let (width, height) = (side(image.width()), side(image.height()));
    let image = std::mem::take(image);
    let pixels = if eight {
        Pixels::Eight(image.into_rgba8().into_raw())
    } else {
        let samples = image.into_rgba16().into_raw();
        Pixels::Sixteen(samples.as_chunks::<4>().0.to_vec())
    };
    Ok(Some((width, height, pixels)))
}

fn high(value: u16) -> u8 {
    value.to_be_bytes()[0]
}
