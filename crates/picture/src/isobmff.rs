//! Files of the ISO kind (ISO/IEC 14496-12): their brands and boxes.

use crate::bytes::{Order, take};

/// Brands whose still pictures are HEVC.
const BRANDS: [&[u8; 4]; 6] = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"];
/// A brand whose pictures are not.
const OTHER: &[u8; 4] = b"avif";

/// Whether the bytes are such a file, by the brands that it states: a whole box of them, in which nothing but brands has
/// room.
pub(crate) fn is_heic(bytes: &[u8]) -> bool {
    let Some((size, rest)) = bytes.split_first_chunk::<4>() else {
        return false;
    };
    let size = u32::from_be_bytes(*size) as usize;
    if !(16..=4096).contains(&size) || !size.is_multiple_of(4) {
        return false;
    }
    let Some(brands) = rest
        .get(..size - 4)
        .and_then(|rest| rest.strip_prefix(b"ftyp"))
    else {
        return false;
    };
    let has = |brand: &[u8; 4]| brands.chunks_exact(4).any(|found| found == brand);
    BRANDS.iter().any(|brand| has(brand)) && !has(OTHER)
}

/// A box: its name, and where its content lies.
pub(crate) struct Found {
    pub name: [u8; 4],
    pub from: usize,
    pub to: usize,
}

/// The boxes that some bytes are made of, up to the first that does not fit.
pub(crate) fn boxes(bytes: &[u8]) -> impl Iterator<Item = Found> + '_ {
    let mut at = 0usize;
    std::iter::from_fn(move || {
        let size = Order::Big.u32(bytes, at)?;
        let name: [u8; 4] = take(bytes, at + 4)?;
        let (head, size) = match size {
            0 => (8, bytes.len() - at),
            1 => (16, usize::try_from(Order::Big.u64(bytes, at + 8)?).ok()?),
            size => (8, size as usize),
        };
        let to = at.checked_add(size).filter(|to| *to <= bytes.len())?;
        let plain = name.iter().all(|c| (0x20..0x7f).contains(c) || *c == 0xa9);
        if size < head || !plain {
            return None;
        }
        let from = at + head;
        at = to;
        Some(Found { name, from, to })
    })
}
