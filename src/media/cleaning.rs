//! Photos without what they tell beside the picture: where, when and with what they were taken.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};

/// Of a photo that is drawn anew because it lies on its side.
const QUALITY: u8 = 92;

/// A file that tells nothing beside what it shows.
#[derive(Debug, Clone)]
pub struct Cleaned {
    /// Its bytes.
    pub bytes: Bytes,
    /// What it is, if it is a picture that is known here.
    pub media_type: Option<&'static str>,
}

/// Takes out of a JPEG, PNG or WebP what cameras and programs wrote beside the picture. Other files, and broken ones, stay
/// as they are. It takes time on the processor: not for an async task.
pub fn without_traces(bytes: Bytes) -> Cleaned {
    let format = image::guess_format(&bytes).ok();
    let media_type = match format {
        Some(ImageFormat::Jpeg) => Some("image/jpeg"),
        Some(ImageFormat::Png) => Some("image/png"),
        Some(ImageFormat::Gif) => Some("image/gif"),
        Some(ImageFormat::WebP) => Some("image/webp"),
        _ => None,
    };
    let clean = match format {
        Some(ImageFormat::Jpeg) => upright(&bytes).or_else(|| jpeg(&bytes)),
        Some(ImageFormat::Png) => png(&bytes),
        Some(ImageFormat::WebP) => webp(&bytes),
        _ => None,
    };
    Cleaned { bytes: clean.map_or(bytes, Bytes::from), media_type }
}

/// A photo that lies on its side is turned, since what says so goes; `None` for one that stands.
fn upright(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    reader.limits(super::drawing::limits());
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    if orientation == Orientation::NoTransforms || !super::drawing::is_bearable(decoder.dimensions()) {
        return None;
    }
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    let mut written = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut written, QUALITY);
    DynamicImage::from(picture.to_rgb8()).write_with_encoder(encoder).ok()?;
    Some(written)
}

/// The segments of a JPEG (ITU T.81 §B.1.1) without APP1 to APP15 and comments, but for colour (ICC in APP2, Adobe's
/// APP14); the picture itself byte by byte, and nothing behind its end: phones put a second picture or a film there, with
/// a place of its own.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..2)?.to_vec();
    let mut at = 2;
    let mut has_picture = false;
    loop {
        // Any number of 0xff may stand before a marker.
        while bytes.get(at..at + 2) == Some(&[0xff, 0xff]) {
            at += 1;
        }
        let marker = bytes.get(at + 1).filter(|_| bytes[at] == 0xff);
        let length =
            bytes.get(at + 2..at + 4).map_or(0, |length| usize::from(u16::from_be_bytes([length[0], length[1]])));
        let segment = bytes.get(at..at + 2 + length).filter(|_| length >= 2);
        let (marker, segment) = match (marker, segment) {
            (Some(0xd9), _) => {
                out.extend_from_slice(&[0xff, 0xd9]);
                return Some(out);
            }
            (Some(marker), Some(segment)) => (*marker, segment),
            // Of one that is cut short so much is shown.
            _ => return has_picture.then_some(out),
        };
        let is_colour = (marker == 0xe2 && segment[4..].starts_with(b"ICC_PROFILE")) || marker == 0xee;
        let is_telling = matches!(marker, 0xe1..=0xef | 0xfe) && !is_colour;
        if !is_telling {
            out.extend_from_slice(segment);
        }
        at += segment.len();
        if marker == 0xda {
            has_picture = true;
            let scan = scan(&bytes[at..]);
            out.extend_from_slice(scan);
            at += scan.len();
        }
    }
}

/// The coded part of a picture: up to the next marker that does not belong to it (§F.1.2.3, §B.2.1).
fn scan(bytes: &[u8]) -> &[u8] {
    let is_end = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
    let end = bytes.windows(2).position(is_end);
    &bytes[..end.unwrap_or(bytes.len())]
}

/// The chunks of a PNG (RFC 2083 §3.2) without texts, dates and EXIF.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..8)?.to_vec();
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        let end = at.checked_add(12)?.checked_add(usize::try_from(length).ok()?)?;
        let chunk = bytes.get(at..end)?;
        let name = &chunk[4..8];
        if !matches!(name, b"tEXt" | b"zTXt" | b"iTXt" | b"eXIf" | b"tIME") {
            out.extend_from_slice(chunk);
        }
        at = end;
        if name == b"IEND" {
            return Some(out);
        }
    }
}

/// The chunks of a WebP (RFC 9649 §2.3) without EXIF and XMP, and nothing behind its end.
fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let size = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let whole = bytes.get(..usize::try_from(size).ok()?.checked_add(8)?)?;
    let mut out = whole.get(..12)?.to_vec();
    let mut at = 12;
    while at < whole.len() {
        let length = u32::from_le_bytes(whole.get(at + 4..at + 8)?.try_into().ok()?);
        let length = usize::try_from(length).ok()?;
        let end = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
        let chunk = whole.get(at..end)?;
        let start = out.len();
        match &chunk[..4] {
            b"EXIF" | b"XMP " => {}
            // The flags say which of them there are (§2.7).
            b"VP8X" if length > 0 => {
                out.extend_from_slice(chunk);
                out[start + 8] &= !0b1100;
            }
            _ => out.extend_from_slice(chunk),
        }
        at = end;
    }
    let size = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use image::{Rgb, RgbImage};

    fn written(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = RgbImage::from_fn(40, 20, |x, _| Rgb([x as u8 * 6, 0, 0]));
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    /// EXIF with an orientation and a secret.
    fn exif(orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
        exif.extend_from_slice(b"48.8584 N 2.2945 E");
        let mut segment = vec![0xff, 0xe1];
        segment.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        segment.extend_from_slice(&exif);
        segment
    }

    fn photo(orientation: u8) -> Bytes {
        let mut photo = written(ImageFormat::Jpeg);
        photo.splice(2..2, exif(orientation));
        photo.into()
    }

    fn tells(bytes: &[u8]) -> bool {
        bytes.windows(7).any(|part| part == b"48.8584")
    }

    #[test]
    fn a_photo_does_not_tell_where_it_was_taken() {
        let photo = photo(1);
        assert!(tells(&photo));
        let clean = without_traces(photo.clone());
        assert!(!tells(&clean.bytes) && clean.media_type == Some("image/jpeg"));
        let pixels = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().to_rgb8();
        assert_eq!(pixels(&clean.bytes), pixels(&photo), "the picture is the same");
    }

    #[test]
    fn a_photo_that_lies_on_its_side_is_turned() {
        let clean = without_traces(photo(6));
        assert!(!tells(&clean.bytes));
        let picture = image::load_from_memory(&clean.bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (20, 40));
    }

    #[test]
    fn a_png_does_not_tell_either() {
        let mut png = written(ImageFormat::Png);
        let text = b"Comment\x0048.8584 N";
        let mut chunk = u32::try_from(text.len()).unwrap().to_be_bytes().to_vec();
        chunk.extend_from_slice(b"tEXt");
        chunk.extend_from_slice(text);
        let mut crc = flate2::Crc::new();
        crc.update(&chunk[4..]);
        chunk.extend_from_slice(&crc.sum().to_be_bytes());
        png.splice(33..33, chunk);
        let clean = without_traces(png.into());
        assert!(!tells(&clean.bytes));
        image::load_from_memory(&clean.bytes).unwrap();
    }

    #[test]
    fn what_stands_behind_a_photo_goes() {
        let second = photo(1);
        let both = [&photo(1)[..], &second[..]].concat();
        assert_eq!(without_traces(both.into()).bytes, without_traces(second.clone()).bytes);
        let end = second.len() - 2;
        let cut = without_traces(second.slice(..end));
        assert!(!tells(&cut.bytes) && cut.bytes.len() > 100, "one that is cut short does not tell either");
        let mut filled = second.to_vec();
        filled.insert(2, 0xff);
        assert!(!tells(&without_traces(filled.into()).bytes));
    }

    #[test]
    fn a_webp_does_not_tell_either() {
        let plain = written(ImageFormat::WebP);
        let mut chunks = b"VP8X\x0a\0\0\0\x0c\0\0\0".to_vec();
        chunks.extend_from_slice(&[39, 0, 0, 19, 0, 0]);
        chunks.extend_from_slice(&plain[12..]);
        chunks.extend_from_slice(b"EXIF\x0a\0\0\x0048.8584 N!XMP \x07\0\0\x0048.8584\0");
        let mut photo = b"RIFF".to_vec();
        photo.extend_from_slice(&u32::try_from(chunks.len() + 4).unwrap().to_le_bytes());
        photo.extend_from_slice(b"WEBP");
        photo.extend_from_slice(&chunks);
        assert!(tells(&photo));
        let clean = without_traces(photo.into());
        assert!(!tells(&clean.bytes) && clean.media_type == Some("image/webp"));
        assert_eq!(image::load_from_memory(&clean.bytes).unwrap(), image::load_from_memory(&plain).unwrap());
    }

    #[test]
    fn other_files_stay_as_they_are() {
        for file in [&b"just text"[..], b"\xff\xd8\xff\xe1\x00", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT", b""] {
            assert_eq!(without_traces(Bytes::from_static(file)).bytes, file);
        }
    }
}
