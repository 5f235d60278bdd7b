//! What was recognised before, so that hours of work are not lost with a run that is killed.

use std::path::PathBuf;

use candor_edge::private;
use sha2::{Digest, Sha256};

use super::Ocr;
use super::recognise::Recognised;
use crate::readers::Format;
use crate::reading::Reading;

/// Where the result for a picture is kept.
fn place(ocr: &Ocr, picture: &[u8], dpi: u32) -> Option<PathBuf> {
    let folder = ocr.cache.as_ref()?;
    let mut hash = Sha256::new();
    hash.update(Format::Recognition.reader().name());
    hash.update(ocr.engine.name());
    hash.update([0, u8::from(ocr.engine.orientation)]);
    hash.update(dpi.to_le_bytes());
    hash.update(picture);
    Some(folder.join(hex::encode(hash.finalize())))
}

/// What is known of a picture.
pub(super) fn get(ocr: &Ocr, picture: &[u8], dpi: u32) -> Option<Recognised> {
    let bytes = std::fs::read(place(ocr, picture, dpi)?).ok()?;
    let reading: Reading = serde_json::from_slice(&bytes).ok()?;
    Recognised::from_reading(&reading)
}

/// Keeps it. A cache that cannot be written costs time and nothing else.
pub(super) fn put(ocr: &Ocr, picture: &[u8], dpi: u32, found: &Recognised) {
    let Some(place) = place(ocr, picture, dpi) else {
        return;
    };
    let Ok(bytes) = serde_json::to_vec(&found.to_reading()) else {
        return;
    };
    if let Some(folder) = place.parent() {
        let _ = private::create_dir_all(folder);
    }
    let _ = private::write(&place, &bytes);
}
