//! JPEG: its segments, and where it ends.

use std::ops::Range;

/// What a walk through the segments finds.
pub(crate) struct Walk {
    /// Content of the segments for programs (APP0 to APP15): number and place.
    pub programs: Vec<(u8, Range<usize>)>,
    /// Numbers for each pixel.
    pub components: u8,
    /// Frame and scan are there.
    pub is_picture: bool,
    pub end: usize,
}

/// Walks through the segments, up to the mark of the end.
pub(crate) fn walk(bytes: &[u8]) -> Option<Walk> {
    let mut out = Walk {
        programs: Vec::new(),
        components: 0,
        is_picture: false,
        end: 0,
    };
    bytes.starts_with(&[0xff, 0xd8]).then_some(())?;
    let mut at = 2;
    loop {
        // The next mark; decoders pass over what is between.
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        while bytes.get(at) == Some(&0xff) {
            at += 1;
        }
        let marker = *bytes.get(at)?;
        at += 1;
        match marker {
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            0xd9 => {
                out.end = at;
                return Some(out);
            }
            _ => {}
        }
        let size = usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let content = at + 2..at.checked_add(size.max(2))?;
        match marker {
            0xe0..=0xef if content.end <= bytes.len() && out.programs.len() < 10_000 => {
                out.programs.push((marker - 0xe0, content.clone()));
            }
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                out.components = *bytes.get(content.start + 5)?;
            }
            0xda => out.is_picture = out.components > 0,
            _ => {}
        }
        at = content.end;
    }
}
