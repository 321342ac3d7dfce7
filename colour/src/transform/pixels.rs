// SPDX-License-Identifier: GPL-3.0-or-later
//! Pixels in memory: their order, their rows, and parts of them.

/// The order of the four bytes of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Red, green, blue, alpha.
    Rgba,
    /// Blue, green, red, alpha: what Cairo and X have in memory on little-endian machines.
    Bgra,
}

/// Why bytes are no picture of the size given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{length} bytes can't hold {height} rows of {width} pixels with {stride} bytes a row")]
pub struct PixelsError {
    length: usize,
    width: usize,
    height: usize,
    stride: usize,
}

/// A picture of four bytes a pixel, in place.
#[derive(Debug)]
pub struct Surface<'a> {
    pub(super) data: &'a mut [u8],
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) stride: usize,
    pub(super) order: Order,
}

/// A part of a picture, in pixels. What lies outside the picture is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// From the left.
    pub x: usize,
    /// From the top.
    pub y: usize,
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl<'a> Surface<'a> {
    /// A picture of `height` rows of `width` pixels, each row beginning `stride` bytes after the
    /// one before it.
    ///
    /// # Errors
    ///
    /// [`PixelsError`] where the bytes can't hold it.
    pub fn new(
        data: &'a mut [u8],
        width: usize,
        height: usize,
        stride: usize,
        order: Order,
    ) -> Result<Self, PixelsError> {
        let error = PixelsError {
            length: data.len(),
            width,
            height,
            stride,
        };
        let row = width.checked_mul(4).ok_or(error)?;
        let needed = match height.checked_sub(1) {
            None => Some(0),
            // The last row need not be filled up.
            Some(before) => before
                .checked_mul(stride)
                .and_then(|rows| rows.checked_add(row)),
        };
        if row > stride && height > 0 || needed.is_none_or(|needed| needed > data.len()) {
            return Err(error);
        }
        Ok(Self {
            data,
            width,
            height,
            stride,
            order,
        })
    }

    /// The whole picture as a part of itself.
    pub(super) fn whole(&self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }

    /// What of a part lies inside the picture.
    pub(super) fn cut(&self, rect: Rect) -> Rect {
        let x = rect.x.min(self.width);
        let y = rect.y.min(self.height);
        Rect {
            x,
            y,
            width: rect.width.min(self.width - x),
            height: rect.height.min(self.height - y),
        }
    }
}
