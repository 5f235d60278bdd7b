//! Frames of animations (GIF, APNG, WebP), as they are seen: each drawn over those before it.

use super::found::{Limits, Main, Parts, Unseen};
use crate::error::PictureError;
use crate::limits::{MAX_FRAME_PIXELS, MAX_FRAMES};
use crate::picture::guarded;
use image::{Frames, ImageResult};
use std::collections::HashSet;

/// Adds the frames that show something new. Of more than [`MAX_FRAMES`] every second, fourth, ... is taken, so that they
/// come from the whole of the animation; the others are counted. `stated` is how many frames the file says it has.
pub(super) fn frames<'f>(
    open: impl FnOnce() -> ImageResult<Frames<'f>>,
    stated: usize,
    main: &mut Main<'_>,
    limits: &Limits,
    out: &mut Parts,
) {
    let Some(main) = main.picture() else {
        return;
    };
    let mut found = Found::default();
    let mut seen = 0usize;
    let mut pixels = 0u64;
    let work = || -> Result<(), PictureError> {
        found.known.insert(main.rgb()?.1);
        for frame in open()? {
            let buffer = frame?.into_buffer();
            pixels += u64::from(buffer.width()) * u64::from(buffer.height());
            if pixels > MAX_FRAME_PIXELS {
                return Err(PictureError::Broken(format!(
                    "more than {MAX_FRAME_PIXELS} pixels in all"
                )));
            }
            let (image, hash) = main.frame(buffer).rgb()?;
            seen += 1;
            if !found.known.insert(hash) {
                continue;
            }
            let number = found.new;
            found.new += 1;
            if number.is_multiple_of(found.stride) {
                found
                    .kept
                    .push((number, seen, crate::picture::png(&image)?));
            }
            if found.kept.len() > MAX_FRAMES {
                found.stride *= 2;
                let stride = found.stride;
                found
                    .kept
                    .retain(|(number, ..)| number.is_multiple_of(stride));
            }
            let bytes: usize = found.kept.iter().map(|(.., png)| png.len()).sum();
            if bytes as u64 > limits.bytes {
                return Err(PictureError::Broken(
                    "they are larger than a family may be; raise --max-family-size".to_owned(),
                ));
            }
        }
        Ok(())
    };
    let ended = guarded(work);
    let left = found.new - found.kept.len();
    for (_, number, png) in found.kept {
        out.push(limits, format!("frame-{number}.png"), png);
    }
    out.unseen(
        Unseen::Frames,
        left,
        format!(
            "of {} different ones, {MAX_FRAMES} or fewer are taken",
            found.new
        ),
    );
    if let Err(error) = ended {
        let rest = stated.saturating_sub(seen).max(1);
        out.unseen(
            Unseen::Frames,
            rest,
            format!("those from number {} on: {error}", seen + 1),
        );
    }
}

struct Found {
    known: HashSet<[u8; 32]>,
    /// How many show something new.
    new: usize,
    stride: usize,
    /// Which new one, which frame (from 1), its file.
    kept: Vec<(usize, usize, Vec<u8>)>,
}

impl Default for Found {
    fn default() -> Self {
        Found {
            known: HashSet::new(),
            new: 0,
            stride: 1,
            kept: Vec::new(),
        }
    }
}
