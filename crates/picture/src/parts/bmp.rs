//! Windows bitmaps hold one picture.

use super::found::Parts;
use crate::format::bmp::end;

pub(super) fn parts(bytes: &[u8], out: &mut Parts) {
    if let Some(end) = end(bytes) {
        out.beside(end..bytes.len());
    }
}
