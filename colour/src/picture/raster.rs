// SPDX-License-Identifier: GPL-3.0-or-later
//! PNG, JPEG, TIFF and WebP, by the crate `image`.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::{ImageError, LimitErrorKind};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, Limits};

use super::tag::{Embedded, Origin, Tag};
use super::{
    Format, MAX_MEMORY, Picture, PictureError, Pixels, check_size, chunks, exif, png, tiff,
};
use crate::standard::ADOBE_RGB;

/// The most that PNG's decoder may keep beside the pixels: texts, a profile (which may be packed
/// to a thousandth of its size) and two rows.
const MAX_BESIDE: u64 = 64 << 20;

/// The most pixels that a byte of a JPEG may stand for: of 8 by 8 pixels, one bit must be there.
const MAX_JPEG: usize = 8 * 8 * 8;

pub(super) fn decode(bytes: &[u8], format: Format) -> Result<Picture, PictureError> {
    let from = Cursor::new(bytes);
    match format {
        Format::Png => finish(
            bytes,
            format,
            PngDecoder::with_limits(from, limits(MAX_BESIDE)),
        ),
        Format::Jpeg => finish(bytes, format, JpegDecoder::new(from)),
        Format::Tiff => finish(bytes, format, TiffDecoder::new(from)),
        Format::WebP => finish(bytes, format, WebPDecoder::new(from)),
        Format::Avif => Err(PictureError::Unknown),
    }
}

fn limits(memory: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(memory);
    limits
}

fn finish<D: ImageDecoder>(
    bytes: &[u8],
    format: Format,
    decoder: Result<D, ImageError>,
) -> Result<Picture, PictureError> {
    let mut decoder = decoder.map_err(|error| failed(&error, (0, 0)))?;
    let size = decoder.dimensions();
    let wrap = |error: ImageError| failed(&error, size);
    let length = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
    check_size(length(size.0), length(size.1))?;
    if decoder.total_bytes() > MAX_MEMORY {
        return Err(failed_size(size));
    }
    decoder.set_limits(limits(MAX_MEMORY)).map_err(wrap)?;
    // The decoder fills up with grey what is missing, which may be nearly all of a large one.
    let pixels = length(size.0).saturating_mul(length(size.1));
    if format == Format::Jpeg && pixels / MAX_JPEG > bytes.len() {
        return Err(PictureError::damaged("it ends before its pixels"));
    }
    let tag = tag(bytes, format, &mut decoder);
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let deep = is_deep(decoder.color_type());
    let mut image = DynamicImage::from_decoder(decoder).map_err(wrap)?;
    image.apply_orientation(orientation);
    let (width, height) = (length(image.width()), length(image.height()));
    let pixels = if deep {
        let samples = image.into_rgba16().into_raw();
        Pixels::Sixteen(samples.as_chunks::<4>().0.to_vec())
    } else {
        Pixels::Eight(image.into_rgba8().into_raw())
    };
    Ok(Picture {
        width,
        height,
        pixels,
        tag,
        format,
    })
}

/// What lies beside the pixels is no reason to refuse them.
fn tag(bytes: &[u8], format: Format, decoder: &mut impl ImageDecoder) -> Tag {
    let mut given = || decoder.icc_profile().unwrap_or_default();
    let found = match format {
        Format::Png => return png::tag(bytes, given()),
        Format::Tiff => tiff::profile(bytes),
        Format::WebP => Embedded::new(given(), chunks::webp_has_profile(bytes)),
        _ => Embedded::new(given(), chunks::jpeg_has_profile(bytes)),
    };
    if !matches!(found, Embedded::None) {
        return Tag::embedded(found);
    }
    let exif = decoder.exif_metadata().unwrap_or_default();
    let adobe = exif.is_some_and(|exif| exif::is_adobe_rgb(&exif));
    match ADOBE_RGB.profile() {
        Ok(profile) if adobe => Tag::Profile(profile, Origin::Camera),
        _ => Tag::None,
    }
}

fn is_deep(colour: ColorType) -> bool {
    colour.bytes_per_pixel() > colour.channel_count()
}

fn failed_size((width, height): (u32, u32)) -> PictureError {
    let length = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
    PictureError::TooLarge {
        width: length(width),
        height: length(height),
    }
}

fn failed(error: &ImageError, size: (u32, u32)) -> PictureError {
    match error {
        ImageError::Limits(limit)
            if matches!(
                limit.kind(),
                LimitErrorKind::InsufficientMemory | LimitErrorKind::DimensionError
            ) =>
        {
            failed_size(size)
        }
        ImageError::Unsupported(what) => PictureError::unsupported(what.to_string()),
        other => PictureError::damaged(other.to_string()),
    }
}
