//! Thumbnails in EXIF blocks, which are TIFF files inside: their second directory.

use super::found::{Limits, Main, Parts};
use super::tiff::{COMPRESSION, File};

const JPEG_FROM: u16 = 513;
const JPEG_SIZE: u16 = 514;

/// Adds the thumbnail of an EXIF block, if it shows something else.
pub(super) fn thumbnail(block: &[u8], main: &mut Main<'_>, limits: &Limits, out: &mut Parts) {
    let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let Some(file) = File::open(block) else {
        return;
    };
    for directory in file.directories.iter().skip(1) {
        let number = |tag| {
            file.number(directory, tag)
                .and_then(|v| usize::try_from(v).ok())
        };
        if let (Some(from), Some(size)) = (number(JPEG_FROM), number(JPEG_SIZE)) {
            let bytes = block
                .get(from..from.saturating_add(size))
                .unwrap_or_default();
            if !bytes.is_empty() {
                main.thumbnail(limits, "thumbnail.jpg", bytes.to_vec(), out);
            }
        } else if number(COMPRESSION).is_some()
            && let Some(bytes) = file.cut(directory)
        {
            main.thumbnail(limits, "thumbnail.tif", bytes, out);
        }
    }
}
