//! Which of the formats some bytes are, by their beginning.

use crate::bytes::Order;
use crate::isobmff;
use image::ImageFormat;

/// A format of pictures that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG, and APNG.
    Png,
    /// GIF.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF, and BigTIFF.
    Tiff,
    /// WebP.
    WebP,
    /// Pictures of HEVC in an ISO file.
    Heic,
}

impl Kind {
    /// By the first bytes. HEIC, which is known by what stands behind a number that may be anything, comes last: what
    /// begins with the signature of another format is that format.
    pub fn of(bytes: &[u8]) -> Option<Kind> {
        let starts = |mark: &[u8]| bytes.starts_with(mark);
        if starts(&[0xff, 0xd8, 0xff]) {
            Some(Kind::Jpeg)
        } else if starts(b"\x89PNG\r\n\x1a\n") {
            Some(Kind::Png)
        } else if starts(b"GIF87a") || starts(b"GIF89a") {
            Some(Kind::Gif)
        } else if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
            Some(Kind::Tiff)
        } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Kind::WebP)
        } else if starts(b"BM") && is_bitmap(bytes) {
            Some(Kind::Bmp)
        } else if isobmff::is_heic(bytes) {
            Some(Kind::Heic)
        } else {
            None
        }
    }

    /// The name of the format for the decoders; HEIC has one of its own.
    pub(crate) fn format(self) -> Option<ImageFormat> {
        Some(match self {
            Kind::Jpeg => ImageFormat::Jpeg,
            Kind::Png => ImageFormat::Png,
            Kind::Gif => ImageFormat::Gif,
            Kind::Bmp => ImageFormat::Bmp,
            Kind::Tiff => ImageFormat::Tiff,
            Kind::WebP => ImageFormat::WebP,
            Kind::Heic => return None,
        })
    }
}

/// Two letters also begin sentences: a bitmap has a header of a known size behind them.
fn is_bitmap(bytes: &[u8]) -> bool {
    matches!(
        Order::Little.u32(bytes, 14),
        Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The length of a JPEG file's first segment, and of a bitmap, may spell anything.
    #[test]
    fn what_spells_ftyp_by_chance_is_no_heic() {
        for (bytes, kind) in [
            (&b"\xff\xd8\xff\xe0ftypheic\0\0\0\0mif1heic"[..], Kind::Jpeg),
            (
                b"BM\x00\x00ftypheic\0\0\x28\0\0\0mif1heic\0\0\0\0",
                Kind::Bmp,
            ),
            (b"II*\0ftypheic\0\0\0\0mif1heic", Kind::Tiff),
            (b"RIFFftypWEBPmif1heicmif1heic", Kind::WebP),
        ] {
            assert_eq!(Kind::of(bytes), Some(kind), "{bytes:?}");
        }
        assert_eq!(
            Kind::of(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
            Some(Kind::Heic)
        );
        // The box is larger than the file, or no box at all.
        assert_eq!(Kind::of(b"\0\0\x10\x18ftypheic\0\0\0\0mif1heic"), None);
        assert_eq!(Kind::of(b"abcdftypheic\0\0\0\0mif1heic"), None);
        assert_eq!(Kind::of(b"BM is a maker of cars and of motorcycles"), None);
    }
}
