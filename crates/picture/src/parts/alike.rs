//! Whether a thumbnail shows what its picture shows.
//!
//! Both are averaged to 32 x 32. Cameras put thumbnails of 4:3 into files of 3:2 with dark bars above and below, and write
//! them as the sensor lies: neither makes another picture.

use crate::picture::{Area, Picture, Window};

const SIDE: usize = 32;
/// Mean difference of a value, of 255.
const MEAN: u64 = 10;
/// Largest difference of the brightness of a cell: something small that is only there.
const CELL: u32 = 72;
/// What is darker than this in all colours is a bar.
const BAR: u8 = 48;

/// Whether `small` shows `main`.
pub(super) fn alike(main: &Picture, small: &Picture) -> bool {
    let seen = main.square(SIDE, Window::Whole);
    let stored = main.scale(main.area(Window::Whole), SIDE);
    let shown = [small.square(SIDE, Window::Whole), inner(main, small)];
    [seen, stored]
        .iter()
        .any(|main| shown.iter().any(|small| near(main, small)))
}

/// The thumbnail without its bars.
fn inner(main: &Picture, small: &Picture) -> Vec<u8> {
    let ((mw, mh), whole) = (main.stored(), small.area(Window::Whole));
    let (width, height) = (whole.width, whole.height);
    let area = if mw * height > mh * width {
        let inner = (width * mh).div_ceil(mw).clamp(1, height);
        Area {
            top: (height - inner) / 2,
            height: inner,
            ..whole
        }
    } else {
        let inner = (height * mw).div_ceil(mh).clamp(1, width);
        Area {
            left: (width - inner) / 2,
            width: inner,
            ..whole
        }
    };
    let outside = |x: usize, y: usize| {
        // The row at the edge is half of each.
        let beyond = |at: usize, from: usize, size: usize| at + 1 < from || at > from + size;
        beyond(x, area.left, area.width) || beyond(y, area.top, area.height)
    };
    let mut row = vec![0u8; 3 * width];
    for y in 0..height {
        small.read_row(whole, y, &mut row);
        let bright = |pixel: &[u8]| pixel.iter().any(|v| *v >= BAR);
        if (row.chunks_exact(3).enumerate()).any(|(x, pixel)| outside(x, y) && bright(pixel)) {
            return small.scale(whole, SIDE);
        }
    }
    small.scale(area, SIDE)
}

fn near(a: &[u8], b: &[u8]) -> bool {
    let sum: u64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    let bright = |p: &[u8]| p.iter().map(|v| u32::from(*v)).sum::<u32>() / 3;
    let cells = a.chunks_exact(3).zip(b.chunks_exact(3));
    sum <= MEAN * a.len() as u64
        && cells
            .into_iter()
            .all(|(a, b)| bright(a).abs_diff(bright(b)) <= CELL)
}
