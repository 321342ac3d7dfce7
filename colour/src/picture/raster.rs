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

use super::tag::{Origin, Tag};
use super::{Format, MAX_MEMORY, Picture, PictureError, Pixels, check_size, exif, png, tiff};
use crate::standard::ADOBE_RGB;

pub(super) fn decode(bytes: &[u8], format: Format) -> Result<Picture, PictureError> {
    let from = Cursor::new(bytes);
    match format {
        Format::Png => finish(bytes, format, PngDecoder::with_limits(from, limits())),
        Format::Jpeg => finish(bytes, format, JpegDecoder::new(from)),
        Format::Tiff => finish(bytes, format, TiffDecoder::new(from)),
        Format::WebP => finish(bytes, format, WebPDecoder::new(from)),
        Format::Avif => Err(PictureError::Unknown),
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
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
    decoder.set_limits(limits()).map_err(wrap)?;
    // What lies beside the pixels is no reason to refuse them.
    let profile = match format {
        Format::Tiff => tiff::profile(bytes),
        _ => decoder.icc_profile().unwrap_or_default(),
    };
    let tag = match format {
        Format::Png => png::tag(bytes, profile),
        _ if profile.is_some() => Tag::embedded(profile),
        _ => {
            let exif = decoder.exif_metadata().unwrap_or_default();
            let adobe = exif.is_some_and(|exif| exif::is_adobe_rgb(&exif));
            match ADOBE_RGB.profile() {
                Ok(profile) if adobe => Tag::Profile(profile, Origin::Camera),
                _ => Tag::None,
            }
        }
    };
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
