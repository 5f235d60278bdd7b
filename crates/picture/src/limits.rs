//! How large pictures may be.

/// Longest side that is decoded.
pub const MAX_SIDE: u32 = 65_535;
/// Most pixels that are decoded.
pub const MAX_PIXELS: u64 = 100_000_000;
/// Most memory that a decoder may take.
pub const MAX_MEMORY: u64 = 512 << 20;
/// Most pages, or pictures inside, that are taken out of one file.
pub const MAX_PAGES: usize = 1_000;
/// Most frames of an animation that are taken out.
pub const MAX_FRAMES: usize = 64;
/// Most pixels that all frames of an animation may have together.
pub(crate) const MAX_FRAME_PIXELS: u64 = 4_000_000_000;
