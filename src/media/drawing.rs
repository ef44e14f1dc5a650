//! Strangers' pictures drawn anew: what goes out is a picture of ours, without anything that came hidden in theirs.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::client::Trouble;

/// Pixels of one side, and of the whole, that are decoded (security.md O4).
const SIDE: u32 = 16_384;
const PIXELS: u64 = 40_000_000;
/// Memory that decoding one picture may take, in bytes.
const MEMORY: u64 = 192 * 1024 * 1024;
/// Of JPEG, out of 100: hardly seen, and a third of the bytes.
const QUALITY: u8 = 82;

/// In which size a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Size {
    /// Beside a name, cut to a square of 96 pixels.
    Face,
    /// The same in the size in which it is given to others: 256 pixels.
    Portrait,
    /// In a post: at most 800 pixels wide and high.
    Small,
    /// By itself: at most 2,000 pixels wide and high.
    Large,
}

impl Size {
    /// Each, with the word for it in URLs.
    pub const ALL: [(Size, &'static str); 4] =
        [(Size::Face, "face"), (Size::Portrait, "portrait"), (Size::Small, "small"), (Size::Large, "large")];

    fn pixels(self) -> u32 {
        match self {
            Size::Face => 96,
            Size::Portrait => 256,
            Size::Small => 800,
            Size::Large => 2000,
        }
    }
}

/// A picture of ours.
#[derive(Debug, Clone)]
pub struct Picture {
    /// JPEG, or PNG where something shows through.
    pub bytes: Bytes,
    /// Its media type.
    pub media_type: &'static str,
}

/// Draws a picture anew in a size; never larger than it was. Of one that moves the first moment is kept. It takes time
/// on the processor: not for an async task.
pub fn draw(bytes: &[u8], size: Size) -> Result<Picture, Trouble> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Trouble::Unfit)?;
    let is_known =
        matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP));
    if !is_known {
        return Err(Trouble::Unfit);
    }
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|_| Trouble::Unfit)?;
    if !is_bearable(decoder.dimensions()) {
        return Err(Trouble::TooLarge);
    }
    let orientation = decoder.orientation().map_err(|_| Trouble::Unfit)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Trouble::Unfit)?;
    picture = smaller(picture, size);
    picture.apply_orientation(orientation);
    write(&picture)
}

/// What decoding may take.
pub(super) fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    limits
}

/// Whether a picture of this size is decoded.
pub(super) fn is_bearable((width, height): (u32, u32)) -> bool {
    u64::from(width) * u64::from(height) <= PIXELS
}

fn smaller(picture: DynamicImage, size: Size) -> DynamicImage {
    let side = size.pixels();
    let (width, height) = (picture.width(), picture.height());
    match size {
        Size::Face | Size::Portrait => {
            picture.resize_to_fill(side.min(width.min(height)), side.min(width.min(height)), FilterType::Triangle)
        }
        _ if width > side || height > side => picture.resize(side, side, FilterType::Triangle),
        _ => picture,
    }
}

fn write(picture: &DynamicImage) -> Result<Picture, Trouble> {
    let mut bytes = Vec::new();
    let is_see_through = picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < 255);
    let (written, media_type) = if is_see_through {
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, PngFilter::Adaptive);
        (DynamicImage::from(picture.to_rgba8()).write_with_encoder(encoder), "image/png")
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        (DynamicImage::from(picture.to_rgb8()).write_with_encoder(encoder), "image/jpeg")
    };
    written.map_err(|_| Trouble::Unfit)?;
    Ok(Picture { bytes: Bytes::from(bytes), media_type })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.into().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    fn read(picture: &Picture) -> DynamicImage {
        image::load_from_memory(&picture.bytes).unwrap()
    }

    #[test]
    fn large_ones_become_smaller_and_small_ones_stay() {
        let large = png(RgbImage::from_pixel(1600, 400, Rgb([200, 10, 10])));
        let drawn = read(&draw(&large, Size::Small).unwrap());
        assert_eq!((drawn.width(), drawn.height()), (800, 200));
        let drawn = read(&draw(&large, Size::Face).unwrap());
        assert_eq!((drawn.width(), drawn.height()), (96, 96));
        let small = png(RgbImage::from_pixel(30, 20, Rgb([1, 2, 3])));
        let drawn = read(&draw(&small, Size::Large).unwrap());
        assert_eq!((drawn.width(), drawn.height()), (30, 20));
    }

    #[test]
    fn what_shows_through_stays_so() {
        let clear = png(RgbaImage::from_pixel(10, 10, Rgba([0, 0, 0, 0])));
        assert_eq!(draw(&clear, Size::Small).unwrap().media_type, "image/png");
        let solid = png(RgbaImage::from_pixel(10, 10, Rgba([0, 0, 0, 255])));
        assert_eq!(draw(&solid, Size::Small).unwrap().media_type, "image/jpeg");
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for foreign in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"[..],
            b"<!doctype html><script>alert(1)</script>",
            b"%PDF-1.7",
            b"BM\x00\x00",
            b"",
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        ] {
            assert_eq!(draw(foreign, Size::Small).unwrap_err(), Trouble::Unfit);
        }
    }

    #[test]
    fn a_bomb_takes_no_memory() {
        // A PNG that says it has 65,000 by 65,000 pixels.
        let mut bomb = png(RgbImage::from_pixel(1, 1, Rgb([0, 0, 0])));
        let side = 65_000_u32.to_be_bytes();
        bomb[16..20].copy_from_slice(&side);
        bomb[20..24].copy_from_slice(&side);
        let crc = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(draw(&bomb, Size::Small).is_err());
        let side = 16_000_u32.to_be_bytes();
        bomb[16..20].copy_from_slice(&side);
        bomb[20..24].copy_from_slice(&side);
        let crc = self::crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(draw(&bomb, Size::Small).unwrap_err(), Trouble::TooLarge);
    }

    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum()
    }
}
